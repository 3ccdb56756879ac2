"""The one search key: two texts that a reader would call the same word fold to the same key.

A name is stored exactly as typed, because 髙橋 is not 高橋 to the family that writes it. The
clerk who looks for it types what the keyboard offers. So the product never searches stored
text, only its folded form, and folds the question in the same way.
"""

import re
import unicodedata
from typing import Final

from tsuzuri.japanese.kanji import common_forms
from tsuzuri.japanese.width import DASHES, HIRAGANA_TO_KATAKANA

_DASHES_AND_WAVES: Final = DASHES + "~〜∼〰"

# 関ヶ原 is also 関ケ原. A voiced mark typed by itself joins the kana before it; left alone, NFKC
# would put a space between the two.
_KANA_FORMS: Final = {
    "ヵ": "カ",
    "ヶ": "ケ",
    "ゕ": "カ",
    "ゖ": "ケ",
    "゛": "\u3099",
    "゜": "\u309a",
}

_INVISIBLE: Final = (
    *range(0x09),
    *range(0x0E, 0x1C),
    *range(0x7F, 0x85),
    *range(0x86, 0xA0),
    0xAD,  # The soft hyphen.
    0x34F,  # The grapheme joiner.
    0x61C,
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),  # Zero-width spaces, joiners and direction marks.
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),  # Variation selectors.
    0xFEFF,  # The byte order mark.
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
    *range(0xE0100, 0xE01F0),  # Ideographic variation selectors, as in 葛󠄀.
)


_COMPATIBLE: Final = (
    *range(0x2100, 0x2500),  # ℡, Ⅳ, ①.
    *range(0x3200, 0x3400),  # ㈱, ㍻, ㋿.
    *range(0xF900, 0xFB00),  # 神 and the other ideographs that Unicode holds twice.
    *range(0xFF01, 0xFFE7),  # Full-width letters, half-width kana.
)


def _folded_characters() -> dict[int, int | str | None]:
    """Gather every step that concerns a single character into one table.

    Tabs, line ends and the separators U+001C to U+001F are missing from the invisible ones:
    `str.split` takes them for white space. The compatible ones need no table to be right, only
    to be quick: NFKC is slow on text that is not yet normal, and most Japanese text holds a few
    of these and nothing else that NFKC would change.
    """
    table: dict[int, int | str | None] = dict.fromkeys(_INVISIBLE)
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    table |= dict.fromkeys(map(ord, _DASHES_AND_WAVES), "-")
    table |= HIRAGANA_TO_KATAKANA
    table |= {ord(form): common for form, common in (_KANA_FORMS | common_forms()).items()}
    for code in _COMPATIBLE:
        plain = unicodedata.normalize("NFKC", chr(code)).casefold()
        if plain != chr(code):
            table[code] = plain.translate(table)
    return table


_FOLDED: Final = _folded_characters()
_HALF_WIDTH_VOICED: Final = re.compile("[ｳｶ-ﾄﾊ-ﾎ][ﾞﾟ]")


def _joined(pair: re.Match[str]) -> str:
    """Write a half-width kana and its mark, as old systems export them, as one character."""
    return unicodedata.normalize("NFKC", pair[0])


def fold(text: str) -> str:
    """Give the key under which a text is found.

    Width, case, hiragana or katakana, old and variant kanji, variation selectors, dashes and
    long-vowel marks, and runs of white space no longer matter; invisible characters are gone.
    Folding a key again changes nothing. Never raises: a lone surrogate becomes U+FFFD.

    One walk through the table settles most text, and NFKC then finds nothing to do. Where it
    does, it may have brought out characters for the table, and the table letters that belong
    to the mark beside them (わ with a voiced mark is two characters, ヷ is one): so once more.
    Half-width voiced kana are joined first, only because that second round is slow.
    """
    folded = _HALF_WIDTH_VOICED.sub(_joined, text).casefold().translate(_FOLDED)
    normal = unicodedata.normalize("NFKC", folded)
    if normal != folded:
        normal = unicodedata.normalize("NFKC", normal.casefold().translate(_FOLDED))
    return " ".join(normal.split())


def bigrams(folded: str) -> list[str]:
    """Cut a key into overlapping pairs, one for each position, and a last single character.

    The single one lets a prefix search for one character find a text that ends with it.
    """
    return [folded[start : start + 2] for start in range(len(folded))]
