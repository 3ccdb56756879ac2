"""One verdict on a record, whoever judges: our server, plain jsonschema, and ajv on Node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from definitions.values import damaged, values
from support import ajv
from support.requirements import absent
from tsuzuri import resources
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.fastpath import Accept, acceptor
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import loads
from tsuzuri.definitions.validator import validator
from tsuzuri.errors import Invalid
from tsuzuri.services.definitions import check
from tsuzuri.wire import record as wire
from worlds.examples import PATIENCE, examples

pytestmark = pytest.mark.timeout(PATIENCE)

PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
"""Without the search for an explanation, which takes longer than finding out."""

VALID = {"ours": True, "jsonschema": True, "ajv": True}


@dataclass(frozen=True, slots=True)
class Judges:
    """Everybody who judges the records of one app."""

    app: App
    schema: dict[str, Any]
    ours: Any
    quick: Accept
    plain: Any
    node: ajv.Ajv
    number: int

    def verdicts(self, record: Any) -> dict[str, bool]:
        """Return what each of them says."""
        return {
            "ours": self.ours.is_valid(record),
            "jsonschema": self.plain.is_valid(record),
            "ajv": self.node.accepts(self.number, record),
        }


@pytest.fixture(scope="session")
def node() -> Iterator[ajv.Ajv]:
    """Run ajv as long as this process tests."""
    program = ajv.program()
    if program is None:
        absent("Node with node_modules (npm ci)")
    with ajv.running(program) as running:
        yield running


@pytest.fixture(
    scope="module", params=sorted(resources.APPS.glob("*.json")), ids=lambda path: path.stem
)
def judges(request: pytest.FixtureRequest, node: ajv.Ajv) -> Judges:
    """Let everybody learn the published schema of one shipped app."""
    raw = request.param.read_bytes()
    schema = complete(loads(raw))["record"]
    return Judges(
        app=check(raw),
        schema=schema,
        ours=validator(schema),
        quick=acceptor(schema),
        plain=Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER),
        node=node,
        number=node.learn(schema),
    )


def taken_in(app: App, record: Any) -> dict[str, Any]:
    """Return what the server keeps of a record."""
    return {code: value for code, value in wire.load(app, record).items() if value is not None}


def test_a_valid_record_is_valid_to_everybody_and_stays_so_when_tidied(judges: Judges) -> None:
    some = validator({**judges.schema, "required": []})

    @settings(examples(20), phases=PHASES)
    @given(values(judges.schema))
    def property_(record: dict[str, Any]) -> None:
        assert judges.verdicts(record) == VALID
        tidy = taken_in(judges.app, record)
        assert some.is_valid(tidy)
        assert taken_in(judges.app, tidy) == tidy

    property_()


def test_a_damaged_record_has_one_verdict(judges: Judges) -> None:
    required = [one.code for one in judges.app.fields if one.required]

    @settings(examples(20), suppress_health_check=list(HealthCheck), phases=PHASES)
    @given(damaged(values(judges.schema)))
    def property_(record: Any) -> None:
        verdicts = judges.verdicts(record)
        assert len(set(verdicts.values())) == 1, verdicts
        if judges.quick(record):
            assert verdicts["ours"], "the quick yes says yes to what is not valid"
        try:
            tidy = taken_in(judges.app, record)
        except Invalid:
            return
        if not list(wire.missing(required, tidy)):
            assert judges.verdicts(tidy) == VALID

    property_()


@given(st.data())
@examples(1)
def test_both_kinds_of_record_are_drawn(data: st.DataObject) -> None:
    raw = (resources.APPS / "visit-log.json").read_bytes()
    schema = complete(loads(raw))["record"]
    judge = validator(schema)
    drawn = [judge.is_valid(data.draw(damaged(values(schema)))) for _ in range(10)]
    assert not all(drawn)
