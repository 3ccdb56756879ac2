"""Ids rise, repeat never, and tell nobody how busy the others are."""

from __future__ import annotations

from tsuzuri.storage.identity import MAX_ID, Ids


def test_ids_rise_and_fit() -> None:
    ids = Ids()
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert made[-1] <= MAX_ID


def test_a_bulk_write_never_takes_an_id_that_somebody_else_gets() -> None:
    one, bulk = Ids(), Ids(bulk=True)
    many = {bulk.new() for _ in range(50_000)}
    assert many.isdisjoint(one.new() for _ in range(5_000))
    assert many.isdisjoint(one.new(at_ms=1_700_000_000_000) for _ in range(5_000))


def test_a_bulk_write_does_not_move_the_next_id_of_others() -> None:
    one, bulk = Ids(), Ids(bulk=True)
    ahead = max(bulk.new() for _ in range(50_000))
    assert one.new() < ahead
