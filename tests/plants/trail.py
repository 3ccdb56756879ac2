"""Bugs of the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plants.planting import plant, replaced
from tsuzuri.storage import audit, history
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.records import Records


@plant("audit log")
def the_log_quotes_values() -> Iterator[None]:
    """A change is logged with what the fields say, before and after."""
    note_change = history.note_change

    def quoting(connection: Any, app: Any, states: Any, *more: Any, **given: Any) -> None:
        note_change(connection, app, states, *more, **given)
        values = {code: str(value) for code, value in states[1].values.items()}
        audit.note(connection, Entry(action="record.change", app=app.code, detail=values))

    with replaced(history, "note_change", quoting):
        yield


@plant("audit log")
def reads_are_not_noted() -> Iterator[None]:
    """Changes are logged, reading is not."""

    def unheard(*_given: Any, **_more: Any) -> None:
        return None

    with replaced(Records, "_told", unheard):
        yield
