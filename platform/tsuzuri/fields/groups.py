"""Groups of the directory, across agencies."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.listed import CODES, SIZES, Named


class Groups(Named):
    """Members of a group share a task and not a place."""

    name = "groups"
    family = Family.PEOPLE
    label = message("グループの選択")
    about = message("グループを選ぶ")
    entity = "group"
    options: ClassVar[Keywords] = MappingProxyType({**SIZES, "initial": CODES})
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"initial": ["caseworkers"]},
            accepted=(["caseworkers"], ["a", "b"]),
            rejected=("caseworkers", ["a", "a"], [None]),
            typed=(("caseworkers", ["caseworkers"]),),
        ),
    )
