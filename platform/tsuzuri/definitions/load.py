"""From a definition's JSON to an ``App``, or to the list of everything that is wrong with it.

Reading has three steps: strict JSON, the published JSON Schema, then what one schema cannot
say (names that must exist in the same definition, patterns, initial values, expressions).
Problems of all steps that could run come back together, so an author corrects a file once and
not line by line.  Conditions are checked a layer further up, where the condition language is
known (``tsuzuri.services.definitions.check``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

import re2

from tsuzuri.definitions import notify, process, strict_json
from tsuzuri.definitions.build import build
from tsuzuri.definitions.meta import definition_validator
from tsuzuri.definitions.model import App, Principal
from tsuzuri.definitions.naming import field_principal, no_field, trait_of
from tsuzuri.definitions.sentences import problem
from tsuzuri.definitions.strict_json import escape
from tsuzuri.definitions.validator import compiled, validator
from tsuzuri.errors import FormulaError, Invalid, Problem, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Computed, Copied, Derived, Related, System
from tsuzuri.formula import Formula, cycle

MAX_BYTES = 2 * 1024 * 1024
MAX_PROBLEMS = 200


def load(raw: bytes | str) -> App:
    """Read one definition.  Raises ``Invalid`` with every problem, or ``TooLarge``."""
    return from_document(strict_json.loads(raw, limit=MAX_BYTES))


def from_document(document: Any) -> App:
    """Build the app of a parsed definition.  Raises ``Invalid`` with every problem."""
    app, problems = examined(document)
    if app is None or problems:
        raise refusal(problems)
    return app


def examined(document: Any) -> tuple[App | None, list[Problem]]:
    """Return the app and everything wrong with it; None where the schema refuses it."""
    problems = [problem(error) for error in definition_validator().iter_errors(document)]
    if problems:
        return None, problems
    app = build(document)
    return app, list(_cross_check(app))


def refusal(problems: Iterable[Problem]) -> Invalid:
    """Return the refusal that lists each of ``problems`` once, by place."""
    by_key = {(one.pointer, str(one.message)): one for one in problems}
    return Invalid([by_key[key] for key in sorted(by_key)][:MAX_PROBLEMS])


def _cross_check(app: App) -> Iterator[Problem]:
    """Yield what is wrong between the parts of a definition that are each well-formed."""
    yield from _check_required(app)
    yield from _check_form(app)
    yield from _check_views(app)
    yield from _check_rules(app)
    yield from process.problems(app)
    yield from notify.problems(app)
    for one in app.fields:
        pointer = f"/record/properties/{escape(one.code)}"
        yield from _check_field(app, one, pointer)
        if one.slot is Slot.ROWS:
            yield from _check_columns(app, one, pointer)
    yield from _check_formulas(app)
    patterns = list(_check_patterns(app))
    # Nothing can be judged by a pattern that cannot be read.
    yield from patterns or _check_initial(app)


def _check_required(app: App) -> Iterator[Problem]:
    codes = {one.code for one in app.fields}
    for place, code in enumerate(app.document["record"].get("required", ())):
        if code not in codes:
            yield no_field(f"/record/required/{place}", code)
    for place, code in enumerate(app.record_title):
        if code not in codes:
            yield no_field(f"/recordTitle/{place}", code)


def _check_form(app: App) -> Iterator[Problem]:
    codes = {one.code for one in app.fields}
    seen: set[str] = set()
    for pointer, code in _placed(app.document.get("form", ())):
        if code not in codes:
            yield no_field(pointer, code)
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
                yield no_field(f"/views/{place}/columns/{at}", code)


def _check_rules(app: App) -> Iterator[Problem]:
    access = app.document.get("access", {})
    for level in ("app", "record", "field"):
        for place, rule in enumerate(access.get(level, ())):
            base = f"/access/{level}/{place}"
            for at, text in enumerate(rule["who"]):
                yield from _check_principal(app, level, Principal.read(text), f"{base}/who/{at}")
            for at, code in enumerate(rule.get("fields", ())):
                if not any(one.code == code for one in app.fields):
                    yield no_field(f"{base}/fields/{at}", code)


def _check_principal(app: App, level: str, who: Principal, pointer: str) -> Iterator[Problem]:
    if level == "app" and who.sort in {"field", "creator-agency", "creator-agency/*"}:
        yield Problem(pointer, message("アプリの権限では、レコードの値による指定は使えません。"))
    else:
        yield from field_principal(app, who, pointer)


def _check_field(app: App, one: Field, pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with the names one field refers to."""
    for code, where in _names(one):
        if code not in {top.code for top in app.fields}:
            yield no_field(f"{pointer}{where}", code)
    if "copied" in one.schema.get("presets", ()) and not _is_copied(app, one):
        place = one.schema["presets"].index("copied")
        yield Problem(
            f"{pointer}/presets/{place}",
            message("この選び方には、このフィールドへ写すルックアップが必要です。"),
        )


