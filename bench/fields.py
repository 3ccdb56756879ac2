"""Adding a field to the published definition of the large app, while others write."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.data import APP, Dataset
from bench.raw import driver
from bench.timing import Result, milliseconds
from tsuzuri.definitions.build import complete
from tsuzuri.services import definitions
from tsuzuri.storage import catalogue
from tsuzuri.storage.guard import Errand

ROUNDS = 3
ERRAND = Errand("measure adding a field")


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure publishing one more field, the transaction of it alone, and a bare ALTER TABLE."""
    del rounds  # each round leaves a column behind
    platform = data.platform
    document: dict[str, Any] = json.loads(json.dumps(platform.apps[APP].document))
    table = f"rec_{platform.apps[APP].number}"
    published, stored, bare = [], [], []
    with driver(data) as raw:
        for _ in range(ROUNDS):
            larger = _with_field(document)
            published.append(
                milliseconds(lambda one=larger: definitions.publish(platform, one, by="admin"))  # type: ignore[misc]  # mypy takes a lambda's default for Any
            )
            stored.append(_stored(data, _with_field(document)))
            column = f"bench_{secrets.token_hex(4)}"
            bare.append(
                milliseconds(lambda name=column: raw.add_column(table, name))  # type: ignore[misc]  # mypy takes a lambda's default for Any
            )
    definitions.publish(platform, document, by="admin")
    raw_time = median(bare)
    say(_result(data, "add a field: its transaction", median(stored), raw_time))
    say(_result(data, "add a field: checked and published", median(published), raw_time))


def _stored(data: Dataset, document: dict[str, Any]) -> float:
    """Return how long the transaction takes that makes room for a field."""
    completed = complete(document)

    def store() -> None:
        with data.platform.database.write(ERRAND) as connection:
            catalogue.publish(
                connection, completed, by="admin", at=data.platform.stamp(), listed=True
            )

    return milliseconds(store)


def _result(data: Dataset, name: str, ours: float, raw: float) -> Result:
    return Result(engine=data.engine, operation=name, ours=ours, raw=raw)


def _with_field(document: dict[str, Any]) -> dict[str, Any]:
    larger: dict[str, Any] = json.loads(json.dumps(document))
    code = f"bench_{secrets.token_hex(4)}"
    larger["record"]["properties"][code] = {"title": code, "kind": "text", "type": "string"}
    return larger
