"""The apps that ship: valid, complete, bilingual, and consistent with one another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tsuzuri import resources
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.load import load
from tsuzuri.definitions.model import App, Group
from tsuzuri.definitions.validator import validator
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Computed, Copied, Derived, People, Pointed, Related, System
from tsuzuri.formula import cycle
from tsuzuri.query.parse import parse, parse_condition
from tsuzuri.query.tree import comparisons

FORMS = resources.APPS.parent.parent / "shared" / "domain" / "forms.json"
"""The domain research the apps follow; it stands beside the checkout where we write them."""

FILES = sorted(resources.APPS.glob("*.json"))

FORM_OF = {
    "attendance": "attendance",
    "case-record": "child_register",
    "case-transfer": "case_transfer",
    "household": "household",
    "info-request": "info_request",
    "intake": "intake",
    "meeting-minutes": "case_conference",
    "pilot-survey": "pilot_survey",
    "place-visit": "place_visit",
    "progress-ledger": "progress_ledger",
    "risk-assessment": "risk_assessment",
    "support-plan": "home_support_plan",
    "urgency-assessment": "urgency_assessment",
    "visit-log": "contact_record",
}

SHOWN_OTHERWISE = frozenset({"section", "record_no", "created", "updated"})
"""Types of the research that are groups of the form or system fields here."""

LEFT_OUT = {
    # Worked out across records or from the clock, which no formula of one record can tell.
    "case-record": {"fage", "last_seen", "days_unseen", "retain_until"},
    "visit-log": {"body_chars", "edit_seconds"},
    "progress-ledger": {"last_seen", "contacts_3m", "absent_3m", "overdue"},
    "risk-assessment": {"diff"},
    "case-transfer": {"last_seen", "packet_count", "packet_hash"},
}

RENAMED = {
    # Codes of columns are unique within an app, as in kintone.
    ("case-record", "family", "note"): "family_note",
    ("meeting-minutes", "info", "org"): "info_org",
    ("meeting-minutes", "roles", "org"): "role_org",
}

WORDS = ("now", "today", "me", "my-agency")
"""What ``initial`` may say instead of a value: it is settled when the record is written."""

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def _app(code: str) -> App:
    return load((resources.APPS / f"{code}.json").read_bytes())


def _document(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _all_fields(app: App) -> Iterator[Field]:
    """Yield the fields of an app and the columns of its tables."""
    for one in app.fields:
        yield one
        yield from one.inner


def test_fourteen_apps_ship() -> None:
    assert [path.stem for path in FILES] == sorted(FORM_OF)


@each_file
def test_a_file_loads_without_a_problem_and_is_named_for_its_app(path: Path) -> None:
    assert load(path.read_bytes()).code == path.stem


@each_file
def test_a_file_writes_out_everything_its_kinds_imply(path: Path) -> None:
    document = _document(path)
    assert document == complete(document)


@each_file
def test_every_word_people_read_is_in_both_languages(path: Path) -> None:
    app = _app(path.stem)
    labels = [app.name, app.description, *(view.name for view in app.views)]
    labels += [item.title for item in app.form if isinstance(item, Group)]
    assert [label.ja for label in labels if not (label.ja and label.en)] == []
    lacking = [one.code for one in _all_fields(app) if one.title("en") == one.title("ja")]
    assert lacking == []
    half = [
        one.code
        for one in _all_fields(app)
        if isinstance(one.schema.get("help"), str)
        or (one.text("help") and not one.text("help", "en"))
    ]
    assert half == []


@each_file
def test_no_code_stands_for_two_fields(path: Path) -> None:
    codes = [one.code for one in _all_fields(_app(path.stem))]
    assert sorted(codes) == sorted(set(codes))


@each_file
def test_every_field_has_its_place_in_the_form(path: Path) -> None:
    document = _document(path)
    rows = [
        row
        for item in document["form"]
        for row in (item["rows"] if isinstance(item, dict) else [item])
    ]
    placed = sorted(code for row in rows for code in row)
    assert placed == sorted(document["record"]["properties"])


@each_file
def test_a_row_of_the_form_fits_a_desk(path: Path) -> None:
    document = _document(path)
    rows = [
        row
        for item in document["form"]
        for row in (item["rows"] if isinstance(item, dict) else [item])
    ]
    assert max(len(row) for row in rows) <= 4


@each_file
def test_views_ask_for_fields_that_exist(path: Path) -> None:
    app = _app(path.stem)
    assert 3 <= len(app.views) <= 5
    for view in app.views:
        assert 3 <= len(view.columns) <= 8
        condition = parse_condition(view.where)
        asked = comparisons(condition) if condition else iter(())
        for comparison in asked:
            field = app.field(comparison.field)
            assert comparison.operator in field.kind.operators, (view.name.ja, comparison)
        for key in _sort(view.sort):
            assert app.field(key).slot in {Slot.TEXT, Slot.NUMBER, Slot.FLAG}, (view.name.ja, key)


def _sort(text: str) -> list[str]:
    """Return the fields a sort names; reading it as a query also judges the directions."""
    return [key.field for key in parse(f"order by {text}").order] if text else []


@each_file
def test_choices_named_in_conditions_are_choices_of_the_field(path: Path) -> None:
    app = _app(path.stem)
    texts = [view.where for view in app.views]
    texts += [rule.where for rule in app.access.record]
    texts += [rule.where for rule in app.access.field]
    for text in texts:
        condition = parse_condition(text)
        for comparison in comparisons(condition) if condition else ():
            choices = _choices(app.field(comparison.field))
            named = {value for value in comparison.values if isinstance(value, str)}
            assert not choices or named <= choices, comparison


def _choices(field: Field) -> set[str]:
    schema = field.schema
    return set(schema.get("enum", ())) | set(schema.get("items", {}).get("enum", ()))


@each_file
def test_what_a_field_refers_to_in_another_app_exists_there(path: Path) -> None:
    app = _app(path.stem)
    for field in _all_fields(app):
        trait = field.trait
        if isinstance(trait, Copied):
            other = _app(trait.app)
            assert other.field(trait.key).schema.get("unique") is True
            assert {*trait.copy, *trait.pick} <= set(other.by_code)
            for source, target in trait.copy.items():
                assert other.field(source).slot is app.field(target).slot
                assert _people(other.field(source)) == _people(app.field(target))
        elif isinstance(trait, Pointed):
            assert _app(trait.app).record_title
        elif isinstance(trait, Related):
            other = _app(trait.app)
            assert {trait.match, *trait.columns, *_sort(trait.sort)} <= set(other.by_code)


def _people(field: Field) -> str:
    return field.trait.entity if isinstance(field.trait, People) else ""


@each_file
def test_calculated_fields_rely_on_fields_that_exist_and_on_no_circle(path: Path) -> None:
    app = _app(path.stem)
    formulas = {
        one.code: one.trait.formula for one in app.fields if isinstance(one.trait, Computed)
    }
    assert {code for formula in formulas.values() for code in formula.fields} <= set(app.by_code)
    assert not cycle(formulas)


@each_file
def test_a_record_of_the_kinds_own_samples_is_accepted(path: Path) -> None:
    app = _app(path.stem)
    record = {one.code: _example(one) for one in app.fields if _is_written(one)}
    assert [error.message for error in validator(app.schema).iter_errors(record)] == []
    assert not validator(app.schema).is_valid({**record, "unknown": "x"})
    for code in app.schema["required"]:
        rest = {key: value for key, value in record.items() if key != code}
        assert not validator(app.schema).is_valid(rest), code


def _is_written(field: Field) -> bool:
    """Tell whether a record holds a value that somebody gave."""
    computed = isinstance(field.trait, System | Computed | Derived)
    return field.slot is not Slot.NONE and not computed


def _example(field: Field) -> Any:
    """Return the first value of the kind's samples, or choice of the author, that fits."""
    if field.slot is Slot.ROWS:
        return [{inner.code: _example(inner) for inner in field.inner}]
    schema = field.schema
    if "enum" in schema:
        return schema["enum"][-1]
    if "enum" in schema.get("items", {}):
        return schema["items"]["enum"][-2:]
    if "minimum" in schema:
        return schema["minimum"]
    judge = validator(schema)
    offered = (value for one in field.kind.samples for value in one.accepted)
    return next(value for value in offered if judge.is_valid(value))


