"""Where a record stands in the app's process."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, Keywords, Sample, Scene, Wire
from tsuzuri.fields.choices import ENUM, matched
from tsuzuri.fields.system import read_only
from tsuzuri.fields.unstored import Written


class Status(Written):
    """One of the names in ``enum``; only an action of the process changes it."""

    name = "status"
    shape: ClassVar[Keywords] = read_only({"type": "string"})
    options: ClassVar[Keywords] = MappingProxyType({"enum": ENUM, "initial": {"type": "string"}})
    needs = ("enum",)
    operators = ops.EQUALITY | ops.MEMBERSHIP
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"enum": ["受付", "調査中", "終結"]},
            accepted=("受付", "終結"),
            rejected=("保留", 1, ["受付"]),
            typed=((" 調査中", "調査中"),),
        ),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return matched(field.schema.get("enum", ()), text)
