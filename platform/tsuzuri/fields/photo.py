"""Photographs, taken on the spot or chosen from the device."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.files import OPTIONS, Stored, shape

_ROOM = {"key": "1e" * 32, "name": "居室.jpg", "type": "image/jpeg", "size": 2621440}


class Photo(Stored):
    """Pictures of points alone: an SVG is a document that can act."""

    name = "photo"
    family = Family.FILES
    label = message("写真")
    about = message("その場で撮った写真。撮影場所などは消してから保存する")
    images = True
    shape: ClassVar[Keywords] = MappingProxyType(
        shape({"enum": ["image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"]})
    )
    options: ClassVar[Keywords] = MappingProxyType(OPTIONS)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxItems": 10},
            accepted=([_ROOM], [_ROOM, {**_ROOM, "key": "2e" * 32, "type": "image/png"}]),
            rejected=([{**_ROOM, "type": "image/svg+xml"}], [{**_ROOM, "type": "text/html"}], {}),
        ),
    )
