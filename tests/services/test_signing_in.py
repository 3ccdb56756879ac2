"""Signing in while many others do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from tsuzuri.services import people
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

PASSWORD = "ひまわりの種を五つぶ"


def test_a_flood_of_logins_works_out_few_hashes_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.set_password(world.platform, "mori", PASSWORD)
    lock, busy, most = threading.Lock(), 0, 0

    class Counted(PasswordHasher):
        def verify(self, *given: Any) -> Any:
            nonlocal busy, most
            with lock:
                busy += 1
                most = max(most, busy)
            try:
                return super().verify(*given)
            finally:
                with lock:
                    busy -= 1

    counted = Counted(time_cost=3, memory_cost=64 * 1024, parallelism=1)
    monkeypatch.setattr(people, "_hasher", counted)
    with ThreadPoolExecutor(12) as pool:
        found = list(
            pool.map(lambda _: people.sign_in(world.platform, "mori", PASSWORD), range(12))
        )
    assert all(one is not None and one.user == "mori" for one in found)
    assert 1 < most <= people.AT_ONCE
