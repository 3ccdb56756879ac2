"""Days and instants on the wire: the patterns that judge them, and the way to and from UTC.

``format`` is only an annotation for many validators, so the patterns know how long each month
is and which years leap.  Years run from 1000 to 9999.  A pattern has no ``$``, which means
different things to different engines; ``maxLength`` ends the text instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, FieldKind, Keywords, Scene, Widget, Wire
from tsuzuri.japanese.calendar import both_calendars, one_calendar, parse_datetime

_DAY = (
    "([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)"
)
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"

DAY: Mapping[str, Any] = {
    "type": "string",
    "format": "date",
    "maxLength": 10,
    "pattern": f"^{_DAY}",
}
CLOCK: Mapping[str, Any] = {"type": "string", "maxLength": 5, "pattern": f"^{_CLOCK}"}
STAMP: Mapping[str, Any] = {
    "type": "string",
    "format": "date-time",
    "maxLength": 20,
    "pattern": f"^{_DAY}T{_CLOCK}:[0-5][0-9]Z",
}

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)


def initially(word: str, shape: Keywords) -> dict[str, Any]:
    """Return the schema of ``initial``: the ``word`` for "when it is written", or one value."""
    return {"anyOf": [{"const": word}, dict(shape)]}


def stamp(instant: datetime) -> str:
    """Return an instant as records hold it: UTC, whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def utc(text: str) -> str:
    """Return an ISO instant in any offset as UTC in whole seconds; other text as it is."""
    if not _INSTANT.fullmatch(text):
        return text
    try:
        return stamp(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text


def local(wire: str, zone: ZoneInfo) -> datetime:
    """Return a stamp on the reader's clock; at the very end of the calendar in UTC."""
    instant = datetime.fromisoformat(wire)
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant


def clock(moment: datetime) -> str:
    """Return ``15:05``, with seconds only where there are some."""
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def seconds(wire: str) -> int:
    """Return a day, a time or an instant as formulas count: seconds since 1970, or midnight.

    The three are told apart by their form, which no two share.
    """
    if len(wire) == CLOCK["maxLength"]:
        at = time.fromisoformat(wire)
        return at.hour * 3600 + at.minute * 60
    if len(wire) == DAY["maxLength"]:
        return (date.fromisoformat(wire) - date(1970, 1, 1)).days * 86_400
    return int(datetime.fromisoformat(wire).timestamp())


def typed_line(hint: str) -> Widget:
    """Return one line to type on, without a length: 令和 dates are longer than what is stored."""
    return Widget(control=Control.INPUT, attributes={"placeholder": hint})


class Instant(FieldKind):
    """A moment: UTC on the wire, the reader's clock and both calendars on the screen."""

    shape: ClassVar[Keywords] = STAMP
    operators = ops.TIME

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Read local time as offices write it, or an ISO instant with its offset."""
        moment = parse_datetime(text)
        if moment is None:
            return utc(text.strip())
        try:
            return stamp(moment.replace(tzinfo=scene.zone))
        except OverflowError:
            return text

    def normal(self, field: Field, wire: Wire) -> Wire:
        return utc(wire) if isinstance(wire, str) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        moment = local(wire, scene.zone)
        write = one_calendar if scene.brief else both_calendars
        return f"{write(moment.date(), scene.language)} {clock(moment)}"

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        """Return local time, or UTC where the local clock shows one time twice."""
        moment = local(wire, scene.zone)
        text = f"{moment:%Y-%m-%d} {clock(moment)}"
        back: str = self.parse(field, text, scene)
        return text if back == wire else wire
