"""Which test answers which case of the catalogue, and which bug proves that it can fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeVar

import attacks

Attack = TypeVar("Attack", bound=Callable[..., None])
HERE = Path(__file__).resolve().parent
MARK = "_cases"


@dataclass(frozen=True)
class Answer:
    """A test, the cases it answers, and its guards: bugs that make it fail when put back."""

    test: Callable[..., None]
    cases: tuple[str, ...]
    guards: tuple[str, ...]
    unguarded: str

    @property
    def name(self) -> str:
        """Where to find the test."""
        return f"{self.test.__module__.removeprefix('attacks.')}.py::{self.test.__name__}"


def case(
    *ids: str, guard: str | tuple[str, ...] = (), unguarded: str = ""
) -> Callable[[Attack], Attack]:
    """Say which cases a test answers and which plants prove it.

    ``unguarded`` is for the few whose bug cannot be put back by a patch, and says why.
    """
    guards = (guard,) if isinstance(guard, str) else guard
    assert bool(guards) != bool(unguarded), "a guard, or the reason why there is none"

    def marked(test: Attack) -> Attack:
        setattr(test, MARK, Answer(test, ids, guards, unguarded))
        return test

    return marked


def answers() -> Iterator[Answer]:
    """Yield every test that answers a case."""
    for module in sorted(one.name for one in iter_modules([str(HERE)])):
        if module.startswith("test_") and module not in {"test_guards", "test_catalogue"}:
            for value in vars(import_module(f"{attacks.__name__}.{module}")).values():
                answer = getattr(value, MARK, None)
                if isinstance(answer, Answer):
                    yield answer


def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Return the cases by id: priority, title, and what answers those without a test here.

    ``elsewhere`` names tests of other parts of the suite; ``absent``, ``later`` and ``pending`` say
    why there is none.
    """
    given = json.loads((HERE / "catalogue.json").read_text(encoding="utf-8"))
    return {str(one["id"]): one for one in given}
