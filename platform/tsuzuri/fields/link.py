"""An address: of a page, a mailbox or a telephone."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from markupsafe import Markup

from tsuzuri.errors import message
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Widget,
    Wire,
)
from tsuzuri.fields.links import anchor
from tsuzuri.fields.wording import LENGTHS
from tsuzuri.japanese.width import narrow, phone

_KEYBOARDS = {"web": "url", "call": "tel", "mail": "email"}


class Link(FieldKind):
    """``protocol`` says what it opens: ``web`` (if left out), ``call`` or ``mail``.

    Only http, https, mail addresses and telephone numbers are valid, whatever the protocol.
    """

    name = "link"
    family = Family.WRITTEN
    label = message("リンク")
    about = message("ホームページ、メール、電話の宛先")
    shape: ClassVar[Keywords] = MappingProxyType(
        {
            "type": "string",
            "pattern": "^([Hh][Tt][Tt][Pp][Ss]?://[^/?#]|[^:/?#@]+@[^:/?#@]|[+#(0-9])",
            "not": {"pattern": '[\x01- "<>\\\\^`{|}\x7f\u3000]'},
        }
    )
    options: ClassVar[Keywords] = MappingProxyType(
        {**LENGTHS, "protocol": {"enum": list(_KEYBOARDS)}, "unique": {"type": "boolean"}}
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 60},
            accepted=("https://www.example.lg.jp/子育て?a=1&b='2'", "HTTP://localhost:8080"),
            rejected=(
                *("javascript:alert(1)", "data:text/html,x", "www.example.lg.jp", "https:///x"),
                *("https://a.example/\n", 'https://a.example/"x', "file://a.example/x", 1),
            ),
            typed=(("　ｈｔｔｐｓ：／／a.example ", "https://a.example"),),
        ),
        Sample(
            options={"protocol": "mail"},
            accepted=("kosodate@city.example.lg.jp", "a+b@example.jp"),
            rejected=("kosodate", "a b@example.jp", "mailto:a@example.jp"),
            typed=(("ｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "ko@example.jp"),),
        ),
        Sample(
            options={"protocol": "call"},
            accepted=("075-123-4567", "#8000"),
            rejected=("内線", ["189"]),
            typed=(("０７５（１２３）４５６７", "075-123-4567"),),
        ),
    )

    def widget(self, field: Field) -> Widget:
        limit = field.schema.get("maxLength")
        keyboard = {"inputmode": _KEYBOARDS[field.schema.get("protocol", "web")]}
        attributes = {**keyboard, **({"maxlength": limit} if limit else {})}
        return Widget(control=Control.INPUT, attributes=attributes)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        bare = narrow(text).strip()
        dialled = phone(bare) if field.schema.get("protocol") == "call" else None
        return dialled.strip("-") if dialled else bare

    def show(self, field: Field, wire: Wire, scene: Scene) -> Markup:
        return anchor(field.schema.get("protocol", "web"), wire)
