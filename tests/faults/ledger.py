"""What a writer noted down: each intention before, each acknowledgement after, both on the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Ledger:
    """A file of JSON lines that outlives its writer at every line."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, **line: Any) -> None:
        """Write one line through to the disk."""
        os.write(self._handle, (json.dumps(line) + "\n").encode())
        os.fsync(self._handle)


@dataclass(slots=True)
class Promise:
    """What must be true of a record: as acknowledged, or as the one open intention says."""

    revision: int
    values: dict[str, Any]
    deleted: bool = False
    comments: dict[int, str] = field(default_factory=dict)
    intended: Mapping[str, Any] | None = None


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines; one that a kill cut short promised nothing."""
    for raw in path.read_bytes().split(b"\n")[:-1]:
        yield json.loads(raw)


def promises(paths: list[Path]) -> dict[int, Promise]:
    """Return what was promised of each record, from the lines of every writer."""
    found: dict[int, Promise] = {}
    for path in paths:
        for line in lines(path):
            _take(found, line)
    return found


def _take(found: dict[int, Promise], line: Mapping[str, Any]) -> None:
    what, record = line["what"], line["record"]
    if what == "created":
        found[record] = Promise(1, dict(line["values"]))
    elif what == "commented":
        found[record].comments[line["comment"]] = line["body"]
    elif what in {"change", "delete"}:
        found[record].intended = line
    else:
        promise = found[record]
        promise.revision, promise.intended = line["revision"], None
        promise.values.update(line.get("values", {}))
        promise.deleted = what == "deleted"


def carried_out(promise: Promise) -> Promise:
    """Return the promise as it is if the open intention was carried out unacknowledged."""
    assert promise.intended is not None
    line = promise.intended
    values = {**promise.values, **line.get("values", {})}
    return Promise(promise.revision + 1, values, line["what"] == "delete", promise.comments)
