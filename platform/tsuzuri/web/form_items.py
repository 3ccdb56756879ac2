"""What the form templates are handed: one item per field, whatever its kind.

``templates/fields/controls.html`` has one macro per ``control`` and knows nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Choice = tuple[str, str]
"""What is sent, and what people read."""


class Attributes(dict[str, str | int]):
    """HTML attributes; the templates ask for some that a control may lack."""

    def __missing__(self, key: str) -> str:
        """Return nothing, and do not come into being by being asked for."""
        return ""


@dataclass(kw_only=True, slots=True)
class FormItem:
    """One control with everything around it.

    ``value`` depends on the control: a text; a list of texts where several may be chosen; a
    mapping for parts; lists of files, rows (:class:`RowItem`) and log entries.  ``readonly``
    is a text to show instead of a control; ``chosen`` says in words what a look-up holds.
    ``presets`` are buttons that choose; ``readers`` is who will read, told below the control.
    """

    id: str
    name: str
    label: str
    control: str
    help: str = ""
    required: bool = False
    attributes: Attributes = field(default_factory=Attributes)
    choices: Sequence[Choice] = ()
    groups: Sequence[tuple[str, Sequence[Choice]]] = ()
    parts: Sequence[Choice] = ()
    value: Any = ""
    error: str = ""
    readonly: str = ""
    wide: bool = False
    suffix: str = ""
    chosen: str = ""
    columns: Sequence[Mapping[str, Any]] = ()
    blank: RowItem | None = None
    presets: Sequence[Choice] = ()
    readers: Any = None


@dataclass(kw_only=True, slots=True)
class RowItem:
    """One row of a table in a form; ``id`` is empty for a row that is not stored yet."""

    key: str
    id: str
    cells: Sequence[FormItem]
    error: str = ""


@dataclass(kw_only=True, slots=True)
class Block:
    """Rows of items under a heading; without a title they have no frame."""

    title: str
    rows: Sequence[Sequence[Any]]
    open: bool = True
