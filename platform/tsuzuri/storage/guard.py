"""No SQL reaches a record's tables unless its connection carries an ``Access`` or an errand.

The check reads the statement just before the driver does, so it holds for Core, ORM, text,
unions and driver-level strings alike.  The tables have distinctive names for this purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

GATED = re.compile(
    r"\b(?:(?:rec|val|row|reader|search)_\d+|record_(?:history|comments|thanks|unmaskings|drafts|draft_guests))\b"
)
"""The tables that hold what records say, who reads them and what was said about them."""


class Ungated(RuntimeError):
    """A statement names a record's table without an ``Access``: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Work of the program itself that no person asks for; ``purpose`` says which.

    It is written at the call and never a default, so that every such place can be found.
    """

    purpose: str


def _refuse_ungated(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    check(connection, statement)


def check(connection: Connection, statement: str) -> None:
    """Raise ``Ungated`` for a statement about records on a connection that is for nobody.

    Called directly where rows go to the driver past the engine's events (``rows``).
    """
    if connection.get_execution_options().get("access") is None and GATED.search(statement):
        raise Ungated(f"SQL without an Access: {statement[:120]}")


def install(engine: Engine) -> None:
    """Put the guard before every statement of ``engine``."""
    event.listen(engine, "before_cursor_execute", _refuse_ungated)
