"""Setting up an authenticator, where two pages of one person meet."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.errors import Invalid
from tsuzuri.services import factors
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]


def test_a_code_confirms_the_secret_it_is_of_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, actor = world.platform, world.actor("mori")
    factors.end(platform, actor)
    factors.begin(platform, actor)
    code = factors.waiting(platform, actor).at(world.clock.now)
    looked = factors._step

    def meanwhile(*given: Any) -> int | None:
        """Another page of the same person begins anew just after the code was compared."""
        step = looked(*given)
        factors.begin(platform, actor)
        return step

    with monkeypatch.context() as patched:
        patched.setattr(factors, "_step", meanwhile)
        with pytest.raises(Invalid):
            factors.confirm(platform, actor, code, here="")
    assert factors.standing(platform, "mori") == factors.Standing(app=False, passkeys=0, codes=0)
    code = factors.waiting(platform, actor).at(world.clock.now)
    assert len(factors.confirm(platform, actor, code, here="")) == factors.CODES
    factors.end(platform, actor)
