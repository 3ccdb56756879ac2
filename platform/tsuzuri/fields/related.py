"""Records of another app that belong to this one, listed and never stored."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Sample
from tsuzuri.fields.pointers import APP, CODE, CODES, CONDITION, keyword
from tsuzuri.fields.traits import Related, Trait
from tsuzuri.fields.unstored import NO_VALUES, Unstored

_SIZE = 5


class RelatedRecords(Unstored):
    """Those whose field ``match`` equals this record's ``key`` and that meet ``where``."""

    name = "related"
    family = Family.LINKED
    label = message("関連レコード")
    about = message("同じ値をもつほかの記録を並べて見せる")
    options: ClassVar[Keywords] = MappingProxyType(
        {
            "related": keyword(
                ("app", "key", "match", "columns"),
                app=APP,
                key=CODE,
                match=CODE,
                where=CONDITION,
                columns={**CODES, "minItems": 1},
                sort=CONDITION,
                size={"enum": [1, 3, 5, 10, 20, 30, 40, 50]},
            )
        }
    )
    needs = ("related",)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={
                "related": {
                    "app": "visit-log",
                    "key": "$id",
                    "match": "case_no",
                    "columns": ["visited_at"],
                    "sort": "visited_at desc",
                }
            },
            rejected=NO_VALUES.rejected,
        ),
    )

    def trait(self, field: Field) -> Trait | None:
        given = field.schema["related"]
        return Related(
            app=given["app"],
            key=given["key"],
            match=given["match"],
            where=given.get("where", ""),
            columns=tuple(given["columns"]),
            sort=given.get("sort", ""),
            size=given.get("size", _SIZE),
        )
