"""Asking one record of SQLite whether a field's text holds a word, without the index.

FTS5 answers "which entries hold it" well and "does this one" badly: for a common word it
reads a long list each time.  Folding the one text again takes some thirty microseconds.
"""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from tsuzuri.fields.base import Field
from tsuzuri.storage import codec

FUNCTION = "tsuzuri_holds"

_lock = Lock()
_numbers = count(1)
_keys: WeakKeyDictionary[Field, int] = WeakKeyDictionary()
_fields: WeakValueDictionary[int, Field] = WeakValueDictionary()


def key(field: Field) -> int:
    """Return the number by which statements name ``field`` in this process."""
    with _lock:
        known = _keys.get(field)
        if known is None:
            known = _keys[field] = next(_numbers)
            _fields[known] = field
        return known


def holds(number: int, value: Any, folded: str) -> int:
    """Tell whether the column value of a field holds ``folded``."""
    if value is None:
        return 0
    field = _fields[number]
    return int(folded in codec.folded(field, codec.from_column(field, value)))


def install(connection: Any) -> None:
    """Teach one SQLite connection the function."""
    connection.create_function(FUNCTION, 3, holds, deterministic=True)