def _is_copied(app: App, one: Field) -> bool:
    """Tell whether a look-up of the app brings a value for the field."""
    traits = (trait_of(other) for other in app.fields)
    return any(one.code in trait.copy.values() for trait in traits if isinstance(trait, Copied))


def _names(one: Field) -> Iterator[tuple[str, str]]:
    """Yield the codes of the same app that a field's trait relies on, with their places."""
    trait = trait_of(one)
    if isinstance(trait, Derived):
        yield trait.of, "/of"
    elif isinstance(trait, Copied):
        for theirs, ours in trait.copy.items():
            yield ours, f"/lookup/copy/{escape(theirs)}"
    elif isinstance(trait, Related) and not trait.key.startswith("$"):
        yield trait.key, "/related/key"


def _check_columns(app: App, table: Field, pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with the columns of a table: places, kinds, codes used twice."""
    if not table.inner:
        yield Problem(f"{pointer}/items/properties", message("列を一つ以上置いてください。"))
    columns = {one.code for one in table.inner}
    for place, code in enumerate(table.schema["items"].get("required", ())):
        if code not in columns:
            yield no_field(f"{pointer}/items/required/{place}", code)
    tables = [one for one in app.fields if one.slot is Slot.ROWS]
    for inner in table.inner:
        at = f"{pointer}/items/properties/{escape(inner.code)}"
        if not _may_be_column(inner):
            yield Problem(at, message("表の中には置けない種類です。"))
        elif inner.code in {top.code for top in app.fields}:
            yield Problem(at, message("「{code}」は表の外でも使われています。", code=inner.code))
        elif any(inner.code in {c.code for c in other.inner} for other in tables if other != table):
            yield Problem(at, message("「{code}」は別の表でも使われています。", code=inner.code))


def _may_be_column(one: Field) -> bool:
    """Tell whether rows can hold the field: what the program fills in stands on the record."""
    if one.slot in {Slot.ROWS, Slot.NONE}:
        return False
    try:
        return not isinstance(one.trait, Computed | System)
    except FormulaError:
        return False


def _check_patterns(app: App) -> Iterator[Problem]:
    """Yield the patterns that RE2 does not take, or not within its memory."""
    for pointer, one in _everywhere(app):
        pattern = one.schema.get("pattern")
        try:
            if pattern is not None:
                compiled(pattern)
        except re2.error:
            yield Problem(f"{pointer}/pattern", message("この書き方の正規表現は使えません。"))


def _check_initial(app: App) -> Iterator[Problem]:
    """Yield the initial values that would make a record which nobody could save."""
    for pointer, one in _everywhere(app):
        given = one.schema.get("initial")
        if given is None or is_word(given, one):
            continue
        if not validator(one.schema).is_valid(one.kind.normal(one, given)):
            yield Problem(
                f"{pointer}/initial", message("このフィールドには入れられない初期値です。")
            )


def is_word(given: object, one: Field) -> TypeGuard[str]:
    """Tell whether an initial value is a word of its kind (``today``, ``me``), not a value."""
    offered = one.kind.options.get("initial", {}).get("anyOf", ())
    return isinstance(given, str) and any(form.get("const") == given for form in offered)


def _everywhere(app: App) -> Iterator[tuple[str, Field]]:
    """Yield every field and every column with its pointer."""
    for one in app.fields:
        pointer = f"/record/properties/{escape(one.code)}"
        yield pointer, one
        for inner in one.inner:
            yield f"{pointer}/items/properties/{escape(inner.code)}", inner


def _check_formulas(app: App) -> Iterator[Problem]:
    """Yield what is wrong with calculated fields: bad expressions, unknown fields, circles."""
    formulas: dict[str, Formula] = {}
    for field in app.fields:
        pointer = f"/record/properties/{escape(field.code)}/expression"
        try:
            trait = field.trait
        except FormulaError as error:
            yield Problem(pointer, error.message)
            continue
        if isinstance(trait, Computed):
            formulas[field.code] = trait.formula
            for code in sorted(trait.formula.fields - app.by_code.keys()):
                yield no_field(pointer, code)
    circle = cycle(formulas)
    if circle:
        yield Problem(
            f"/record/properties/{escape(circle[0])}/expression",
            message("計算が循環しています: {codes}", codes=" → ".join(circle)),
        )
