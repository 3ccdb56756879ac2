"""Definitions in the database: versions, the stable numbers of fields, and their tables.

Publishing only ever adds to storage.  A field that leaves the definition keeps its column
and its values, and finds them again when it returns with the same kind of storage; taken
back under another kind, it gets a new column.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.schema import CreateColumn

from tsuzuri.definitions.build import build
from tsuzuri.definitions.model import App
from tsuzuri.errors import Unknown
from tsuzuri.fields.base import Field
from tsuzuri.storage import indexes, present, reindex, search, unique
from tsuzuri.storage import tables as platform
from tsuzuri.storage.app_tables import AppTables, tables_of

MAX_FIELDS = search.FIELDS - 24
"""Fields one app may have over its whole life; the rest of the room is for other texts."""

Document = Mapping[str, Any]
"""A definition as JSON."""


PUBLISHED = (
    select(platform.apps).where(platform.apps.c.published > 0).order_by(platform.apps.c.number)
)


class Catalogue:
    """The published apps, read from the database and kept until another version is published."""

    def __init__(self) -> None:
        self._apps: dict[str, App] = {}

    def all(self, connection: Connection) -> Mapping[str, App]:
        """Return every published app by code, as of now."""
        rows = connection.execute(PUBLISHED).all()
        fresh: dict[str, App] = {}
        for row in rows:
            known = self._apps.get(row.code)
            listed = row.listed == row.published
            if known is None or (known.version, known.owner, known.listed) != (
                row.published,
                row.owner,
                listed,
            ):
                known = load(connection, row.number)
            fresh[row.code] = known
        self._apps = fresh
        return fresh

    def get(self, connection: Connection, code: str) -> App:
        """Return one published app, whole.  Raises ``Unknown``."""
        try:
            return self.all(connection)[code]
        except KeyError:
            raise Unknown from None


def load(connection: Connection, number: int) -> App:
    """Build the published version of an app with the numbers of its fields."""
    apps, versions = platform.apps, platform.app_versions
    row = connection.execute(
        select(apps, versions.c.document)
        .join(
            versions, (versions.c.app == apps.c.number) & (versions.c.version == apps.c.published)
        )
        .where(apps.c.number == number)
    ).one()
    numbers = field_numbers(connection, number)
    app = build(json.loads(row.document), number=number, numbers=numbers)
    listed = row.listed == row.published
    return replace(app, version=row.published, owner=row.owner, listed=listed)


def field_numbers(connection: Connection, app: int) -> dict[str, int]:
    """Return the number that serves each field path now: the newest with that path."""
    table = platform.app_fields
    rows = connection.execute(
        select(table.c.path, table.c.number)
        .where(table.c.app == app, table.c.current)
        .order_by(table.c.number)
    )
    return {row.path: row.number for row in rows}


def paths(app: App) -> Iterator[tuple[str, Field]]:
    """Yield every stored field with its path; columns of tables are ``table.column``."""
    for field in app.stored:
        yield field.code, field
        yield from ((f"{field.code}.{inner.code}", inner) for inner in field.inner)


def publish(connection: Connection, document: Document, *, by: str, at: str, listed: bool) -> App:
    """Make ``document`` the published version of its app, and give it room in storage.

    A draft of the app ends here.  ``listed`` says that the readers written down so far follow
    this version's rules too.  The caller has checked the document and holds the transaction,
    so a failure leaves nothing behind.
    """
    number = _app_number(connection, document["app"], by)
    _number_fields(connection, build(document, number=number))
    discard_draft(connection, number)
    versions, apps = platform.app_versions, platform.apps
    mine = versions.c.app == number
    connection.execute(
        update(versions).where(mine, versions.c.state == "published").values(state="earlier")
    )
    version = _add_version(connection, number, document, state="published", by=by, at=at)
    changed = {"published": version, "listed": version} if listed else {"published": version}
    connection.execute(update(apps).where(apps.c.number == number).values(**changed))
    app = load(connection, number)
    grow(connection, tables_of(app))
    known = _fields_before(connection, app, frozenset(one.number for one in app.stored))
    pairs = [(known[one.number], one) for one in app.stored if one.number in known]
    reindex.follow(connection, tables_of(app), pairs)
    return app


def left(connection: Connection, app: App) -> dict[int, Field]:
    """Return the fields that left the app, as they last were, by number: their values stay."""
    table = platform.app_fields
    numbers = connection.execute(
        select(table.c.number).where(table.c.app == app.number, ~table.c.current)
    )
    return _fields_before(connection, app, frozenset(numbers.scalars()))


def _fields_before(connection: Connection, app: App, wanted: frozenset[int]) -> dict[int, Field]:
    """Return stored fields as they last were before this version, by number."""
    table, versions = platform.app_fields, platform.app_versions
    rows = connection.execute(select(table).where(table.c.app == app.number))
    numbers = {(row.path, row.slot): row.number for row in rows}
    found: dict[int, Field] = {}
    documents = connection.execute(
        select(versions.c.document)
        .where(versions.c.app == app.number, versions.c.state == "earlier")
        .order_by(versions.c.version.desc())
    )
    for document in documents.scalars():
        if wanted <= found.keys():
            break
        for field in build(json.loads(document), number=app.number).stored:
            number = numbers.get((field.code, room(field)))
            if number is not None and number in wanted:
                found.setdefault(number, replace(field, number=number))
    return found


def room(field: Field) -> str:
    """Return what kind of room a field's values need: its slot, and what its kind lets in.

    Kinds that share both (a choice and a text, say) may follow each other in one column; a
    value that another kind could not even show stays out of its sight.
    """
    shape = json.dumps(dict(field.kind.shape), sort_keys=True, default=dict)
    return f"{field.slot.value}:{sha256(shape.encode()).hexdigest()[:8]}"


def holds(connection: Connection, app: App) -> bool:
    """Tell whether ``app`` is still the published version, and keep it so in this transaction.

    Who reads a record is written down with it.  A writer that knew the rules before the last
    publication would write down readers that the new rules do not allow.
    """
    apps = platform.apps
    asked = select(apps.c.published).where(apps.c.number == app.number)
    # Writers share the lock; a publication waits for them.  SQLite has one writer anyway.
    published = connection.execute(asked.with_for_update(read=True)).scalar()
    return published == app.version


def save_draft(connection: Connection, document: Document, *, by: str, at: str) -> int:
    """Keep ``document`` as the draft of its app, in place of an earlier draft; return its version.

    A draft changes nothing for anybody: no table, no reader, no page.
    """
    number = _app_number(connection, document["app"], by)
    discard_draft(connection, number)
    return _add_version(connection, number, document, state="draft", by=by, at=at)


def discard_draft(connection: Connection, number: int) -> bool:
    """Throw the draft of an app away; tell whether there was one."""
    versions = platform.app_versions
    gone = connection.execute(
        delete(versions).where(versions.c.app == number, versions.c.state == "draft")
    )
    return gone.rowcount > 0


def note_listed(connection: Connection, app: App) -> None:
    """Note that the readers written down follow the rules of this version of the app."""
    apps = platform.apps
    connection.execute(
        update(apps)
        .where(apps.c.number == app.number, apps.c.published == app.version)
        .values(listed=app.version)
    )


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an app's definition: ``state`` is draft, published or earlier."""

    version: int
    state: str
    at: str
    by: str


