"""How old somebody is, or which class they are in, on the day it is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Sample
from tsuzuri.fields.pointers import CODE
from tsuzuri.fields.traits import Derived, Trait
from tsuzuri.fields.unstored import NO_VALUES, Unstored
from tsuzuri.japanese.calendar import age, school_year

_CLASSES_EN = {
    **{f"{years}歳児": f"Nursery, age {years}" for years in range(3)},
    **{word: f"Kindergarten {n}" for n, word in enumerate(("年少", "年中", "年長"), start=1)},
    **{f"小{year}": f"Elementary {year}" for year in range(1, 7)},
    **{f"中{year}": f"Junior high {year}" for year in range(1, 4)},
    **{f"高{year}": f"High school {year}" for year in range(1, 4)},
}


def _years(birth: date, on: date, language: str) -> str:
    years, months = age(birth, on)
    return f"{years}歳{months}か月" if language == "ja" else f"{years} y {months} m"


def _class(birth: date, on: date, language: str) -> str:
    found = school_year(birth, on) or ""
    return found if language == "ja" else _CLASSES_EN.get(found, found)


def _both(birth: date, on: date, language: str) -> str:
    years, grade = _years(birth, on, language), _class(birth, on, language)
    return f"{years} ({grade})" if grade else years


_FORMS: dict[str, Callable[[date, date, str], str]] = {
    "age": _years,
    "school-year": _class,
    "both": _both,
}


def _teller(form: str) -> Callable[[object, date, str], str]:
    """Return what tells the age of a birth date on a day; nothing for a date yet to come."""

    def tell(value: object, on: date, language: str) -> str:
        if not isinstance(value, str):
            return ""
        try:
            return _FORMS[form](date.fromisoformat(value), on, language)
        except ValueError:
            return ""

    return tell


class Age(Unstored):
    """``of`` is the field with the date of birth; ``form`` is age, school-year or both."""

    name = "age"
    family = Family.WORKED_OUT
    label = message("年齢")
    about = message("生年月日から数えた、いまの年齢")
    options: ClassVar[Keywords] = MappingProxyType({"of": CODE, "form": {"enum": list(_FORMS)}})
    needs = ("of",)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(options={"of": "birthday", "form": "both"}, rejected=NO_VALUES.rejected),
    )

    def trait(self, field: Field) -> Trait | None:
        return Derived(field.schema["of"], _teller(field.schema.get("form", "age")))
