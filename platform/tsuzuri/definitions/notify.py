"""Whom an app tells of what, and what is wrong with how it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tsuzuri.definitions.model import Label, Principal
from tsuzuri.definitions.naming import field_principal, no_field
from tsuzuri.errors import Problem, message
from tsuzuri.fields.base import Field, Slot

if TYPE_CHECKING:
    from tsuzuri.definitions.model import App

DAYS = frozenset({"date", "date-time"})
"""The formats of fields that name a day."""


@dataclass(frozen=True, slots=True)
class TellRule:
    """``to`` are told when one of ``on`` is done to a record that meets ``when``."""

    on: frozenset[str]
    to: tuple[Principal, ...]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """``to`` are told at the time ``at``, ``days`` after the day in ``field`` (negative: before).

    ``code`` stays when the title changes: it is how the program knows what it told already.
    """

    code: str
    title: Label
    field: str
    days: int
    at: str
    to: tuple[Principal, ...]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Urgent:
    """Records that meet ``when`` are urgent to ``to``, or to everybody who sees them."""

    when: str
    to: tuple[Principal, ...] = (Principal("everyone"),)


@dataclass(frozen=True, slots=True)
class Notify:
    """Everything an app tells people of by itself."""

    rules: tuple[TellRule, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    urgent: Urgent | None = None

    def reminder(self, code: str) -> Reminder | None:
        """Return the reminder ``code``."""
        return next((one for one in self.reminders if one.code == code), None)

    @property
    def conditions(self) -> Iterator[tuple[str, str]]:
        """Yield every condition with its place in the definition."""
        for place, rule in enumerate(self.rules):
            yield f"/notify/rules/{place}/when", rule.when
        for place, reminder in enumerate(self.reminders):
            yield f"/notify/reminders/{place}/when", reminder.when
        if self.urgent is not None:
            yield "/notify/urgent/when", self.urgent.when


def read(given: Mapping[str, Any]) -> Notify | None:
    """Read a well-formed ``notify``; nothing in it tells nobody of anything."""
    if not given:
        return None
    urgent = given.get("urgent")
    return Notify(
        rules=tuple(
            TellRule(frozenset(one["on"]), _who(one["to"]), one.get("when", ""))
            for one in given.get("rules", ())
        ),
        reminders=tuple(map(_reminder, given.get("reminders", ()))),
        urgent=Urgent(urgent["when"], _who(urgent.get("to", ["everyone"]))) if urgent else None,
    )


def _reminder(given: Mapping[str, Any]) -> Reminder:
    return Reminder(
        code=given["code"],
        title=Label.read(given["title"]),
        field=given["field"],
        days=given["days"],
        at=given["at"],
        to=_who(given["to"]),
        when=given.get("when", ""),
    )


def _who(given: Sequence[str]) -> tuple[Principal, ...]:
    return tuple(map(Principal.read, given))


def dated(field: Field) -> bool:
    """Tell whether a field of a record names a day that is stored."""
    plain = field.table is None and field.slot is Slot.TEXT
    return plain and field.schema.get("format", field.kind.shape.get("format")) in DAYS


def problems(app: App) -> Iterator[Problem]:
    """Yield what is wrong with what an app tells; conditions are checked further up."""
    notify = app.notify
    if notify is None:
        return
    for place, rule in enumerate(notify.rules):
        base = f"/notify/rules/{place}"
        yield from _addressees(app, rule.to, base)
        if "status" in rule.on and app.process is None:
            sentence = message("プロセスのないアプリには、状態の変更がありません。")
            yield Problem(f"{base}/on", sentence)
    codes: set[str] = set()
    for place, reminder in enumerate(notify.reminders):
        base = f"/notify/reminders/{place}"
        if reminder.code in codes:
            sentence = message("「{name}」が二度あります。", name=reminder.code)
            yield Problem(f"{base}/code", sentence)
        codes.add(reminder.code)
        yield from _addressees(app, reminder.to, base)
        yield from _day(app, reminder.field, f"{base}/field")
    if notify.urgent is not None:
        yield from _addressees(app, notify.urgent.to, "/notify/urgent")


def _addressees(app: App, to: Sequence[Principal], base: str) -> Iterator[Problem]:
    for place, who in enumerate(to):
        yield from field_principal(app, who, f"{base}/to/{place}")


def _day(app: App, code: str, pointer: str) -> Iterator[Problem]:
    field = app.by_code.get(code)
    if field is None:
        yield no_field(pointer, code)
    elif not dated(field):
        sentence = message("「{code}」は日付のフィールドではありません。", code=code)
        yield Problem(pointer, sentence)
