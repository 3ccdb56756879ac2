"""A number worked out from other fields: a sum, a duration, a due date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.fields.computing import EXPRESSION, as_number, computed
from tsuzuri.fields.moments import clock, local, stamp
from tsuzuri.fields.numeric import APPEARANCE, Numeric, looks, with_unit
from tsuzuri.fields.system import read_only
from tsuzuri.fields.traits import Trait
from tsuzuri.japanese.calendar import both_calendars

_DAY = 86_400


def _moment(number: float) -> datetime | None:
    """Return the instant that many seconds after 1970, if the calendar has it."""
    try:
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _date(number: float, scene: Scene) -> str:
    moment = _moment(number)
    return both_calendars(moment.date(), scene.language) if moment else str(number)


def _datetime(number: float, scene: Scene) -> str:
    moment = _moment(number)
    if moment is None:
        return str(number)
    here = local(stamp(moment), scene.zone)
    return f"{both_calendars(here.date(), scene.language)} {clock(here)}"


def _time(number: float, scene: Scene) -> str:
    del scene
    minutes = int(number // 60) % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _hours(number: float, scene: Scene) -> str:
    hours, minutes = divmod(int(abs(number)) // 60, 60)
    sign = "-" if number < 0 else ""
    return (
        f"{sign}{hours}時間{minutes}分" if scene.language == "ja" else f"{sign}{hours}h {minutes}m"
    )


def _days(number: float, scene: Scene) -> str:
    days, rest = divmod(int(abs(number)), _DAY)
    sign = "-" if number < 0 else ""
    unit = "日" if scene.language == "ja" else "d "
    return f"{sign}{days}{unit}{_hours(rest, scene)}"


_FORMS: dict[str, Callable[[float, Scene], str]] = {
    "DATE": _date,
    "DATETIME": _datetime,
    "TIME": _time,
    "HOUR_MINUTE": _hours,
    "DAY_HOUR_MINUTE": _days,
}


class Calculated(Numeric):
    """``result`` is one of kintone's seven forms; dates and times are seconds since 1970."""

    name = "calculated"
    family = Family.WORKED_OUT
    label = message("計算")
    about = message("ほかの項目から計算した数")
    shape: ClassVar[Keywords] = read_only({"type": "number"})
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **APPEARANCE,
            "expression": EXPRESSION,
            "result": {"enum": ["NUMBER", "NUMBER_DIGIT", *_FORMS]},
        }
    )
    needs = ("expression",)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"expression": "a * 2", "result": "NUMBER_DIGIT", "unit": "円"},
            accepted=(0, 1234567, -0.5),
            rejected=("12", True),
            typed=(("1,234円", 1234),),
        ),
        *(
            Sample(
                options={"expression": "a + 60", "result": form}, accepted=(0, -90, 1e300, 90061)
            )
            for form in _FORMS
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.STATIC)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        result = field.schema.get("result", "NUMBER")
        if result in _FORMS:
            return _FORMS[result](wire, scene)
        grouped = result == "NUMBER_DIGIT" or field.schema.get("digits", False)
        return with_unit(field, looks(field, wire, grouped=grouped), language=scene.language)

    def trait(self, field: Field) -> Trait | None:
        return computed(field, as_number)
