"""Whose turn it is in the app's process."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Sample
from tsuzuri.fields.listed import TEXTS, Named
from tsuzuri.fields.system import read_only
from tsuzuri.fields.traits import People, Trait
from tsuzuri.fields.unstored import Written


class Assignee(Written, Named):
    """Codes of users; only an action of the process changes them."""

    name = "assignee"
    family = Family.WORKED_OUT
    label = message("作業者")
    about = message("プロセスで次に作業する人")
    entity = "user"
    shape: ClassVar[Keywords] = read_only(TEXTS)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=(["u001"], ["u001", "u002"]),
            rejected=("u001", ["u001", "u001"], [1]),
            typed=(("u001\nu002", ["u001", "u002"]),),
        ),
    )

    def trait(self, field: Field) -> Trait | None:
        return People(self.entity, turn=True)
