"""The contract between a field kind and everything else, built around one wire form.

A value travels as plain JSON (the *wire*).  Forms, CSV, storage, history and the API are
spokes around it: a kind says how typed text becomes wire (``parse``), how wire is tidied
before it is judged (``normal``), and how it reads for people (``show``) and in a CSV cell
(``cell``).  What a value may be is plain JSON Schema in the definition itself, so any
validator gives the same verdict; a kind only says which keywords belong to it.

A kind is a stateless singleton; a :class:`Field` is one use of it in one app and is handed
to every method.  A kind never sees an empty value: emptiness and being required belong to
the record around it, where an empty field is simply absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tsuzuri.errors import Message, message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.traits import Trait

Wire = Any
"""A plain JSON value: what ``json.loads`` may return, never None or an empty collection."""

Keywords = Mapping[str, Any]


class Family(Enum):
    """Where a kind stands among the kinds that an author may choose from; by its heading."""

    WRITTEN = message("文字")
    CHOSEN = message("選択")
    NUMBERS = message("数")
    TIMES = message("日付・時刻")
    PEOPLE = message("人・所属")
    FILES = message("ファイル")
    LINKED = message("ほかの記録")
    WORKED_OUT = message("自動で入るもの")
    LAYOUT = message("見出し・表・配置")


class Slot(Enum):
    """Which typed storage holds a value; closed, because storage must know each one."""

    TEXT = "text"  # one short text: sortable, indexed; dates are ISO text
    LONG = "long"  # one long text: searched, not sorted
    NUMBER = "number"  # a double, as JSON numbers are everywhere
    FLAG = "flag"  # true or false
    LIST = "list"  # texts: JSON beside the record, and a link table for conditions
    ROWS = "rows"  # rows of fields: JSON beside the record, and a child table
    DOCUMENT = "document"  # a JSON value that is read whole
    NONE = "none"  # nothing is stored


class Control(Enum):
    """The closed set of form controls; ``templates/fields/controls.html`` has one macro each."""

    INPUT = "input"
    TEXTAREA = "textarea"
    RICH = "rich"
    SELECT = "select"
    RADIOS = "radios"
    CHECKBOXES = "checkboxes"
    SWITCH = "switch"
    PICKER = "picker"
    PARTS = "parts"
    FILES = "files"
    ROWS = "rows"
    LOG = "log"
    LOOKUP = "lookup"
    STATIC = "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """Which control a field uses, and the HTML attributes or choices it adds."""

    control: Control
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    # For controls of several parts: (key, Japanese label).
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An example that documents a kind and is run by its contract test.

    ``options`` are keywords of the field, ``accepted`` wire values in their normal form,
    ``rejected`` wire values that JSON Schema must refuse, ``typed`` pairs of (what a person
    types, wire it becomes).
    """

    options: Keywords = field(default_factory=dict)
    accepted: tuple[Wire, ...] = ()
    rejected: tuple[Wire, ...] = ()
    typed: tuple[tuple[str, Wire], ...] = ()


def _nameless(entity: str, code: str) -> str:
    """Stand in for a directory where there is none: a code is its own name."""
    del entity
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who reads, where and when: language, time zone, the clock and the names of people.

    ``brief`` asks for what fits a row of a list or a heading, such as a day in one calendar.
    """

    language: str = "ja"
    brief: bool = False
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    name: Callable[[str, str], str] = _nameless

    @property
    def today(self) -> date:
        """The reader's calendar day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Guard:
    """When a reader may see the field's value, and when a mask stands in its place.

    Both are bound conditions (``tsuzuri.query.bound``), opaque here because the layer below
    cannot know them.  Where neither holds the field reads as empty.
    """

    visible: Any
    masked: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """One field of one app.

    ``schema`` is the field's JSON Schema with our annotations; ``number`` its stable place
    in storage (0 while the app is not stored); ``inner`` the columns of a table; ``table``
    the field of the table it is a column of; ``guard`` is set where a reader sees it only on
    some records.  Compared by identity: the same code in two apps is two fields.
    """

    code: str
    kind: FieldKind
    schema: Keywords
    required: bool = False
    number: int = 0
    inner: tuple[Field, ...] = ()
    table: Field | None = None
    guard: Guard | None = None

    def title(self, language: str = "ja") -> str:
        """Return the title in ``language``, else in Japanese, else the code."""
        titles: Mapping[str, str] = self.schema.get("titles", {})
        return titles.get(language) or self.schema.get("title") or self.code

    def text(self, keyword: str, language: str = "ja") -> str:
        """Return a free text of the definition (``help``), in ``language`` where it has one."""
        given = self.schema.get(keyword, "")
        found = given.get(language) or given.get("ja", "") if isinstance(given, Mapping) else given
        return str(found)

    @property
    def slot(self) -> Slot:
        """The storage of this field's value."""
        return self.kind.slot

    @property
    def trait(self) -> Trait | None:
        """What others need to know about this field beyond its storage."""
        return self.kind.trait(self)

    @property
    def column(self) -> Field | None:
        """The table this field is a column of, under the name that reads well in conditions."""
        return self.table

    def inner_field(self, code: str) -> Field | None:
        """Return the column ``code`` of this table, or None."""
        return next((inner for inner in self.inner if inner.code == code), None)


class FieldKind:
    """One kind of field.  Subclass it in a module of ``tsuzuri.fields`` and it exists.

    ``shape`` holds the JSON Schema keywords every field of the kind carries (the loader adds
    them where the author left them out, and refuses different ones); ``options`` describes,
    again as JSON Schema, the further keywords an author may give, with ``needs`` those that
    may not be missing.  ``label`` and ``about`` tell an author what the kind is.
    """

    name: ClassVar[str]
    family: ClassVar[Family] = Family.WRITTEN
    label: ClassVar[Message]
    about: ClassVar[Message]
    slot: ClassVar[Slot] = Slot.TEXT
    shape: ClassVar[Keywords] = MappingProxyType({"type": "string"})
    options: ClassVar[Keywords] = MappingProxyType({})
    needs: ClassVar[tuple[str, ...]] = ()
    operators: ClassVar[frozenset[str]] = ops.TEXT
    samples: ClassVar[tuple[Sample, ...]] = ()

    def widget(self, field: Field) -> Widget:
        """Return the control of the form, with attributes that never contradict the schema."""
        limit = field.schema.get("maxLength")
        return Widget(control=Control.INPUT, attributes={"maxlength": limit} if limit else {})

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Turn typed or pasted text into wire; return the text itself if it cannot be read.

        An unreadable text then fails the judge, which has the words for it.
        """
        del field, scene
        return text

    def normal(self, field: Field, wire: Wire) -> Wire:
        """Tidy a wire value before it is judged (width of digits, unsafe markup); idempotent."""
        del field
        return wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        """Return what people read: plain text, or ``markupsafe.Markup`` where it is markup."""
        del field, scene
        return str(wire)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        """Return the CSV cell, which ``parse`` must read back to the same wire."""
        del field, scene
        return str(wire)

    def trait(self, field: Field) -> Trait | None:
        """Return what others must know about the field beyond its storage, or None."""
        del field
        return None
