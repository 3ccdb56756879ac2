"""Checking, publishing and reading definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tsuzuri.definitions import strict_json
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.load import MAX_BYTES, from_document
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Message, Problem, TsuzuriError, message
from tsuzuri.fields.traits import Computed, Related
from tsuzuri.formula import cycle
from tsuzuri.query.bind import Asker, bind_order, bind_text
from tsuzuri.query.parse import parse
from tsuzuri.query.period import Moment
from tsuzuri.services.platform import Platform
from tsuzuri.services.records import relist
from tsuzuri.storage import catalogue
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.records import every_id

ANYBODY = Asker(moment=Moment(datetime(2026, 4, 1, tzinfo=UTC), ZoneInfo("Asia/Tokyo")), user="-")
"""Stands for whoever will ask: checking a condition needs somebody, nobody in particular."""


def check(raw: bytes | str) -> App:
    """Read a definition and check everything one definition can tell.

    Raises ``Invalid`` with every problem: of JSON, of the published schema, of names, of
    conditions and formulas.
    """
    return check_document(strict_json.loads(raw, limit=MAX_BYTES))


def check_document(document: Any) -> App:
    """Check a parsed definition; see ``check``."""
    app = from_document(document)
    problems = [*_conditions(app), *_formulas(app)]
    if problems:
        raise Invalid(problems)
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


def _where(app: App, text: str, pointer: str) -> Iterator[Problem]:
    try:
        bind_text(app, text, ANYBODY)
    except TsuzuriError as error:
        yield Problem(pointer, error.message)


def _sort(app: App, text: str, pointer: str) -> Iterator[Problem]:
    try:
        bind_order(app, parse(f"order by {text}").order)
    except TsuzuriError as error:
        yield Problem(pointer, error.message)


def _formulas(app: App) -> Iterator[Problem]:
    """Yield what is wrong with calculated fields: bad expressions, unknown fields, circles."""
    formulas = {}
    for field in app.fields:
        pointer = f"/record/properties/{escape(field.code)}/expression"
        try:
            trait = field.trait
        except TsuzuriError as error:
            yield Problem(pointer, error.message)
            continue
        if isinstance(trait, Computed):
            formulas[field.code] = trait.formula
            for code in sorted(trait.formula.fields - app.by_code.keys()):
                yield Problem(pointer, _no_field(code))
    circle = cycle(formulas)
    if circle:
        yield Problem(
            f"/record/properties/{escape(circle[0])}/expression",
            message("計算が循環しています: {codes}", codes=" → ".join(circle)),
        )


def _no_field(code: str) -> Message:
    return message("「{code}」というフィールドはありません。", code=code)


def publish(platform: Platform, document: Mapping[str, Any], *, by: str) -> App:
    """Check and publish a definition; records keep everything they had.

    The tables grow and the readers of existing records follow the new rules before anybody
    meets the new version.
    """
    check_document(document)
    before = platform.apps.get(document["app"])
    errand = Errand("publish a definition")
    with platform.database.write(errand) as connection:
        app = catalogue.publish(connection, complete(document), owner=by, at=platform.stamp())
    if before is not None and _reads_differ(before, app):
        with platform.database.read(errand) as connection:
            ids = list(every_id(connection, app))
        relist(platform, app, ids, ANYBODY)
    return app


def _reads_differ(before: App, after: App) -> bool:
    """Tell whether the written-down readers of existing records may have changed."""
    return before.access.record != after.access.record


def related_problems(app: App, others: Mapping[str, App]) -> Iterator[Problem]:
    """Yield what related records name in other apps that is not there."""
    for field in app.fields:
        trait = field.trait
        if isinstance(trait, Related) and trait.app in others:
            pointer = f"/record/properties/{escape(field.code)}/related"
            yield from _where(others[trait.app], trait.where, f"{pointer}/where")


def document_of(platform: Platform, code: str) -> str:
    """Return the published definition of an app as JSON text."""
    return json.dumps(platform.apps[code].document, ensure_ascii=False, indent=2)
