"""HEIC, AVIF and films without what the camera noted: files of boxes, after ISO/IEC 14496-12.

What is told in such a file is found by its place in it.  So nothing is cut out: notes are written
over with zeros where they stand, and no picture moves.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide"})
_KEPT = frozenset({b"ftyp", b"styp", b"meta", b"mdat", b"moov", b"moof", b"mfra", b"sidx", b"wide"})
"""Boxes of a file; all others, such as a maker's own or a second film, are emptied."""
_NESTED = frozenset({b"moov", b"trak", b"mdia"})
_NOTES = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})
"""Boxes of a film that say where, when and with what it was taken."""
_PICTURES = frozenset(
    {b"hvc1", b"hvt1", b"lhv1", b"av01", b"avc1", b"vvc1", b"grid", b"iovl", b"iden", b"tmap"}
)
"""Items that are seen; every other one, Exif and XMP among them, is emptied."""
_NOTHING = bytes(4) + b"MM\x00*\x00\x00\x00\x08" + bytes(6)
"""Notes that say nothing: some programs refuse a picture whose notes are no notes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a file: its kind, where it begins, and where what is in it begins and ends."""

    kind: bytes
    start: int
    body: int
    end: int


def cleaned(data: bytes) -> bytes:
    """Return a picture or film without notes; ``ValueError`` for what is not built like one."""
    kept = bytearray(data)
    for box in _boxes(data, 0, len(data)):
        if box.kind not in _KEPT:
            _empty(kept, box)
        elif box.kind == b"meta":
            _items(kept, data, box)
        elif box.kind == b"moov":
            _film(kept, data, box)
    return bytes(kept)


def _boxes(data: bytes, place: int, end: int) -> Iterator[Box]:
    while place < end:
        size, kind = struct.unpack_from(">I4s", data, place)
        body = place + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        last = place + size if size else end
        if not body <= last <= end:
            raise ValueError(kind)
        yield Box(kind, place, body, last)
        place = last


def _empty(kept: bytearray, box: Box) -> None:
    kept[box.start + 4 : box.start + 8] = b"free"
    kept[box.body : box.end] = bytes(box.end - box.body)


def _film(kept: bytearray, data: bytes, film: Box) -> None:
    for box in _boxes(data, film.body, film.end):
        if box.kind in _NOTES:
            _empty(kept, box)
        elif box.kind in _NESTED:
            _film(kept, data, box)


def _items(kept: bytearray, data: bytes, meta: Box) -> None:
    """Empty what is no picture of what a picture's file consists of."""
    inside = {box.kind: box for box in _boxes(data, meta.body + 4, meta.end)}
    for kind in _NOTES & inside.keys():
        _empty(kept, inside[kind])
    if b"iinf" not in inside:
        return
    kinds = dict(_kinds(data, inside[b"iinf"]))
    for number, start, end in _extents(data, inside):
        if kinds[number] not in _PICTURES:
            if not 0 <= start <= end <= len(data):
                raise ValueError(number)
            said = _NOTHING if kinds[number] == b"Exif" else b""
            kept[start:end] = said.ljust(end - start, b"\x00")[: end - start]


def _kinds(data: bytes, box: Box) -> Iterator[tuple[int, bytes]]:
    """Yield number and kind of each item."""
    place = box.body + (6 if data[box.body] == 0 else 8)
    for entry in _boxes(data, place, box.end):
        version = data[entry.body]
        if version not in {2, 3}:
            raise ValueError(version)
        number, _guarded, kind = struct.unpack_from(
            ">HH4s" if version == 2 else ">IH4s", data, entry.body + 4
        )
        yield number, kind


class _Reader:
    """Reads numbers one after another."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place

    def number(self, size: int) -> int:
        """Read a number of so many bytes; one of none is 0."""
        found = self.data[self.place : self.place + size]
        if len(found) < size:
            raise ValueError(size)
        self.place += size
        return int.from_bytes(found, "big")


def _extents(data: bytes, inside: dict[bytes, Box]) -> Iterator[tuple[int, int, int]]:
    """Yield item, start and end of every piece of an item."""
    box = inside[b"iloc"]
    read = _Reader(data, box.body)
    version, _flags = read.number(1), read.number(3)
    sizes, more = read.number(1), read.number(1)
    wide = 2 if version < 2 else 4
    for _ in range(read.number(wide)):
        item = read.number(wide)
        method = read.number(2) & 15 if version else 0
        elsewhere, base = read.number(2), read.number(more >> 4)
        if method > 1 or elsewhere:
            raise ValueError(item)
        base += inside[b"idat"].body if method else 0
        for _ in range(read.number(2)):
            read.number(more & 15 if version else 0)
            start, length = base + read.number(sizes >> 4), read.number(sizes & 15)
            yield item, start, start + length if length else len(data)