def versions_of(connection: Connection, code: str) -> list[Version]:
    """Return every version of an app, newest first; none for an app that does not exist."""
    apps, versions = platform.apps, platform.app_versions
    rows = connection.execute(
        select(versions.c.version, versions.c.state, versions.c.at, versions.c.by)
        .join(apps, apps.c.number == versions.c.app)
        .where(apps.c.code == code)
        .order_by(versions.c.version.desc())
    )
    return [Version(row.version, row.state, row.at, row.by) for row in rows]


def former_codes(connection: Connection, app: App) -> frozenset[str]:
    """Return the codes of every field that an app ever had, columns of tables by themselves."""
    table = platform.app_fields
    paths = connection.execute(select(table.c.path).where(table.c.app == app.number)).scalars()
    return frozenset(part for path in paths for part in path.split("."))


def guarded_before(connection: Connection, app: App) -> frozenset[str]:
    """Return the fields that rules spoke of in the last published version that had them."""
    versions = platform.app_versions
    documents = connection.execute(
        select(versions.c.document)
        .where(versions.c.app == app.number, versions.c.state != "draft")
        .order_by(versions.c.version)
    )
    found: dict[str, bool] = {}
    for text in documents.scalars():
        document = json.loads(text)
        rules = document.get("access", {}).get("field", ())
        named = {code for rule in rules for code in rule["fields"]}
        found |= {code: code in named for code in document["record"]["properties"]}
    return frozenset(code for code, guarded in found.items() if guarded)


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of an app: its text, which need not be right, and who left it when."""

    text: str
    by: str
    at: str


def draft_of(connection: Connection, code: str) -> Draft | None:
    """Return the draft of an app; None where nobody left one."""
    apps, versions = platform.apps, platform.app_versions
    row = connection.execute(
        select(versions.c.document, versions.c.by, versions.c.at)
        .join(apps, apps.c.number == versions.c.app)
        .where(apps.c.code == code, versions.c.state == "draft")
    ).first()
    return Draft(row.document, row.by, row.at) if row else None


def hold_drafts(connection: Connection, code: str) -> None:
    """Keep other writers from the app's drafts until the transaction ends."""
    apps = platform.apps
    connection.execute(select(apps.c.number).where(apps.c.code == code).with_for_update())


