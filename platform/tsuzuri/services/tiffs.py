"""Scans and faxes (TIFF) without notes: written anew from nothing but their pages.

A TIFF is a list of notes, of which some are about the picture; what is kept is named here.
Pixels are copied as they are stored.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

HEADS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
MOST_PAGES = 5000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_BLOCKS = {273: 279, 324: 325}
"""Where strips and tiles are, and how long each is."""
_KEPT = frozenset(
    {
        *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279),
        *(280, 281, 282, 283, 284, 286, 287, 290, 291, 292, 293, 296, 297, 301, 317, 318),
        *(319, 320, 321, 322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347),
        *(529, 530, 531, 532, 34675),
    }
)
_SHORT, _LONG, _COMPRESSION, _OLD_JPEG, _INSIDE = 3, 4, 259, 6, 330


@dataclass
class _Copy:
    """A TIFF being written: at most as long as twice what it is made of."""

    order: str
    most: int
    out: bytearray = field(default_factory=bytearray)

    def put(self, data: bytes) -> int:
        """Append ``data`` at an even place and return the place."""
        self.out += bytes(len(self.out) % 2)
        place = len(self.out)
        self.out += data
        if len(self.out) > self.most:
            raise ValueError(len(self.out))
        return place


Entry = tuple[int, int, int, bytes]
"""Tag, type, count and value of a note."""


def cleaned(data: bytes) -> bytes:
    """Return a scan without notes; ``ValueError`` for what is not built like one."""
    order = "<" if data.startswith(b"II") else ">"
    version, place = struct.unpack_from(order + "HI", data, 2)
    if version != 42:  # The other is for files larger than any that is taken.
        raise ValueError(version)
    copy = _Copy(order, 2 * len(data) + 1024, bytearray(data[:8]))
    link, pages = 4, 0
    while place:
        pages += 1
        if pages > MOST_PAGES:
            raise ValueError(pages)
        entries, place = _page(data, order, place)
        new = _put(copy, data, entries)
        struct.pack_into(order + "I", copy.out, link, new)
        link = len(copy.out) - 4
    if not pages:
        raise ValueError(pages)
    return bytes(copy.out)


def _page(data: bytes, order: str, place: int) -> tuple[dict[int, Entry], int]:
    """Return a page's notes that are about its picture, and where the next page is."""
    (count,) = struct.unpack_from(order + "H", data, place)
    found = {}
    for number in range(count):
        at = place + 2 + 12 * number
        tag, kind, many, where = struct.unpack_from(order + "HHII", data, at)
        if tag == _INSIDE:  # Pictures inside pictures, as a camera's raw files have them.
            raise ValueError(tag)
        if tag in _KEPT:
            size = _SIZES[kind] * many
            start = where if size > 4 else at + 8
            if start + size > len(data):
                raise ValueError(tag)
            found[tag] = (tag, kind, many, data[start : start + size])
    (after,) = struct.unpack_from(order + "I", data, place + 2 + 12 * count)
    return found, after


def _put(copy: _Copy, data: bytes, entries: dict[int, Entry]) -> int:
    """Write a page and return where it stands."""
    if _COMPRESSION in entries and _OLD_JPEG in _numbers(copy.order, entries[_COMPRESSION]):
        raise ValueError(_OLD_JPEG)
    for places, lengths in _BLOCKS.items():
        if places in entries:
            blocks = zip(
                _numbers(copy.order, entries[places]),
                _numbers(copy.order, entries[lengths]),
                strict=True,
            )
            moved = [copy.put(_block(data, start, length)) for start, length in blocks]
            value = struct.pack(f"{copy.order}{len(moved)}I", *moved)
            entries[places] = (places, _LONG, len(moved), value)
    listed = b"".join(_listed(copy, [entries[tag] for tag in sorted(entries)]))
    count = struct.pack(copy.order + "H", len(entries))
    return copy.put(count + listed + bytes(4))


def _listed(copy: _Copy, entries: list[Entry]) -> Iterator[bytes]:
    for tag, kind, many, value in entries:
        short = value.ljust(4, b"\x00")
        if len(value) > 4:
            short = struct.pack(copy.order + "I", copy.put(value))
        yield struct.pack(copy.order + "HHI", tag, kind, many) + short


def _block(data: bytes, start: int, length: int) -> bytes:
    if start + length > len(data):
        raise ValueError(start)
    return data[start : start + length]


def _numbers(order: str, entry: Entry) -> tuple[int, ...]:
    _tag, kind, many, value = entry
    return struct.unpack(f"{order}{many}{ {_SHORT: 'H', _LONG: 'I'}[kind] }", value)
