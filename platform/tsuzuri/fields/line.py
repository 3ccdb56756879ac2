"""A line across the form."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.unstored import Furniture


class Line(Furniture):
    """Parts what stands above from what stands below; its title names it for the author."""

    name = "line"
    family = Family.LAYOUT
    label = message("区切り線")
    about = message("フォームの中に引く線")
