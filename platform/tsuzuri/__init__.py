"""Record apps for municipalities: forms, lists, sharing and access from one JSON definition."""

__version__ = "0.1.0"