def document_of(connection: Connection, code: str, version: int) -> dict[str, Any]:
    """Return the definition of one version.  Raises ``Unknown``."""
    apps, versions = platform.apps, platform.app_versions
    text = connection.execute(
        select(versions.c.document)
        .join(apps, apps.c.number == versions.c.app)
        .where(apps.c.code == code, versions.c.version == version)
    ).scalar()
    if text is None:
        raise Unknown
    document: dict[str, Any] = json.loads(text)
    return document


def _add_version(connection: Connection, number: int, document: Document, **about: str) -> int:
    """Store a version; ``about`` gives its state, by whom and when."""
    versions = platform.app_versions
    last = connection.execute(
        select(func.max(versions.c.version)).where(versions.c.app == number)
    ).scalar()
    version = (last or 0) + 1
    text = json.dumps(document, ensure_ascii=False)
    connection.execute(insert(versions).values(app=number, version=version, document=text, **about))
    return version


def _app_number(connection: Connection, code: str, owner: str) -> int:
    apps = platform.apps
    found = connection.execute(select(apps.c.number).where(apps.c.code == code)).scalar()
    if found is None:
        found = (connection.execute(select(func.max(apps.c.number))).scalar() or 0) + 1
        connection.execute(insert(apps).values(number=found, code=code, owner=owner))
    return int(found)


def _number_fields(connection: Connection, app: App) -> None:
    """Give every field path and storage its number; one that was there before gets its old one."""
    table = platform.app_fields
    rows = connection.execute(select(table).where(table.c.app == app.number)).all()
    known = {(row.path, row.slot): row.number for row in rows}
    following = max(known.values(), default=0) + 1
    wanted = {(path, room(field)) for path, field in paths(app)}
    for row in rows:
        current = (row.path, row.slot) in wanted
        if row.current != current:
            mine = (table.c.app == app.number, table.c.number == row.number)
            connection.execute(update(table).where(*mine).values(current=current))
    for path, field in paths(app):
        key = (path, room(field))
        if key not in known:
            connection.execute(
                insert(table).values(
                    app=app.number, number=following, path=path, slot=key[1], current=True
                )
            )
            following += 1


def grow(connection: Connection, tables: AppTables) -> None:
    """Create what the app's tables lack: tables, columns, indexes; nothing is ever dropped."""
    wanted = (tables.records, tables.readers, *tables.values.values(), *tables.rows.values())
    there = present.columns(connection, [table.name for table in wanted])
    for table in wanted:
        if table.name in there:
            _add_columns(connection, table, there[table.name])
        else:
            table.create(connection, checkfirst=False)
    search.create(connection, tables)
    made = present.indexes(connection, tables.records.name)
    for name, statement in indexes.statements(tables, connection.dialect.name):
        if name not in made:
            connection.exec_driver_sql(statement)
    unique.index(connection, tables)


def _add_columns(connection: Connection, table: Table, there: frozenset[str]) -> None:
    """Add the columns a table lacks; on both databases this rewrites nothing."""
    for column in table.columns:
        if column.name not in there:
            spelled = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {spelled}")
