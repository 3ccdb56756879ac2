"""The town that these tests share."""

from worlds.fixtures import world

__all__ = ["world"]
