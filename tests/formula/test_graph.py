"""Formulas that use each other: their order, and circles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.errors import FormulaError
from tsuzuri.formula import Formula, cycle, order, parse


def _formulas(**texts: str) -> dict[str, Formula]:
    return {code: parse(text) for code, text in texts.items()}


def test_a_formula_comes_after_those_it_uses() -> None:
    formulas = _formulas(税込="小計 + 税", 税="小計 * 率", 小計="単価 * 数量")
    assert order(formulas) == ("小計", "税", "税込")
    assert cycle(formulas) is None


def test_none_and_unrelated_ones_are_fine() -> None:
    assert order({}) == ()
    assert set(order(_formulas(a="x", b="y"))) == {"a", "b"}


@pytest.mark.parametrize(
    "texts, circle",
    [
        ({"a": "a + 1"}, ("a",)),
        ({"a": "b", "b": "a", "c": "a"}, ("a", "b")),
        ({"a": "b", "b": "c", "c": "a", "d": "1"}, ("a", "b", "c")),
    ],
)
def test_a_circle_is_named_in_the_order_of_use(
    texts: dict[str, str], circle: tuple[str, ...]
) -> None:
    found = cycle(_formulas(**texts))
    assert found is not None
    start = found.index("a")
    assert found[start:] + found[:start] == circle
    with pytest.raises(FormulaError, match="循環"):
        order(_formulas(**texts))


CODES = [f"f{number}" for number in range(8)]


@settings(database=None, deadline=None)
@given(st.dictionaries(st.sampled_from(CODES), st.sets(st.sampled_from(CODES), min_size=1)))
def test_there_is_either_an_order_or_a_circle(uses: dict[str, set[str]]) -> None:
    formulas = {code: parse(" + ".join(sorted(used))) for code, used in uses.items()}
    circle = cycle(formulas)
    if circle is None:
        done = order(formulas)
        assert sorted(done) == sorted(formulas)
        assert all(
            done.index(used) < done.index(code)
            for code in done
            for used in uses[code] & uses.keys()
        )
    else:
        assert all(
            following in uses[code]
            for code, following in zip(circle, (*circle[1:], circle[0]), strict=True)
        )
