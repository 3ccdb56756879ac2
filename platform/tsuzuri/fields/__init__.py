"""The registry of field kinds: every module of this package may define some.

Kinds are discovered, never listed, so that a new kind is one new file and nothing else.
The registry is built when the package is imported and never changes afterwards.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tsuzuri.fields.base import FieldKind


def _all_below(cls: type[FieldKind]) -> Iterator[type[FieldKind]]:
    """Yield the classes that name a kind; those without a name only share code."""
    for sub in cls.__subclasses__():
        if "name" in vars(sub):
            yield sub
        yield from _all_below(sub)


def discover() -> Mapping[str, FieldKind]:
    """Import every module of the package and collect its kinds by name.

    Raises ``RuntimeError`` when two kinds share a name: better no start than a wrong field.
    """
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    kinds: dict[str, FieldKind] = {}
    # A kind that refines two others is met twice on the way down.
    for cls in dict.fromkeys(_all_below(FieldKind)):
        if cls.name in kinds:
            raise RuntimeError(f"two field kinds are called {cls.name!r}")
        kinds[cls.name] = cls()
    return MappingProxyType(dict(sorted(kinds.items())))


KINDS: Mapping[str, FieldKind] = discover()
