"""Fields whose value no two living records may share.

The index decides; asking first only gives the sentence its field.  That a value is taken
tells that some record has it, even to somebody who may not see that record: this is what
"unique" means, so definitions should ask it of numbers and not of what a record says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.storage import present
from tsuzuri.storage.app_tables import AppTables, tables_of

TAKEN: Message = message("この値は使えません。別の値にしてください。")
SHARED: Message = message("同じ値のレコードがすでにあるので、重複を禁止できません。")
_COLUMN = re.compile(r"rec_\d+[._]f(\d+)")


def check(
    connection: Connection, access: Access, values: Mapping[str, Any], own: int | None
) -> None:
    """Raise ``Invalid`` for each unique field whose value another record has."""
    app = access.whole
    table = tables_of(app).records
    problems = []
    for field in app.stored:
        if field.schema.get("unique") and field.code in values:
            column = table.c[f"f{field.number}"]
            others = select(table.c.id).where(
                column == values[field.code], table.c.deleted_at.is_(None), table.c.id != (own or 0)
            )
            if connection.execute(others.limit(1)).first() is not None:
                problems.append(Problem(f"/{escape(field.code)}", TAKEN))
    if problems:
        raise Invalid(problems)


def index(connection: Connection, tables: AppTables) -> None:
    """Make the indexes of unique fields, and take away those of fields that are not any more.

    Raises ``Invalid`` where living records share a value already.
    """
    name = tables.records.name
    made = present.indexes(connection, name)
    for field in tables.app.stored:
        column = f"f{field.number}"
        if bool(field.schema.get("unique")) == (f"uq_{name}_{column}" in made):
            continue
        if not field.schema.get("unique"):
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS uq_{name}_{column}")
            continue
        try:
            connection.exec_driver_sql(
                f"CREATE UNIQUE INDEX IF NOT EXISTS uq_{name}_{column} ON {name} ({column})"
                " WHERE deleted_at IS NULL"
            )
        except IntegrityError:
            pointer = f"/record/properties/{escape(field.code)}/unique"
            raise Invalid([Problem(pointer, SHARED)]) from None


@contextmanager
def kept(access: Access) -> Iterator[None]:
    """Turn the index's refusal, where a writer beside us was quicker, into the domain's word."""
    try:
        yield
    except IntegrityError as error:
        found = _COLUMN.search(str(error.orig))
        by_number = {one.number: one for one in access.whole.stored}
        field = by_number.get(int(found[1])) if found else None
        if field is None:
            raise
        raise Invalid([Problem(f"/{escape(field.code)}", TAKEN)]) from None
