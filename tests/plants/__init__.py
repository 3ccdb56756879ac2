"""Bugs of this field, kept as patches that only tests can apply: a guard proof puts one back.

Each plant opens one channel again.  A test that claims to guard the channel has to fail while the
plant is applied; if it does not, the test is blind.  Every module of this package may hold plants;
they are found by looking, so that adding one changes one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from plants.planting import Plant

__all__ = ["PLANTS", "Plant"]


def _found() -> Iterator[Plant]:
    for module in sorted(one.name for one in iter_modules(__path__)):
        for value in vars(import_module(f"plants.{module}")).values():
            if isinstance(value, Plant):
                yield value


PLANTS: Mapping[str, Plant] = {one.name: one for one in _found()}
