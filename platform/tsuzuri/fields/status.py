"""Where a record stands: one of the names its app has for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Family, Field, Sample, Scene, Widget, Wire
from tsuzuri.fields.choices import OneOf
from tsuzuri.fields.traits import Staged, Trait

Names = Mapping[str, Mapping[str, str]]


class Status(OneOf):
    """A choice of whoever may edit the record, or of the app's process where it has one."""

    name = "status"
    family = Family.WORKED_OUT
    label = message("ステータス")
    about = message("プロセスのいまの段階")
    operators = ops.EQUALITY | ops.MEMBERSHIP
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"enum": ["受付", "調査中", "終結"], "initial": "受付"},
            accepted=("受付", "終結"),
            rejected=("保留", 1, ["受付"]),
            typed=((" 調査中", "調査中"),),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.SELECT, choices=tuple(field.schema["enum"]))

    def trait(self, field: Field) -> Trait | None:
        return Staged(tuple(field.schema["enum"]))

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Read a code, or a name that the process gives one."""
        found = super().parse(field, text, scene)
        named = (code for code, names in self._names(field).items() if found in names.values())
        return found if found in field.schema["enum"] else next(named, found)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        names = self._names(field).get(wire, {})
        return names.get(scene.language) or names.get("ja") or str(wire)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return self._names(field).get(wire, {}).get("ja") or str(wire)

    def _names(self, field: Field) -> Names:
        """Return the names by code; the process of the app has them (``definitions.build``)."""
        found: Names = field.schema.get("names", {})
        return found
