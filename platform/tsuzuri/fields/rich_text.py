"""Text with headings, lists and tables, cleaned of everything that acts."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import ClassVar

import nh3
from markupsafe import Markup

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, FieldKind, Keywords, Sample, Scene, Slot, Widget, Wire
from tsuzuri.fields.wording import LENGTHS, unix_lines

TAGS = frozenset("p br strong em u s a ul ol li h3 h4 blockquote table tr th td".split())

_CLEANER = nh3.Cleaner(
    tags=set(TAGS) | {"tbody"},
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener",
    clean_content_tags={"script", "style"},
)


def clean(html: str) -> str:
    """Return ``html`` with the tags above and nothing else; cleaning twice changes nothing."""
    return _CLEANER.clean(unix_lines(html))
