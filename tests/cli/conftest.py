"""What the commands' tests share: an installation that is backed up."""

from worlds.house import house

__all__ = ["house"]
