"""How a bug is put back for the length of a block, and taken away without a trace."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

Planting = Callable[[], Iterator[None]]


@dataclass(frozen=True)
class Plant:
    """A known bug: its name, the channel it opens, what it re-creates, and how to apply it."""

    name: str
    channel: str
    says: str
    apply: Callable[[], AbstractContextManager[None]]


def plant(channel: str) -> Callable[[Planting], Plant]:
    """Make a plant of a generator that patches the product, yields, and takes the patch back.

    Its docstring says which bug it re-creates; its name is its function's.
    """

    def made(planting: Planting) -> Plant:
        says = inspect.getdoc(planting)
        assert says, f"{planting.__name__} does not say which bug it re-creates"

        @contextmanager
        def apply() -> Iterator[None]:
            # What the product remembers of the time before would hide the bug, and the other way.
            forget()
            try:
                yield from planting()
            finally:
                forget()

        return Plant(planting.__name__.replace("_", "-"), channel, says, apply)

    return made


@contextmanager
def replaced(owner: Any, name: str, other: Any) -> Iterator[None]:
    """Put ``other`` in the place of ``owner.name``, wherever in the product it was imported to."""
    old = inspect.getattr_static(owner, name)
    with ExitStack() as stack:
        stack.enter_context(patch.object(owner, name, other))
        for module in _product():
            for place, value in list(vars(module).items()):
                if value is old:
                    stack.enter_context(patch.object(module, place, other))
        yield


def forget() -> None:
    """Empty every cache of the product's functions."""
    for module in _product():
        for value in list(vars(module).values()):
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()


def _product() -> list[Any]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name == "tsuzuri" or name.startswith("tsuzuri.")
    ]
