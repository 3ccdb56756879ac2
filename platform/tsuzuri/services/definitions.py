"""Checking, publishing and reading definitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.load import MAX_BYTES, examined, refusal
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, TsuzuriError, Unknown, message
from tsuzuri.fields.traits import Related
from tsuzuri.query.bind import Asker, bind_order, bind_text
from tsuzuri.query.parse import parse, parse_condition
from tsuzuri.query.period import Moment
from tsuzuri.query.tree import fields
from tsuzuri.services.platform import Platform
from tsuzuri.services.relisting import relist
from tsuzuri.storage import audit, catalogue
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.catalogue import Version
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.records import every_id

ANYBODY = Asker(moment=Moment(datetime(2026, 4, 1, tzinfo=UTC), ZoneInfo("Asia/Tokyo")), user="-")
"""Stands for whoever will ask: checking a condition needs somebody, nobody in particular."""

APP_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check(raw: bytes | str) -> App:
    """Read a definition and check everything one definition can tell.

    Raises ``Invalid`` with every problem: of JSON, of the published schema, of names, of
    conditions and formulas.
    """
    return check_document(read(raw))


def read(raw: bytes | str) -> Any:
    """Read a definition's JSON strictly, whatever it says."""
    return strict_json.loads(raw, limit=MAX_BYTES)


def check_document(document: Any) -> App:
    """Check a parsed definition; see ``check``."""
    app, problems = examined(document)
    if app is not None:
        problems += _conditions(app)
    if app is None or problems:
        raise refusal(problems)
    return app


def _conditions(app: App) -> Iterator[Problem]:
    """Yield what is wrong with the conditions and orders of views and rules."""
    for place, view in enumerate(app.views):
        yield from _where(app, view.where, f"/views/{place}/where")
        if view.sort:
            yield from _sort(app, view.sort, f"/views/{place}/sort")
    for place, rule in enumerate(app.access.record):
        yield from _where(app, rule.where, f"/access/record/{place}/where")
    for place, field_rule in enumerate(app.access.field):
        yield from _where(app, field_rule.where, f"/access/field/{place}/where")
    for place, step in enumerate(app.process.steps if app.process else ()):
        yield from _where(app, step.where, f"/process/actions/{place}/where")
    for pointer, text in app.notify.conditions if app.notify else ():
        yield from _where(app, text, pointer)
    yield from _retention(app)


def _retention(app: App) -> Iterator[Problem]:
    """Yield what is wrong with the rule that says how long records are kept."""
    rule = app.retention
    if rule is None:
        return
    yield from _where(app, rule.where, "/retention/where")
    field = app.by_code.get(rule.start)
    if field is not None and field.table is not None:
        yield Problem("/retention/from", message("表の中の日付からは、保存期間を数えられません。"))
        return
    # A name is no text of the language by itself: it may be anything.
    if field is None:
        yield Problem(
            "/retention/from",
            message("「{code}」というフィールドはありません。", code=rule.start),
        )
        return
    yield from _where(app, f"{rule.start} < {rule.period}", "/retention/from")


def _where(app: App, text: str, pointer: str) -> Iterator[Problem]:
    try:
        bind_text(app, text, ANYBODY)
    except TsuzuriError as error:
        yield Problem(pointer, error.message)


def _sort(app: App, text: str, pointer: str) -> Iterator[Problem]:
    try:
        query = parse(f"order by {text}")
        bind_order(app, query.order)
    except TsuzuriError as error:
        yield Problem(pointer, error.message)
    else:
        if query.limit is not None or query.offset is not None:
            yield Problem(pointer, message("並び順には件数や開始位置を書けません。"))


