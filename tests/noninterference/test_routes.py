"""Every route has a strategy; a page that nobody asks for is a page that nobody checks."""

from __future__ import annotations

from collections.abc import Iterator

from noninterference.acting import DEEDS
from noninterference.channels import CHANNELS
from noninterference.kinds import CATALOGUE
from noninterference.routes import OF_NO_CONCERN, STRATEGIES
from noninterference.sides import Side


def routes(side: Side) -> Iterator[tuple[str, str]]:
    """Yield every endpoint with each of its methods."""
    for rule in side.flask.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method


def test_every_route_has_a_strategy(sides: tuple[Side, Side]) -> None:
    missing = {*routes(sides[0])} - {*STRATEGIES} - {*OF_NO_CONCERN}
    assert not missing, f"tests/noninterference/routes.py must say how to ask {sorted(missing)}"


def test_every_strategy_has_a_route(sides: tuple[Side, Side]) -> None:
    assert not {*STRATEGIES, *OF_NO_CONCERN} - {*routes(sides[0])}


def test_what_is_left_out_says_why() -> None:
    assert all(OF_NO_CONCERN.values())


def test_every_channel_is_made_of_what_there_is() -> None:
    for name, one in CHANNELS.items():
        assert {*one.asks} <= {endpoint for endpoint, _ in STRATEGIES}, name
        assert {*one.deeds} <= {deed.__name__ for deed in DEEDS}, name
        assert {*one.fields} <= {*CATALOGUE}, name
