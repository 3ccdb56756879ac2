"""Categories that came with records from kintone; kept and shown, never set here."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.listed import TEXTS, Listed
from tsuzuri.fields.system import read_only
from tsuzuri.fields.unstored import Written


class Category(Written, Listed):
    """Texts; a new app uses a choice instead."""

    name = "category"
    family = Family.WORKED_OUT
    label = message("カテゴリー")
    about = message("記録を分類する札")
    shape: ClassVar[Keywords] = read_only(TEXTS)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=(["相談"], ["相談", "虐待"]),
            rejected=("相談", ["相談", "相談"], [1]),
            typed=(("相談\n虐待", ["相談", "虐待"]),),
        ),
    )
