"""What a few kinds need others to know about them, as plain values.

Everything outside ``tsuzuri.fields`` asks for a trait, never for the name of a kind, so that
a new kind that computes, copies or names people works everywhere without another edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tsuzuri.formula import Formula


@dataclass(frozen=True, slots=True)
class System:
    """The program fills this field from the record's own ``column``; nobody writes it."""

    column: str


@dataclass(frozen=True, slots=True)
class Computed:
    """The value is worked out from other fields of the same record whenever it is saved."""

    formula: Formula
    # Turns the formula's result into the wire value; None means empty.
    finish: Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Derived:
    """Nothing is stored: what people read follows from field ``of`` on the day they read."""

    of: str
    tell: Callable[[object, date, str], str]


@dataclass(frozen=True, slots=True)
class People:
    """The value is a list of codes of one ``entity``: ``user``, ``agency`` or ``group``.

    ``turn``: they are those whose turn it is, and only the app's process names them.
    """

    entity: str
    turn: bool = False


@dataclass(frozen=True, slots=True)
class Staged:
    """The value is where the record stands, one of ``options``; an app's process may move it."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """The value is a key of a record in another app, from which further fields are copied.

    ``copy`` maps a code of the other app to a code of this one.  With ``live`` the copies
    follow later changes of their source.
    """

    app: str
    key: str
    copy: Mapping[str, str]
    pick: tuple[str, ...]
    live: bool


@dataclass(frozen=True, slots=True)
class Pointed:
    """The value is the id of a record in another app; its title is read anew each time."""

    app: str


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another app whose field ``match`` equals this record's field ``key``."""

    app: str
    key: str
    match: str
    where: str
    columns: tuple[str, ...]
    sort: str
    size: int


@dataclass(frozen=True, slots=True)
class Files:
    """The value is a list of stored files; ``images`` alone are taken if it says so."""

    images: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Heading:
    """Nothing is stored: the field is text, a line or room in the form."""


Trait = System | Computed | Derived | People | Staged | Copied | Pointed | Related | Files | Heading
