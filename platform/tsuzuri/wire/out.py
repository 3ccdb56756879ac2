"""Rows go out as JSON through one writer per list shape, not field by field.

A list of a hundred records is a few hundred thousand steps when every value passes through a
serialiser of its own; zipped with its codes and handed to orjson it is a few hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from tsuzuri.fields.base import Field


def masked(value: Any) -> str:
    """Stand in for what is no JSON value: there is one such thing, the mask."""
    del value
    return MASK


MASK = "●●●●●"
"""What a masked value reads as, in JSON as on the screen."""


def records_json(columns: Sequence[Field], rows: Iterable[Sequence[Any]], *, more: bool) -> bytes:
    """Return ``{"records": [...], "more": …}``; each record has ``$id``, ``$revision`` and fields.

    ``rows`` are (id, revision, value per column).  Empty fields are null.
    """
    codes = ["$id", "$revision", *(one.code for one in columns)]
    records = [dict(zip(codes, (str(row[0]), *row[1:]), strict=True)) for row in rows]
    return orjson.dumps({"records": records, "more": more}, default=masked)
