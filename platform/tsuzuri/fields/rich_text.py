"""Text with headings, lists and tables, cleaned of everything that acts."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import ClassVar

import nh3
from markupsafe import Markup, escape

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Slot,
    Widget,
    Wire,
)
from tsuzuri.fields.wording import LENGTHS, unix_lines

TAGS = frozenset(
    {
        *("p", "br", "strong", "em", "u", "s", "a", "blockquote", "h3", "h4"),
        *("ul", "ol", "li", "table", "tr", "th", "td"),
    }
)
_ABSOLUTE = re.compile(r"(https?://|mailto:|tel:)[^\s]", re.IGNORECASE)
_MOST_PASSES = 5


def _absolute(tag: str, attribute: str, value: str) -> str | None:
    """Keep addresses that say their scheme: //host would leave the closed network unseen."""
    del tag
    return value if attribute == "rel" or _ABSOLUTE.match(value) else None


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}},
    attribute_filter=_absolute,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener",
    clean_content_tags={"script", "style"},
)


def clean(html: str) -> str:
    """Return ``html`` with the tags above and nothing else; cleaning twice changes nothing.

    Badly nested markup takes several passes until it stands still; what never does becomes
    plain text.
    """
    html = unix_lines(html)
    for _ in range(_MOST_PASSES):
        cleaned = _CLEANER.clean(html)
        if cleaned == html:
            return cleaned
        html = cleaned
    return _CLEANER.clean(str(escape(html)))


class RichText(FieldKind):
    """Markup of a few tags, cleaned when it is written and again when it is shown."""

    name = "rich_text"
    family = Family.WRITTEN
    label = message("書式付きの文章")
    about = message("太字や箇条書きを使う文章")
    slot = Slot.LONG
    options: ClassVar[Keywords] = MappingProxyType(
        {**LENGTHS, "template": {"type": "string", "minLength": 1, "maxLength": 10_000}}
    )
    operators = ops.LONG_TEXT
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 200},
            accepted=(
                "<h3>経過</h3><p>母と<strong>面談</strong>。<br>次回は&lt;来週&gt;</p>",
                '<ul><li><a href="https://a.example/?a=1&amp;b" rel="noopener">資料</a></li></ul>',
                "<table><tr><th>日</th><td>21</td></tr></table>",
                "ただの文\n二行目",
            ),
            rejected=("あ" * 201, 7, ["<p>a</p>"]),
            typed=(
                ('<p onclick="x()">a<script>x()</script></p>', "<p>a</p>"),
                ('<a href="javascript:x()">a</a>', '<a rel="noopener">a</a>'),
                ('<a href="//evil.example">a</a>', '<a rel="noopener">a</a>'),
                ('<img src=x onerror=x()><p style="color:red">b', "<p>b</p>"),
                ("a < b & c", "a &lt; b &amp; c"),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.RICH)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return clean(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        return clean(wire) if isinstance(wire, str) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> Markup:
        return Markup(clean(wire))  # noqa: S704  clean is what makes it safe