def publish(platform: Platform, document: Mapping[str, Any], *, by: str | Actor) -> App:
    """Check and publish a definition; records keep everything they had.

    ``by`` is whoever does it, or their code where it happens at the command line.

    Where the record rules changed, the rules themselves are asked of every record until the
    readers written down beside the records follow them, so nobody sees too much or too little
    in between.
    """
    new = check_document(document)
    before = platform.apps.get(document["app"])
    listed = before is None or (before.listed and _read_alike(before, new))
    author = _author(by)
    with (
        platform.database.write(Errand("publish a definition")) as connection,
        platform.trailing(connection, author),
    ):
        app = catalogue.publish(
            connection, complete(document), by=author.user, at=platform.stamp(), listed=listed
        )
        rules = before is None or before.access != app.access
        detail = {"version": app.version, "rules": rules}
        audit.note(connection, Entry(action="app.publish", app=app.code, detail=detail))
    if not listed:
        list_readers(platform, app)
    return app


def _author(by: str | Actor) -> Actor:
    """Return in whose name a definition changes."""
    return by if isinstance(by, Actor) else Actor(user=by, origin=Origin(door="cli"))


def _read_alike(before: App, after: App) -> bool:
    """Tell whether the record rules still mean the same: their words and the fields they name."""
    rules = after.access.record
    named = {who.code for rule in rules for who in rule.who if who.sort == "field"}
    for rule in rules:
        node = parse_condition(rule.where)
        named |= fields(node) if node is not None else frozenset()
    return before.access.record == rules and all(
        _place(before, code) == _place(after, code) for code in named
    )


def _place(app: App, code: str) -> tuple[object, ...]:
    """Return what decides where a field's values lie and how they compare."""
    field = app.field(code)
    return (field.kind.name, field.table.code if field.table else "")


def list_readers(platform: Platform, app: App) -> None:
    """Write down the readers of every record by the published rules, in batches."""
    errand = Errand("readers follow the rules")
    with platform.database.read(errand) as connection:
        ids = list(every_id(connection, app))
    here = Moment(ANYBODY.moment.now, platform.config.zone)
    relist(platform, app, ids, replace(ANYBODY, moment=here))
    with platform.database.write(errand) as connection:
        catalogue.note_listed(connection, app)


def finish_listing(platform: Platform) -> None:
    """Go on where a stop interrupted the writing down of readers."""
    for app in platform.apps.values():
        if not app.listed:
            list_readers(platform, app)


def related_problems(app: App, others: Mapping[str, App]) -> Iterator[Problem]:
    """Yield what related records name in other apps that is not there."""
    for field in app.fields:
        trait = field.trait
        if isinstance(trait, Related) and trait.app in others:
            pointer = f"/record/properties/{escape(field.code)}/related"
            yield from _where(others[trait.app], trait.where, f"{pointer}/where")


def save_draft(platform: Platform, document: Any, *, by: str) -> int:
    """Keep a definition as the draft of its app and return its version.

    A draft may still have problems; what it must have is the code of its app.
    """
    code = document.get("app") if isinstance(document, dict) else None
    if not isinstance(code, str) or not APP_CODE.fullmatch(code):
        raise Invalid([Problem("/app", message("アプリのコードを入力してください。"))])
    with (
        platform.database.write(Errand("save a draft")) as connection,
        platform.trailing(connection, _author(by)),
    ):
        version = catalogue.save_draft(connection, document, by=by, at=platform.stamp())
        audit.note(connection, Entry(action="app.draft", app=code, detail={"version": version}))
        return version


def publish_version(platform: Platform, code: str, version: int, *, by: str) -> App:
    """Publish a draft, or an earlier version again; later versions stay and can return too."""
    with platform.database.platform() as connection:
        document = catalogue.document_of(connection, code, version)
    return publish(platform, document, by=by)


def versions(platform: Platform, code: str) -> list[Version]:
    """Return every version of an app, newest first.  Raises ``Unknown`` for no app."""
    with platform.database.platform() as connection:
        found = catalogue.versions_of(connection, code)
    if not found:
        raise Unknown
    return found


def document_of(platform: Platform, code: str, version: int) -> str:
    """Return one version of a definition as JSON text.  Raises ``Unknown``."""
    with platform.database.platform() as connection:
        document = catalogue.document_of(connection, code, version)
    return json.dumps(document, ensure_ascii=False, indent=2)
