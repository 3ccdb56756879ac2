"""Full-width and half-width: bringing numbers, codes and kana to the width that is stored.

People type ０７５－１２３－４５６７, paste ｶﾀｶﾅ from an old system and write minus as ▲. Each
function reads one such habit and gives back the stored form, or None where the text is not
what the field asks for. They are for fields that hold a code; names and prose are kept as
typed and only *searched* in another form (see `tsuzuri.japanese.folding`).
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

DASHES: Final = "-‐‑‒–—―⁃˗−－ーｰ─━"
"""Every stroke that stands for a hyphen somewhere: IMEs, fonts and copied tables disagree."""

HIRAGANA_TO_KATAKANA: Final[Mapping[int, int]] = {
    code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)
}
"""ぁ to ゖ and the repeat marks ゝ and ゞ; the two blocks run parallel, 0x60 apart."""

_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASH_IN_CODE: Final = re.compile(f"(?<=[0-9A-Za-z])[{re.escape(DASHES)}](?=[0-9A-Za-z])")
_KANA_RUN: Final = re.compile(r"[ァ-ヺー\u3099\u309A\uFF65-\uFF9F]+")
_KANA: Final = re.compile(r"[ぁ-ゖゝゞァ-ヺ・ーヽヾ\uFF65-\uFF9F \u3000]*")

_NUMBER: Final = re.compile(r"([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(\.[0-9]+)?")
_MINUS: Final = DASHES + "▲△"
_LONGEST_NUMBER: Final = 100

_PHONE: Final = re.compile(
    r"0[1-9][0-9]{8,9}"  # A subscriber at home: 10 digits, or 11 for mobile and 0800.
    r"|\+81[1-9][0-9]{8,9}"  # The same from abroad, without its leading zero.
    r"|\+(?!81)[1-9][0-9]{6,13}"  # A parent's number in another country.
    r"|1[0-9]{2}"  # Emergency and public lines: 110, 119, 189.
    r"|#[0-9]{4}"  # Short advice lines such as #8000.
)
_POSTAL_CODE: Final = re.compile(r"〒?\s*([0-9]{3})-?([0-9]{4})")


def narrow(text: str) -> str:
    """Bring ASCII letters, digits and signs to half width, and dashes inside a code to "-".

    Deliberately less than NFKC, which would turn 5² into 52 and ① into 1. A dash counts as a
    hyphen only between two letters or digits, so the ー of カード stays.
    """
    return _DASH_IN_CODE.sub("-", text.translate(_HALF_WIDTH))


def parse_number(text: str) -> int | float | None:
    """Read a number as typed or as printed in accounts: １，２３４, －5, ▲300, △1.5.

    Thousands separators must stand where thousands are. None for anything else, including
    empty text, "nan", units, and a decimal with more digits than a float can hold exactly as
    written: a number that would be stored differently from what was typed is refused.
    """
    digits = narrow(text).strip()
    if len(digits) > _LONGEST_NUMBER:
        return None
    sign = ""
    if digits[:1] and digits[0] in _MINUS + "+":
        sign = "" if digits[0] == "+" else "-"
        digits = digits[1:].lstrip()
    match = _NUMBER.fullmatch(digits)
    if not digits or match is None:
        return None
    plain = sign + digits.replace(",", "")
    if match[2] is None:
        return int(plain)
    number = float(plain)
    return number if Decimal(repr(number)) == Decimal(plain) else None


def phone(text: str) -> str | None:
    """Bring a telephone number to half width, or None if nobody could dial it.

    Hyphens stay where they were typed and none are added, because area codes differ in
    length; brackets and spaces between the parts become hyphens.
    """
    parts = re.split(r"[-()\s]+", narrow(text).strip(" ()-"))
    return "-".join(parts) if _PHONE.fullmatch("".join(parts)) else None


def postal_code(text: str) -> str | None:
    """Give a postal code as "601-2345", from any width, with or without 〒 and hyphen."""
    match = _POSTAL_CODE.fullmatch(narrow(text).strip())
    return f"{match[1]}-{match[2]}" if match else None


def katakana(text: str) -> str:
    """Turn hiragana and half-width kana into full-width katakana, voiced marks joined (ｶﾞ to ガ).

    Everything that is not kana, spaces included, is left exactly as it is.
    """
    return _KANA_RUN.sub(
        lambda run: unicodedata.normalize("NFKC", run[0]),
        text.translate(HIRAGANA_TO_KATAKANA),
    )


def is_kana(text: str) -> bool:
    """Say whether the text is a reading: kana of any kind, ー, ・ and spaces, and not blank."""
    return bool(text.strip()) and _KANA.fullmatch(text) is not None
