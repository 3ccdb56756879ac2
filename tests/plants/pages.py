"""Bugs of pages: what they show of a record, its past and its conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from plants.planting import plant, replaced
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services import mentions, records, succession
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history
from tsuzuri.storage import tables as platform_tables
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.history import Change
from worlds.town import ERRAND


@plant("history")
def hidden_changes_leave_a_line() -> Iterator[None]:
    """The history leaves out what was changed, and not that something was."""
    changes_of = history.changes_of

    def telling(connection: Any, app: Any, record: int, **given: Any) -> list[Change]:
        found = {one.revision: one for one in changes_of(connection, app, record, **given)}
        table = platform_tables.history
        mine = (table.c.app == app.number, table.c.record == record)
        for row in connection.execute(select(table).where(*mine)).mappings():
            if row["revision"] not in found:
                kept = {name: row[name] for name in ("id", "revision", "at", "by", "action")}
                found[row["revision"]] = Change(
                    **kept, reason="", step="", behalf="", differences={}
                )
        return [found[one] for one in sorted(found, reverse=True)]

    with replaced(history, "changes_of", telling):
        yield


@plant("history")
def history_shows_every_field() -> Iterator[None]:
    """The history is shown as it was written, hidden fields and all."""
    changes_of = history.changes_of

    def every(connection: Any, app: Any, record: int, **given: Any) -> list[Change]:
        return changes_of(connection, app, record, **{**given, "open_fields": app.stored})

    with replaced(history, "changes_of", every):
        yield


@plant("times of a change")
def hidden_changes_count_as_changes() -> Iterator[None]:
    """Whatever is changed, the record counts as changed for everybody who sees it."""

    def always(*_given: Any) -> bool:
        return True

    with replaced(succession, "_public", always):
        yield


@plant("refusals that count")
def deleting_counts_references() -> Iterator[None]:
    """A record that others refer to is not deleted, and the refusal counts them all."""
    delete = records.delete

    def counted(platform: Any, access: Any, record_id: int, **given: Any) -> None:
        total = 0
        for app in platform.apps.values():
            with platform.database.read(ERRAND) as connection:
                rows = select(func.count()).select_from(tables_of(app).records)
                total += connection.execute(rows).scalar_one()
        if total > 1:
            raise Invalid([Problem("/reason", message("{n}件から参照されています。", n=total))])
        delete(platform, access, record_id, **given)

    with replaced(records, "delete", counted):
        yield


@plant("writing of hidden fields")
def saving_replaces_the_record() -> Iterator[None]:
    """What a form does not hold counts as emptied, though its writer never saw it."""

    def given_only(_values: Any, tidy: Any) -> dict[str, Any]:
        return {code: value for code, value in tidy.items() if value is not None}

    with replaced(records, "merged", given_only):
        yield


@plant("comments")
def comments_need_no_record() -> Iterator[None]:
    """A comment is stored for whatever record its address names."""

    def unasked(*_given: Any) -> None:
        return None

    with replaced(mentions, "must_comment", unasked):
        yield


@plant("choices of people and groups")
def confidential_groups_are_listed() -> Iterator[None]:
    """A choice offers the whole directory, shelters and their people included."""

    def everybody(self: Platform, _actor: Any) -> Any:
        return self.directory

    with replaced(Platform, "directory_for", everybody):
        yield
