"""Where a record stands: one of the names its app has for that."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, Sample, Widget
from tsuzuri.fields.choices import OneOf


class Status(OneOf):
    """A choice that whoever may edit the record makes; conditions may also compare it."""

    name = "status"
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
