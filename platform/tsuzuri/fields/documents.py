"""What the kinds share whose value is a JSON document that is read whole."""

from __future__ import annotations

import json
import math
from typing import Any

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, FieldKind, Scene, Slot, Wire


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse(text: str) -> float:
    raise ValueError(text)


def read(text: str) -> Any:
    """Return the JSON value that ``text`` writes, or ``text`` itself if it writes none."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def write(wire: Wire) -> str:
    """Return JSON text with the characters as they are, so that people can read it."""
    return json.dumps(wire, ensure_ascii=False)


class Document(FieldKind):
    """A document: JSON text in a cell, unless a kind knows something kinder."""

    slot = Slot.DOCUMENT
    operators = ops.LONG_TEXT

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return read(text)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return write(wire)
