"""Every attack can fail: with the bug put back, it does."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from attacks.cases import Answer, answers
from attacks.conftest import FreshTown
from plants import PLANTS


def _proofs() -> Iterator[object]:
    for answer in answers():
        for guard in answer.guards:
            yield pytest.param(answer, guard, id=f"{answer.test.__name__}-{guard}")


@pytest.mark.parametrize(("answer", "guard"), [*_proofs()])
def test_the_bug_put_back_is_caught(
    answer: Answer, guard: str, fresh_towns: FreshTown, request: pytest.FixtureRequest
) -> None:
    wanted = [*inspect.signature(answer.test).parameters]
    others = {
        name: request.getfixturevalue(name) for name in wanted if name not in {"town", "fresh"}
    }
    with PLANTS[guard].apply(), fresh_towns() as town:
        given = {name: town for name in wanted if name in {"town", "fresh"}}
        with pytest.raises(AssertionError):
            answer.test(**given, **others)
