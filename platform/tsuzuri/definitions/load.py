"""From a definition's JSON to an ``App``, or to the list of everything that is wrong with it.

Reading has three steps: strict JSON, the published JSON Schema, then what one schema cannot
say (names that must exist in the same definition).  Problems of all steps that could run
come back together, so an author corrects a file once and not line by line.  Conditions are
checked a layer further up, where the condition language is known
(``tsuzuri.services.definitions.check``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tsuzuri.definitions import strict_json
from tsuzuri.definitions.build import build
from tsuzuri.definitions.meta import definition_validator
from tsuzuri.definitions.model import App, Principal
from tsuzuri.definitions.sentences import problem
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Copied, Derived, People, Related

MAX_BYTES = 2 * 1024 * 1024
MAX_PROBLEMS = 200


def load(raw: bytes | str) -> App:
    """Read one definition.  Raises ``Invalid`` with every problem, or ``TooLarge``."""
    return from_document(strict_json.loads(raw, limit=MAX_BYTES))


def from_document(document: Any) -> App:
    """Build the app of a parsed definition.  Raises ``Invalid`` with every problem."""
    problems = [problem(error) for error in definition_validator().iter_errors(document)]
    if not problems:
        app = build(document)
        problems = list(_cross_check(app))
        if not problems:
            return app
    unique = dict.fromkeys((one.pointer, str(one.message)) for one in problems)
    by_key = {(one.pointer, str(one.message)): one for one in problems}
    raise Invalid([by_key[key] for key in sorted(unique)][:MAX_PROBLEMS])


def _cross_check(app: App) -> Iterator[Problem]:
    """Yield what is wrong between the parts of a definition that are each well-formed."""
    yield from _check_required(app)
    yield from _check_form(app)
    yield from _check_views(app)
    yield from _check_rules(app)
    for one in app.fields:
        yield from _check_field(app, one, f"/record/properties/{escape(one.code)}")


def _no_field(pointer: str, code: str) -> Problem:
    return Problem(pointer, message("「{code}」というフィールドはありません。", code=code))


def _check_required(app: App) -> Iterator[Problem]:
    codes = {one.code for one in app.fields}
    for place, code in enumerate(app.document["record"].get("required", ())):
        if code not in codes:
            yield _no_field(f"/record/required/{place}", code)
    for place, code in enumerate(app.record_title):
        if code not in codes:
            yield _no_field(f"/recordTitle/{place}", code)


def _check_form(app: App) -> Iterator[Problem]:
    codes = {one.code for one in app.fields}
    seen: set[str] = set()
    for pointer, code in _placed(app.document.get("form", ())):
        if code not in codes:
            yield _no_field(pointer, code)
        elif code in seen:
            yield Problem(pointer, message("「{code}」がフォームに二度置かれています。", code=code))
        seen.add(code)


def _placed(form: Any) -> Iterator[tuple[str, str]]:
    """Yield each code of a form with its pointer."""
    for place, item in enumerate(form):
        rows = enumerate(item["rows"]) if isinstance(item, dict) else [(None, item)]
        for row_place, row in rows:
            inner = f"/form/{place}" if row_place is None else f"/form/{place}/rows/{row_place}"
            yield from ((f"{inner}/{at}", code) for at, code in enumerate(row))


def _check_views(app: App) -> Iterator[Problem]:
    for place, view in enumerate(app.views):
        for at, code in enumerate(view.columns):
            if code not in app.by_code or app.by_code[code].table:
                yield _no_field(f"/views/{place}/columns/{at}", code)


def _check_rules(app: App) -> Iterator[Problem]:
    access = app.document.get("access", {})
    for level in ("app", "record", "field"):
        for place, rule in enumerate(access.get(level, ())):
            base = f"/access/{level}/{place}"
            for at, text in enumerate(rule["who"]):
                yield from _check_principal(app, level, Principal.read(text), f"{base}/who/{at}")
            for at, code in enumerate(rule.get("fields", ())):
                if not any(one.code == code for one in app.fields):
                    yield _no_field(f"{base}/fields/{at}", code)


def _check_principal(app: App, level: str, who: Principal, pointer: str) -> Iterator[Problem]:
    if level == "app" and who.sort in {"field", "creator-agency"}:
        yield Problem(pointer, message("アプリの権限では、レコードの値による指定は使えません。"))
    elif who.sort == "field":
        named = next((one for one in app.fields if one.code == who.code), None)
        if named is None:
            yield _no_field(pointer, who.code)
        elif not isinstance(named.trait, People):
            yield Problem(
                pointer,
                message(
                    "「{code}」は人・所属・グループを選ぶフィールドではありません。", code=who.code
                ),
            )


def _check_field(app: App, one: Field, pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with the names one field refers to."""
    if one.slot is Slot.ROWS:
        for inner in one.inner:
            place = f"{pointer}/items/properties/{escape(inner.code)}"
            if inner.kind.slot in {Slot.ROWS, Slot.NONE}:
                yield Problem(place, message("表の中には置けない種類です。"))
            elif inner.code in {top.code for top in app.fields}:
                yield Problem(
                    place, message("「{code}」は表の外でも使われています。", code=inner.code)
                )
    for code, where in _names(one):
        if code not in {top.code for top in app.fields}:
            yield _no_field(f"{pointer}{where}", code)


def _names(one: Field) -> Iterator[tuple[str, str]]:
    """Yield the codes of the same app that a field's trait relies on, with their places."""
    trait = one.trait
    if isinstance(trait, Derived):
        yield trait.of, "/of"
    elif isinstance(trait, Copied):
        for code in trait.copy.values():
            yield code, f"/lookup/copy/{escape(code)}"
    elif isinstance(trait, Related) and not trait.key.startswith("$"):
        yield trait.key, "/related/key"