@each_file
def test_what_a_new_record_starts_with_would_be_accepted(path: Path) -> None:
    for field in _all_fields(_app(path.stem)):
        given = field.schema.get("initial")
        if given is not None and given not in WORDS:
            assert validator(field.schema).is_valid(given), field.code


@each_file
def test_administrators_of_the_system_and_auditors_come_first_and_get_nothing(path: Path) -> None:
    first = _document(path)["access"]["app"][0]
    assert first == {"who": ["group:system-admins", "group:auditors"], "allow": []}


@each_file
def test_the_coordinating_section_is_let_in_before_any_record_is_asked(path: Path) -> None:
    first = _app(path.stem).access.record[0]
    assert first.where == ""
    assert [(who.sort, who.code) for who in first.who] == [("group", "kind-coord")]
    assert {"view", "edit", "comment", "print"} <= first.allow


@each_file
def test_only_people_of_the_coordinating_section_may_delete_or_unmask(path: Path) -> None:
    office = {"form-admins", "coordinators", "kind-coord"}
    access = _app(path.stem).access
    rules = [(rule.who, rule.allow) for rule in access.app]
    rules += [(rule.who, rule.allow) for rule in access.record]
    for who, allow in rules:
        if allow & {"delete", "unmask", "import", "manage"}:
            assert {one.code for one in who} <= office


