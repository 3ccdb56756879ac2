"""People of the directory: who is in charge, who was there."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.listed import CODES, SIZES, Named


class Users(Named):
    """``initial`` may be ``"me"`` for the one who writes."""

    name = "users"
    family = Family.PEOPLE
    label = message("ユーザーの選択")
    about = message("人を選ぶ")
    entity = "user"
    options: ClassVar[Keywords] = MappingProxyType(
        {**SIZES, "initial": {"anyOf": [{"const": "me"}, CODES]}}
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxItems": 2, "initial": "me"},
            accepted=(["u001"], ["u001", "山田"]),
            rejected=("u001", ["u001", "u001"], ["a", "b", "c"], [1], [["u001"]]),
            typed=(("u001\nu002\n", ["u001", "u002"]), (" u001 ", ["u001"])),
        ),
    )
