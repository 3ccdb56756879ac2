"""The planted bugs can be applied, and leave nothing behind."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from plants import PLANTS, Plant
from tsuzuri import factory

EACH = [pytest.param(one, id=name) for name, one in PLANTS.items()]


def _program() -> dict[tuple[str, str], Any]:
    """Return every name of the product and what stands behind it, methods too."""
    assert factory.__name__ in sys.modules
    found: dict[tuple[str, str], Any] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("tsuzuri"):
            for name, value in list(vars(module).items()):
                found[module_name, name] = value
                if isinstance(value, type) and value.__module__ == module_name:
                    found.update({(f"{module_name}.{name}", n): v for n, v in vars(value).items()})
    return found


@pytest.mark.parametrize("plant", EACH)
def test_a_plant_changes_the_program_and_takes_it_back(plant: Plant) -> None:
    before = _program()
    with plant.apply():
        planted = _program()
        changed = [key for key, value in planted.items() if before.get(key) is not value]
        assert changed, f"{plant.name} changes nothing"
    after = _program()
    left = [key for key, value in before.items() if after.get(key) is not value]
    assert not left, f"{plant.name} leaves {left} behind"


def test_every_plant_says_what_it_opens() -> None:
    assert all(one.channel and one.says for one in PLANTS.values())
