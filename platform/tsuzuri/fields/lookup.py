"""A record of another app, named by a key and copied in part."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Widget,
    Wire,
)
from tsuzuri.fields.pointers import APP, CODE, CODES, CONDITION, keyword
from tsuzuri.fields.traits import Copied, Trait
from tsuzuri.fields.wording import LENGTHS, one_line


class Lookup(FieldKind):
    """The value is the other record's ``key``.

    ``copy`` takes fields of the other app into fields of this one; ``pick`` are columns shown
    when choosing, ``where`` and ``sort`` say which records are offered; with ``live`` the
    copies follow later changes.
    """

    name = "lookup"
    family = Family.LINKED
    label = message("ルックアップ")
    about = message("ほかのアプリの記録を選び、内容を写す")
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **LENGTHS,
            "unique": {"type": "boolean"},
            "lookup": keyword(
                ("app", "key"),
                app=APP,
                key=CODE,
                copy={"type": "object", "propertyNames": CODE, "additionalProperties": CODE},
                pick=CODES,
                live={"type": "boolean"},
                where=CONDITION,
                sort=CONDITION,
            ),
        }
    )
    needs = ("lookup",)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"lookup": {"app": "case-record", "key": "case_no", "copy": {}}},
            accepted=("R8-0012", "葛󠄀城"),
            rejected=(12, ["R8-0012"]),
            typed=((" R8-0012\n", "R8-0012"),),
        ),
    )

    def widget(self, field: Field) -> Widget:
        limit = field.schema.get("maxLength")
        return Widget(control=Control.LOOKUP, attributes={"maxlength": limit} if limit else {})

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return one_line(text.strip())

    def normal(self, field: Field, wire: Wire) -> Wire:
        return one_line(wire.strip()) if isinstance(wire, str) else wire

    def trait(self, field: Field) -> Trait | None:
        given = field.schema["lookup"]
        return Copied(
            app=given["app"],
            key=given["key"],
            copy=MappingProxyType(given.get("copy", {})),
            pick=tuple(given.get("pick", ())),
            live=given.get("live", False),
        )
