"""Writing the readers of an app's records down anew, after its rules changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.services.platform import Platform
from tsuzuri.storage import catalogue
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.writing import Writer


def relist(platform: Platform, app: App, ids: Iterable[int], asker: Any) -> None:
    """Write down the readers of records anew, in batches, after their rules changed.

    Stops where another version is published meanwhile, which then does the same by its rules.
    """
    errand = Errand("readers follow the rules")
    for part in _batches(ids):
        with platform.database.write(errand) as connection:
            if not catalogue.holds(connection, app):
                return
            states = load_whole(connection, app, part, lock=True)
            Writer(connection, tables_of(app), plan(app, asker), platform.principals).relist(
                list(states.values())
            )


def _batches(ids: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    batch: list[int] = []
    for one in ids:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
