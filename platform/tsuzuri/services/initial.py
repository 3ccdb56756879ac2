"""What a new record starts with: the definition's ``initial``, read for the one who writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.load import is_word
from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Field
from tsuzuri.wire.record import is_empty


def _me(actor: Actor, now: datetime) -> Any:
    del now
    return [actor.user]


def _my_agency(actor: Actor, now: datetime) -> Any:
    del now
    return [actor.agency] if actor.agency else None


def _today(actor: Actor, now: datetime) -> Any:
    return now.astimezone(actor.zone).date().isoformat()


def _time(actor: Actor, now: datetime) -> Any:
    return now.astimezone(actor.zone).strftime("%H:%M")


def _now(actor: Actor, now: datetime) -> Any:
    del actor
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")


Word = Callable[[Actor, datetime], Any]
WORDS: Mapping[str, Word] = {
    "me": _me,
    "my-agency": _my_agency,
    "today": _today,
    "now": _now,
}
"""Words that stand for something about the writer or the moment."""


def values(app: App, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the initial values by code; fields without one are absent."""
    found = {one.code: value(one, actor, now) for one in app.fields if "initial" in one.schema}
    if app.process is not None and app.process.first.rule:
        # The only turn there can be at the beginning is that of who makes the record.
        found[app.process.assignee] = _me(actor, now)
    return {code: wire for code, wire in found.items() if not is_empty(wire)}


def value(field: Field, actor: Actor, now: datetime) -> Any:
    """Return one field's initial wire value, or None."""
    given = field.schema.get("initial")
    if not is_word(given, field):
        return None if given is None else field.kind.normal(field, given)
    if given == "now" and "format" not in {**field.kind.shape, **field.schema}:
        return _time(actor, now)
    return WORDS[given](actor, now)
