"""What a definition means once it is read: frozen values that never change afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from tsuzuri.errors import QueryError, message
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Computed, System
from tsuzuri.formula.graph import order

if TYPE_CHECKING:
    from tsuzuri.definitions.notify import Notify

ACTIONS = (
    "view",
    "add",
    "edit",
    "delete",
    "comment",
    "export",
    "import",
    "print",
    "unmask",
    "manage",
)
"""Everything a rule may allow.  ``manage`` is about the app itself, the rest about records."""

LEVELS = ("none", "masked", "view", "edit")
"""What a field rule may allow, from nothing to everything."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name in Japanese and, where the author gave one, in English."""

    ja: str
    en: str = ""

    @classmethod
    def read(cls, given: str | Mapping[str, str]) -> Label:
        """Read ``"名前"`` or ``{"ja": "名前", "en": "name"}``."""
        if isinstance(given, str):
            return cls(given)
        return cls(given["ja"], given.get("en", ""))

    def text(self, language: str) -> str:
        """Return the name for a reader of ``language``."""
        return self.en if language == "en" and self.en else self.ja


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a rule is about.

    ``sort`` is ``everyone``, ``user``, ``group``, ``agency``, ``creator``,
    ``creator-agency`` or ``field``; ``code`` names the user, group, agency or field; ``below``
    takes an agency's sub-agencies in as well.
    """

    sort: str
    code: str = ""
    below: bool = False

    @classmethod
    def read(cls, text: str) -> Principal:
        """Read ``everyone``, ``agency:A01``, ``agency:A01/*``, ``field:scope``, ``creator``."""
        sort, _, code = text.partition(":")
        below = code.endswith("/*")
        return cls(sort, code.removesuffix("/*"), below)


@dataclass(frozen=True, slots=True)
class AppRule:
    """Who may do what in the app at all."""

    who: tuple[Principal, ...]
    allow: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordRule:
    """Who may do what with the records that meet ``where`` (empty: with every record)."""

    where: str
    who: tuple[Principal, ...]
    allow: frozenset[str]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How far ``fields`` are open to ``who`` on the records that meet ``where``."""

    fields: tuple[str, ...]
    where: str
    who: tuple[Principal, ...]
    allow: str


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The three levels; each is read top-down and the first rule that matches decides."""

    app: tuple[AppRule, ...] = ()
    record: tuple[RecordRule, ...] = ()
    field: tuple[FieldRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept: ``months`` after the day in field ``start``.

    Only records that meet ``where`` (a query text; empty: every record) become due.
    """

    months: int
    start: str
    where: str = ""

    @property
    def period(self) -> str:
        """The first day that is still kept, in the condition language."""
        return f"FROM_TODAY(-{self.months}, MONTHS)"


@dataclass(frozen=True, slots=True)
class Status:
    """One place of a process; ``rule`` and ``who`` say whose turn it is there.

    ``ONE`` is chosen among ``who``, ``ALL`` of them must act, ``ANY`` of them may.  Without a rule
    it is whoever may edit the record.
    """

    code: str
    name: Label
    rule: str = ""
    who: tuple[Principal, ...] = ()
    retired: bool = False

    @property
    def is_creators(self) -> bool:
        """Tell whether the turn can only be that of who made the record."""
        return [who.sort for who in self.who] == ["creator"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action: from one of ``origins`` to ``target``, where the record meets ``where``.

    ``who`` may do it although it is not their turn (nobody named: whose turn it is); with
    ``alone`` one person is enough where all must act.
    """

    code: str
    name: Label
    origins: tuple[str, ...]
    target: str
    where: str = ""
    who: tuple[Principal, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """How records move on: ``status`` and ``assignee`` are fields, the latter may be absent."""

    status: str
    assignee: str
    statuses: tuple[Status, ...]
    steps: tuple[Step, ...]

    @property
    def first(self) -> Status:
        """Where every record begins."""
        return self.statuses[0]

    def at(self, code: str | None) -> Status | None:
        """Return the status ``code``; the first for a record that stands nowhere yet.

        None for one that left the definition.
        """
        if code is None:
            return self.first
        return next((one for one in self.statuses if one.code == code), None)

    def step(self, code: str) -> Step | None:
        """Return the action ``code``."""
        return next((one for one in self.steps if one.code == code), None)


@dataclass(frozen=True, slots=True)
class View:
    """A saved way to look at the app's records; ``where`` and ``sort`` are query texts."""

    name: Label
    columns: tuple[str, ...]
    where: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a form under a heading that folds."""

    title: Label
    rows: tuple[tuple[str, ...], ...]
    open: bool = True


FormItem = tuple[str, ...] | Group
"""A row of field codes, or a group of rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class App:
    """One app as one reader knows it: a projected app simply has fewer fields.

    ``number`` and ``version`` are its place in this installation (0 while it is not stored) and
    ``owner`` the user who made it there; ``listed`` says that the readers written down beside
    its records follow this version's rules;
    ``schema`` is the JSON Schema of a record, complete, closed to unknown fields.
    """

    code: str
    name: Label
    fields: tuple[Field, ...]
    schema: Mapping[str, Any]
    description: Label = Label("")
    form: tuple[FormItem, ...] = ()
    views: tuple[View, ...] = ()
    record_title: tuple[str, ...] = ()
    access: AccessRules = AccessRules()
    process: Process | None = None
    retention: Retention | None = None
    notify: Notify | None = None
    acknowledgements: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    number: int = 0
    version: int = 0
    owner: str = ""
    listed: bool = True
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def by_code(self) -> Mapping[str, Field]:
        """Return every field by code: own fields, then columns of tables, then system fields."""
        found = {one.code: one for one in system_fields()}
        for one in self.fields:
            found.update((inner.code, inner) for inner in one.inner)
        found.update((one.code, one) for one in self.fields)
        return found

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """Return the fields that have a place in storage of their own."""
        return tuple(
            one
            for one in self.fields
            if one.slot is not Slot.NONE and not isinstance(one.trait, System)
        )

    @cached_property
    def relies(self) -> Mapping[str, frozenset[str]]:
        """Return for each field that is worked out what its value follows from, near and far.

        What is worked out from a secret is as secret as that.  Those whose turn it is are found
        by fields that the process names.
        """
        formulas = {f.code: f.trait.formula for f in self.fields if isinstance(f.trait, Computed)}
        found: dict[str, frozenset[str]] = {}
        for code in order(formulas):
            if code in formulas:
                near = {self._top(one) for one in formulas[code].fields}
                far = (found.get(one, frozenset()) for one in near)
                found[code] = frozenset(near).union(*far)
        if self.process is not None and self.process.assignee:
            every = (who for one in self.process.statuses for who in one.who)
            named = (who.code for who in every if who.sort == "field")
            found[self.process.assignee] = frozenset(named)
        return found

    def _top(self, code: str) -> str:
        """Return a field's code, for a column of a table that of the table."""
        field = self.by_code.get(code)
        return field.table.code if field is not None and field.table is not None else code

    @cached_property
    def restricted(self) -> frozenset[str]:
        """Return the fields that somebody who sees a record may not know."""
        named = {code for rule in self.access.field for code in rule.fields}
        closed = {code for code in named if not self._open_to_all(code)}
        return frozenset(closed | {code for code, on in self.relies.items() if on & closed})

    def _open_to_all(self, code: str) -> bool:
        rules = [rule for rule in self.access.field if code in rule.fields]
        last = rules[-1]
        readable = all(rule.allow in {"view", "edit"} for rule in rules)
        return readable and not last.where and Principal("everyone") in last.who

    def field(self, code: str) -> Field:
        """Return the field ``code``; a hidden and a misspelt one are the same ``QueryError``."""
        try:
            return self.by_code[code]
        except KeyError:
            raise QueryError(
                message("「{code}」というフィールドはありません。", code=code)
            ) from None

    def only(self, fields: Collection[Field]) -> App:
        """Return this app as it is for a reader of ``fields``: the rest does not exist.

        ``fields`` replace those of the same code, so they may carry guards.
        """
        kept = {one.code: one for one in fields}
        codes = frozenset(kept)
        properties = self.schema["properties"]
        schema = {
            **self.schema,
            "required": [code for code in self.schema.get("required", ()) if code in codes],
            "properties": {code: properties[code] for code in properties if code in codes},
        }
        return replace(
            self,
            fields=tuple(kept[one.code] for one in self.fields if one.code in codes),
            schema=schema,
            form=tuple(_form_only(self.form, codes)),
            views=tuple(_view_only(view, codes) for view in self.views),
            record_title=tuple(code for code in self.record_title if code in codes),
            # Rules and the raw document name hidden fields, so a reader's app has neither.
            access=AccessRules(),
            process=None,
            retention=None,
            notify=None,
            document={},
        )


def _form_only(form: tuple[FormItem, ...], codes: frozenset[str]) -> Iterator[FormItem]:
    """Yield what is left of a form; a row or group that lost every field is gone too."""
    for item in form:
        if isinstance(item, Group):
            rows = tuple(_rows_only(item.rows, codes))
            if rows:
                yield replace(item, rows=rows)
        else:
            yield from _rows_only((item,), codes)


def _rows_only(
    rows: tuple[tuple[str, ...], ...], codes: frozenset[str]
) -> Iterator[tuple[str, ...]]:
    for row in rows:
        kept = tuple(code for code in row if code in codes)
        if kept:
            yield kept


def _view_only(view: View, codes: frozenset[str]) -> View:
    """Drop hidden columns.  ``where`` and ``sort`` stay: binding refuses them if it must."""
    return replace(view, columns=tuple(c for c in view.columns if c in codes or c[0] == "$"))


SYSTEM_COLUMNS = (
    ("$id", "record_number", "レコード番号", "Record number"),
    ("$creator", "creator", "作成者", "Created by"),
    ("$creator_agency", "creator_agency", "作成した所属", "Created by agency"),
    ("$created", "created", "作成日時", "Created at"),
    ("$updater", "updater", "更新者", "Updated by"),
    ("$updated", "updated", "更新日時", "Updated at"),
)
"""Fields every record has, whether or not its definition shows them: code, kind, titles."""


@cache
def system_fields() -> tuple[Field, ...]:
    """Return the fields every app has; one set for all apps, made on first use."""
    return tuple(
        Field(
            code=code,
            kind=KINDS[kind],
            schema={"kind": kind, "title": ja, "titles": {"en": en}},
        )
        for code, kind, ja, en in SYSTEM_COLUMNS
    )
