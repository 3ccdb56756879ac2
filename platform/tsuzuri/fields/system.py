"""What the kinds share whose value is a column that every record has."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, Keywords, Sample, Scene, Wire
from tsuzuri.fields.moments import STAMP, Instant
from tsuzuri.fields.traits import System, Trait
from tsuzuri.fields.unstored import Written


def read_only(shape: Keywords) -> Keywords:
    """Return the shape of a value that nobody may send."""
    keywords: dict[str, Any] = {**shape, "readOnly": True}
    return MappingProxyType(keywords)


class Column(Written):
    """Filled from the record's own ``column``."""

    column: ClassVar[str]

    def trait(self, field: Field) -> Trait | None:
        return System(self.column)


class Who(Column):
    """A code that is shown as the name of its ``entity``."""

    entity: ClassVar[str]
    shape: ClassVar[Keywords] = read_only({"type": "string"})
    operators = ops.CHOICE
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(accepted=("u001", "coordination"), rejected=(1, ["u001"])),
    )

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return scene.name(self.entity, wire)


class When(Column, Instant):
    """The moment of a write."""

    shape: ClassVar[Keywords] = read_only(STAMP)
    operators = ops.TIME
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=("2026-11-21T06:05:00Z", "2026-11-21T06:05:09Z"),
            rejected=("2026-11-21 15:05", "2026-02-30T06:05:00Z", 1),
            typed=(("R8.11.21 15:05", "2026-11-21T06:05:00Z"),),
        ),
    )
