"""What every field kind promises, run on the samples of each: a new kind is tested by existing."""

import csv
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markupsafe import Markup

from tsuzuri import resources
from tsuzuri.definitions.build import build, complete
from tsuzuri.definitions.meta import COMMON, definition_validator, fields_schema, kind_schema
from tsuzuri.definitions.validator import validator
from tsuzuri.fields import KINDS
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, FieldKind, Sample, Scene, Slot
from tsuzuri.fields.rich_text import TAGS

NASTY = ("<script>x()</script>", '" onmouseover="x()', "javascript:x()", "<img src=x onerror=x()>")
SCENES = tuple(
    Scene(language=language, name=lambda entity, code: f"{entity}<b>{code}")
    for language in ("ja", "en")
)
SCENE = SCENES[0]


def document(kind: FieldKind, sample: Sample) -> dict[str, Any]:
    """Write the smallest definition that uses a sample."""
    field = {"kind": kind.name, "title": "欄<script>", **sample.options}
    return {
        "app": "contract",
        "name": "契約",
        "record": {"type": "object", "properties": {"f": field}},
    }


def made(kind: FieldKind, sample: Sample) -> Field:
    return build(document(kind, sample)).field("f")


def judges(kind: FieldKind, sample: Sample) -> Iterator[Any]:
    """Yield our own judge and a plain one that knows neither our kinds nor any format."""
    written = complete(document(kind, sample))["record"]["properties"]["f"]
    yield validator(written)
    yield Draft202012Validator(written)


def as_json(wire: Any) -> str:
    """Return JSON text: 3 and 3.0 are equal in Python and not in a file."""
    return json.dumps(wire, ensure_ascii=False, sort_keys=True)


def through_csv(cell: str, path: Path) -> str:
    """Write a cell with the real writer and read it with the real reader."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["x", cell, "y"])
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.reader(file)
    assert (row[0], row[2]) == ("x", "y")
    return row[1]


SAMPLES = [
    pytest.param(kind, sample, id=f"{kind.name}-{number}")
    for kind in KINDS.values()
    for number, sample in enumerate(kind.samples)
]
each_sample = pytest.mark.parametrize("kind, sample", SAMPLES)
each_kind = pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))


@each_kind
def test_a_kind_is_described_in_full(kind: FieldKind) -> None:
    assert kind.samples
    assert type(kind).__doc__
    assert kind.operators <= ops.EVERY
    assert any(sample.rejected for sample in kind.samples)
    if kind.slot is not Slot.NONE:
        assert any(sample.accepted for sample in kind.samples)
    Draft202012Validator.check_schema(kind_schema(kind))
    Draft202012Validator.check_schema(dict(kind.shape))
    for keyword, schema in {**COMMON, **kind.options}.items():
        Draft202012Validator.check_schema(schema)
        assert keyword not in kind.shape or keyword == "readOnly"
    assert set(kind.needs) <= set(kind.options)


@each_sample
def test_a_definition_may_use_it_in_short_and_in_full(kind: FieldKind, sample: Sample) -> None:
    short = document(kind, sample)
    assert [error.message for error in definition_validator().iter_errors(short)] == []
    full = complete(short)
    assert [error.message for error in definition_validator().iter_errors(full)] == []
    if kind.slot is not Slot.ROWS:  # definitions.build takes the row's own id for a column
        assert complete(full) == full


@each_sample
def test_a_definition_may_not_leave_out_what_it_needs(kind: FieldKind, sample: Sample) -> None:
    for keyword in kind.needs:
        poor = document(kind, sample)
        del poor["record"]["properties"]["f"][keyword]
        assert list(definition_validator().iter_errors(poor))
    odd = document(kind, sample)
    odd["record"]["properties"]["f"]["unheard-of"] = 1
    assert list(definition_validator().iter_errors(odd))


@each_sample
def test_any_validator_gives_the_same_verdict(kind: FieldKind, sample: Sample) -> None:
    for judge in judges(kind, sample):
        for wire in sample.accepted:
            assert [error.message for error in judge.iter_errors(wire)] == [], wire
        for wire in sample.rejected:
            assert not judge.is_valid(wire), wire


@each_sample
def test_tidying_changes_nothing_that_is_tidy(kind: FieldKind, sample: Sample) -> None:
    field = made(kind, sample)
    for wire in sample.accepted:
        assert as_json(kind.normal(field, wire)) == as_json(wire)
    for wire in sample.rejected:
        once = kind.normal(field, wire)
        assert as_json(kind.normal(field, once)) == as_json(once)


@each_sample
def test_typed_text_becomes_the_stated_wire(kind: FieldKind, sample: Sample) -> None:
    field = made(kind, sample)
    for text, wire in sample.typed:
        read = kind.normal(field, kind.parse(field, text, SCENE))
        assert as_json(read) == as_json(wire), text
        assert all(judge.is_valid(read) for judge in judges(kind, sample)), text


@each_sample
def test_a_cell_comes_back_from_csv(kind: FieldKind, sample: Sample, tmp_path: Path) -> None:
    field = made(kind, sample)
    for scene in SCENES:
        for wire in sample.accepted:
            cell = through_csv(kind.cell(field, wire, scene), tmp_path / "one.csv")
            back = kind.normal(field, kind.parse(field, cell, scene))
            assert as_json(back) == as_json(wire), cell


class Markings(HTMLParser):
    """Refuses markup that could act."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS | {"thead", "tbody", "time", "b"}, tag
        for name, value in attrs:
            assert name in {"href", "rel", "class", "scope"}, name
            if name == "href":
                assert str(value).startswith(("http://", "https://", "mailto:", "tel:", "HTTP:"))


