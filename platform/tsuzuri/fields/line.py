"""A line across the form."""

from __future__ import annotations

from tsuzuri.fields.unstored import Furniture


class Line(Furniture):
    """Parts what stands above from what stands below; its title names it for the author."""

    name = "line"
