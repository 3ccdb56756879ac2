"""Files of any kind: letters, scans, plans."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.files import OPTIONS, Stored, shape

_SCAN = {"key": "0f" * 32, "name": "意見書 (写).pdf", "type": "application/pdf", "size": 348160}
_NOTE = {"key": "ab" * 32, "name": "memo,1.txt", "type": "text/plain", "size": 0}


class Attachment(Stored):
    """Each file by its content's hash, with the name it came with."""

    name = "attachment"
    family = Family.FILES
    label = message("添付ファイル")
    about = message("文書や写真を付ける")
    shape: ClassVar[Keywords] = MappingProxyType(
        shape({"maxLength": 127, "pattern": "^[a-z]+/[a-z0-9]", "not": {"pattern": "[^!-~]"}})
    )
    options: ClassVar[Keywords] = MappingProxyType(OPTIONS)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxItems": 2, "limit": 1048576},
            accepted=([_SCAN], [_NOTE, _SCAN]),
            rejected=(
                *([_SCAN, _SCAN], [{**_SCAN, "key": "x"}], [{**_SCAN, "name": "../x"}]),
                *([{"name": "x"}], [{**_SCAN, "size": -1}], "意見書.pdf", [{**_SCAN, "path": "/"}]),
                [{**_SCAN, "type": "text/html\nX: y"}],
            ),
        ),
    )
