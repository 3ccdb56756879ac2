"""The phrase bank: hand-written Japanese sentence patterns, drawn like cards from a deck.

A bank is a text file under ``phrases/``. ``@name`` opens a section, every other line is one
pattern: an optional ``[flags]`` that say when it fits, then text with ``{one|of|these}`` and
``<SLOT>``. Flags are joined by a blank (all must hold), ``a,b`` means either, ``!a`` means not.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

FLAGS = tuple(
    (  # noqa: SIM905 - forty quoted words would hide the groups
        "y0 y1 y3 e1 e2 j h  sp su au wi  apr vac mon  one two mo fa gm ys os  "
        "dis fo boy girl club cwc abs  face inj quo own vis"
    ).split()
)
"""What a pattern may ask for: age band, season, time of year, family, case, what is told."""

BIT: Mapping[str, int] = {flag: 1 << place for place, flag in enumerate(FLAGS)}

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<([A-Z0-9]+)>")

Draw = Callable[[], float]
"""``random.Random().random``: a number from 0 up to 1."""


@cache
def phrases(name: str) -> str:
    """The text of one data file of this package."""
    return (files(__package__) / "phrases" / name).read_text(encoding="utf-8")


class Pattern:
    """One sentence pattern: the variants it stands for and when it may be used."""

    __slots__ = ("either", "every", "never", "used", "variants")

    def __init__(self, line: str) -> None:
        self.every = self.never = self.used = 0
        self.either: list[int] = []
        if line.startswith("["):
            condition, line = line[1:].split("]", 1)
            for word in condition.split():
                self._require(word)
        self.variants = _expand(line.strip())

    def _require(self, word: str) -> None:
        if word.startswith("!"):
            self.never |= BIT[word[1:]]
            self.used |= BIT[word[1:]]
            return
        mask = 0
        for flag in word.split(","):
            mask |= BIT[flag]
        self.used |= mask
        self.either.append(mask)

    def fits(self, flags: int) -> bool:
        """Whether the pattern may be used where these flags hold."""
        return not (flags & self.never) and all(flags & mask for mask in self.either)


def _expand(text: str) -> tuple[str, ...]:
    """All the sentences that a pattern stands for, slots in the form of ``str.format``."""
    parts = _CHOICE.split(text)
    options = [[part] if place % 2 == 0 else part.split("|") for place, part in enumerate(parts)]
    sentences = ("".join(words) for words in itertools.product(*options))
    return tuple(_SLOT.sub(r"{\1}", sentence) for sentence in sentences)


class Section:
    """The patterns under one heading of a bank."""

    __slots__ = ("patterns", "used")

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self.used = 0

    def add(self, line: str) -> None:
        """Take in one line of the bank."""
        pattern = Pattern(line)
        self.patterns.append(pattern)
        self.used |= pattern.used


@cache
def sections() -> Mapping[str, Section]:
    """Every section of every bank, by name."""
    found: dict[str, Section] = {}
    folder = files(__package__) / "phrases"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not path.name.endswith(".txt"):
            continue
        current = Section()
        for line in phrases(path.name).split("\n"):
            if line.startswith("@"):
                current = found.setdefault(line[1:].strip(), Section())
            elif line and not line.startswith("#"):
                current.add(line)
    return found


class _Deck:
    """Patterns in a shuffled order: each comes round once before any comes again."""

    __slots__ = ("items", "next")

    def __init__(self, items: list[tuple[str, ...]]) -> None:
        self.items = items
        self.next = len(items)


class Reader:
    """Draws sentences; one reader belongs to one run, since its decks remember."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._sections = sections()
        self._decks: dict[tuple[str, int], _Deck] = {}

    def has(self, name: str) -> bool:
        """Whether there is such a section at all."""
        return name in self._sections

    def say(
        self, name: str, flags: int, *, slots: Mapping[str, str], said: set[int] | None = None
    ) -> str:
        """One sentence of a section, or nothing where no pattern fits.

        ``said`` collects the patterns used in one telling; a pattern in it is passed over.
        """
        section = self._sections.get(name)
        if section is None:
            return ""
        key = (name, flags & section.used)
        deck = self._decks.get(key)
        if deck is None:
            fitting = [p.variants for p in section.patterns if p.fits(flags)]
            deck = self._decks[key] = _Deck(fitting)
        items = deck.items
        count = len(items)
        if count == 0:
            return ""
        for _ in range(count):
            if deck.next >= count:
                self._shuffle(items)
                deck.next = 0
            variants = items[deck.next]
            deck.next += 1
            if said is None:
                break
            if id(variants) not in said:
                said.add(id(variants))
                break
        else:
            return ""
        sentence = variants[int(self._draw() * len(variants))]
        return sentence.format_map(slots) if "{" in sentence else sentence

    def _shuffle(self, items: list[tuple[str, ...]]) -> None:
        draw = self._draw
        for place in range(len(items) - 1, 0, -1):
            other = int(draw() * (place + 1))
            items[place], items[other] = items[other], items[place]