@each_file
def test_a_field_with_rules_says_what_everyone_else_may(path: Path) -> None:
    access = _app(path.stem).access
    last = {code: rule for rule in access.field for code in rule.fields}
    for code, rule in last.items():
        assert (rule.where, [who.sort for who in rule.who]) == ("", ["everyone"]), code


def test_the_caller_is_masked_for_those_who_work_on_the_case_and_hidden_from_the_rest() -> None:
    access = _app("intake").access
    rules = [
        ([f"{who.sort}:{who.code}".rstrip(":") for who in rule.who], rule.allow)
        for rule in access.field
        if "notifier_name" in rule.fields
    ]
    others = ["group:kind-jiso", "group:kind-mch", "group:kind-welf", "group:kind-edu"]
    workers = ["group:coordinators", "group:supervisors", "group:caseworkers"]
    assert rules == [
        (["creator"], "edit"),
        (others, "none"),
        (workers, "masked"),
        (["everyone"], "none"),
    ]


@cache
def _forms() -> Mapping[str, Any]:
    if not FORMS.is_file():
        pytest.skip("the domain research is not beside this checkout")
    found: Mapping[str, Any] = json.loads(FORMS.read_text(encoding="utf-8"))
    return found


def _researched(code: str) -> Mapping[str, Any]:
    return next(form for form in _forms()["apps"] if form["id"] == FORM_OF[code])


def _options(given: Mapping[str, Any]) -> list[str]:
    options = given.get("options", [])
    chosen = _forms()["option_sets"][options["set"]] if isinstance(options, dict) else options
    return list(chosen)


def _expected(code: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what the research asks of an app: our code of the field, and its description."""
    out = LEFT_OUT.get(code, set())
    for field in _researched(code)["fields"]:
        if field["type"] in SHOWN_OTHERWISE or field["code"] in out:
            continue
        yield field["code"], field
        for column in field.get("columns", ()):
            if column["code"] not in out:
                place = (code, field["code"], column["code"])
                yield RENAMED.get(place, column["code"]), column


@each_file
def test_every_field_of_the_research_is_there_with_its_label_and_choices(path: Path) -> None:
    app = _app(path.stem)
    found = {one.code: one for one in _all_fields(app)}
    for code, given in _expected(path.stem):
        assert found[code].title() == given["label"]
        assert _choices(found[code]) == set(_options(given)), code


@each_file
def test_no_field_is_there_that_the_research_does_not_ask_for(path: Path) -> None:
    app = _app(path.stem)
    body_map = {"site", "state", "size"}
    asked = {code for code, _ in _expected(path.stem)}
    # A process writes where a record stands and whose turn it is.
    if app.process is not None:
        asked |= {app.process.status, app.process.assignee}
    assert {one.code for one in _all_fields(app)} - asked <= body_map


@each_file
def test_fields_are_required_where_the_research_says_so(path: Path) -> None:
    app = _app(path.stem)
    found = {one.code: one for one in _all_fields(app)}
    for code, given in _expected(path.stem):
        asked = bool(given.get("required")) and "required_unless" not in given
        assert found[code].required is asked, code
