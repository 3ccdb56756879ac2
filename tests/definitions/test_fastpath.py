"""The quick yes never says yes to what the validator refuses, and says it to what is usual."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tsuzuri.definitions.build import complete_field
from tsuzuri.definitions.fastpath import acceptor
from tsuzuri.definitions.validator import validator
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import FieldKind, Sample

PATTERNS = ("^[0-9]{3}", "[^a-z]", "あ$", "^(a|b)", "")
TEXTS = st.one_of(st.text(max_size=6), st.sampled_from(["2026-11-21", "2026-02-30", "あ", "a\n"]))
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-5, 12),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    ),
    max_leaves=6,
)
SMALL = st.integers(0, 4)
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(
        ["string", "number", "integer", "boolean", "array", "object", "null", ["string", "null"]]
    ),
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "const": SCALARS,
    "minLength": SMALL,
    "maxLength": SMALL,
    "pattern": st.sampled_from(PATTERNS),
    "not": st.one_of(st.just({}), st.builds(lambda p: {"pattern": p}, st.sampled_from(PATTERNS))),
    "format": st.sampled_from(["date", "date-time", "unheard-of"]),
    "minimum": st.integers(-3, 6),
    "maximum": st.integers(-3, 6),
    "exclusiveMaximum": st.integers(-3, 6),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    "minItems": SMALL,
    "maxItems": SMALL,
    "uniqueItems": st.booleans(),
    "minProperties": SMALL,
    "maxProperties": SMALL,
    "required": st.lists(st.sampled_from(["a", "b"]), unique=True, max_size=2),
    "additionalProperties": st.booleans(),
    "title": st.text(max_size=3),
}
LEAVES = st.one_of(st.booleans(), st.fixed_dictionaries({}, optional=KEYWORDS))
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            **KEYWORDS,
            "items": inner,
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        },
    ),
    max_leaves=3,
)
EACH = [
    pytest.param(kind, sample, id=f"{kind.name}-{number}")
    for kind in KINDS.values()
    for number, sample in enumerate(kind.samples)
]


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=SCHEMAS, value=VALUES)
def test_it_never_accepts_what_the_validator_refuses(schema: Any, value: Any) -> None:
    if acceptor(schema)(value):
        judge = Draft202012Validator(schema) if isinstance(schema, bool) else validator(schema)
        assert [error.message for error in judge.iter_errors(value)] == [], (schema, value)


def schema_of(kind: FieldKind, sample: Sample) -> dict[str, Any]:
    given = {"kind": kind.name, "title": "x", **sample.options}
    return complete_field(json.loads(json.dumps(given)))


@pytest.mark.parametrize("kind, sample", EACH)
def test_it_refuses_what_a_kind_refuses(kind: FieldKind, sample: Sample) -> None:
    accepts = acceptor(schema_of(kind, sample))
    assert not any(accepts(wire) for wire in sample.rejected)


@pytest.mark.parametrize("kind, sample", EACH)
def test_it_is_quick_about_every_usual_value(kind: FieldKind, sample: Sample) -> None:
    """Lists of files are compared whole, and that is left to the validator."""
    accepts = acceptor(schema_of(kind, sample))
    usual = [wire for wire in sample.accepted if kind.name not in {"attachment", "photo"}]
    assert all(accepts(wire) for wire in usual)