def shown_safely(shown: object) -> None:
    """Assert that a shown value is text, or markup that cannot act."""
    assert isinstance(shown, str)
    if isinstance(shown, Markup):
        markings = Markings()
        markings.feed(str(shown))
        markings.close()
    else:
        assert not hasattr(shown, "__html__")


def poisoned(wire: Any, poison: str) -> Any:
    """Return the wire with every text in it replaced."""
    if isinstance(wire, str):
        return poison
    if isinstance(wire, list):
        return [poisoned(one, poison) for one in wire]
    if isinstance(wire, dict):
        return {key: poisoned(one, poison) for key, one in wire.items()}
    return wire


@each_sample
def test_what_is_shown_cannot_act(kind: FieldKind, sample: Sample) -> None:
    field = made(kind, sample)
    for scene in SCENES:
        for wire in sample.accepted:
            shown = kind.show(field, wire, scene)
            assert shown
            shown_safely(shown)
            for poison in NASTY:
                try:
                    shown = kind.show(field, poisoned(wire, poison), scene)
                except ValueError:
                    continue  # such a value is refused long before it could be shown
                shown_safely(shown)


@each_sample
def test_a_control_never_contradicts_the_schema(kind: FieldKind, sample: Sample) -> None:
    field = made(kind, sample)
    widget = kind.widget(field)
    assert isinstance(widget.control, Control)
    if "maxlength" in widget.attributes:
        assert widget.attributes["maxlength"] == field.schema["maxLength"]
        assert "maxLength" not in kind.shape  # what people type may be longer than the wire
    options = field.schema.get("enum") or field.schema.get("items", {}).get("enum")
    if options and widget.choices:
        assert list(widget.choices) == options
    assert (widget.control is Control.STATIC) == bool(kind.shape.get("readOnly"))
    kind.trait(field)


def test_the_published_schema_is_fresh() -> None:
    text = (resources.SCHEMAS / "fields.schema.json").read_text(encoding="utf-8")
    assert text == json.dumps(fields_schema(), indent=2, ensure_ascii=False) + "\n"
    Draft202012Validator.check_schema(json.loads(text))


TYPED = sorted({text for kind in KINDS.values() for s in kind.samples for text, _ in s.typed})
CHARACTERS = (
    "0123456789０９年月日時分秒:：-－/.,RHＲ令和平成元午前後半【】{}[]"
    "\"'<>&¥ 　\t\r\nーｱﾞあ葛\U000e0100髙a@+#"
)
texts = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=CHARACTERS, max_size=24),
    st.sampled_from(TYPED),
    st.sampled_from(NASTY),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["city", "town", "at", "text", "speaker", "id", "relation", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
quick = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@each_sample
@quick
@given(text=texts)
def test_any_text_is_read_or_refused(kind: FieldKind, sample: Sample, text: str) -> None:
    field = made(kind, sample)
    wire = kind.normal(field, kind.parse(field, text, SCENE))
    assert as_json(kind.normal(field, wire)) == as_json(wire)
    ours, plain = judges(kind, sample)
    storable = "\x00" not in as_json(wire) and not any("\ud800" <= c <= "\udfff" for c in text)
    assume(storable)
    assert ours.is_valid(wire) == plain.is_valid(wire)
    if wire not in ("", [], {}) and ours.is_valid(wire):
        for scene in SCENES:
            shown_safely(kind.show(field, wire, scene))
            cell = kind.cell(field, wire, scene)
            back = kind.normal(field, kind.parse(field, cell, scene))
            assert as_json(back) == as_json(wire), cell


@each_sample
@quick
@given(wire=values)
def test_any_json_is_tidied_or_left_alone(kind: FieldKind, sample: Sample, wire: Any) -> None:
    field = made(kind, sample)
    before = as_json(wire)
    once = kind.normal(field, wire)
    assert as_json(wire) == before  # the caller's value is not changed in place
    assert as_json(kind.normal(field, once)) == as_json(once)
    assert type(once) is type(wire) or {type(once), type(wire)} == {int, float}
