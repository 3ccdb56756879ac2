"""Photographs without what the camera noted: where it was, when, and whose it is.

Whole parts of the file are left out and no pixel is touched, so nothing is lost but those notes.
Which way up a picture is stays, because it is only noted too; colour profiles stay.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from tsuzuri.services import boxes, tiffs

JPEG, PNG, GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
_NOTED = re.compile(rb"Exif\x00|eXIf|EXIF|XMP |xmpmeta|ns\.adobe\.com|Photoshop 3\.0")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ORIENTATION = 0x0112
_LONE = frozenset({0xD8, 0x01})
_SCAN, _END, _EXIF, _COLOURS, _COMMENT = 0xDA, 0xD9, 0xE1, 0xE2, 0xFE
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"}
    | {b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
)
_WEBP_NOTES = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS = 0x0C
_GIF_END, _GIF_PICTURE, _GIF_MORE, _GIF_TIMES, _GIF_PROGRAM = 0x3B, 0x2C, 0x21, 0xF9, 0xFF
_GIF_KEPT = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})


class Unclean(ValueError):
    """A picture holds notes that cannot be taken out of it."""


def is_photograph(head: bytes) -> bool:
    """Tell by its first bytes whether a file is of a sort that ``cleaned`` knows."""
    return (
        head.startswith((JPEG, PNG, GIF, *tiffs.HEADS))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[:1] == b"\x00" and head[4:8] in boxes.FIRST)
    )


def cleaned(data: bytes) -> bytes:
    """Return a photograph, scan or film without notes.

    What is not built like one comes back as it is if nothing in it looks like a note; otherwise
    it is ``Unclean``.
    """
    try:
        return _cleaned(data)
    except (struct.error, LookupError, ValueError):
        # A scan is nothing but notes, and the others may hold them anywhere.
        if not data.startswith((JPEG, PNG, GIF, b"RIFF")) or _NOTED.search(data):
            raise Unclean from None
        return data


def _cleaned(data: bytes) -> bytes:
    if data.startswith(JPEG):
        return b"".join(_jpeg(data))
    if data.startswith(PNG):
        return b"".join(_png(data))
    if data.startswith(GIF):
        return b"".join(_gif(data))
    if data.startswith(tiffs.HEADS):
        return tiffs.cleaned(data)
    return _webp(data) if data.startswith(b"RIFF") else boxes.cleaned(data)


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the segments to keep; what follows the picture's end, such as a film, is dropped."""
    yield data[:2]
    turned = _orientation(data)
    if turned > 1:
        yield _exif(turned)
    place = 2
    while place < len(data):
        if data[place] != 0xFF:
            raise ValueError
        kind = data[place + 1]
        if kind == _END:
            yield data[place : place + 2]
            return
        if kind in _LONE or kind == 0xFF:
            place += 1 if kind == 0xFF else 2
            continue
        end = place + 2 + int(struct.unpack_from(">H", data, place + 2)[0])
        if kind == _SCAN:
            found = _MARKER.search(data, end)
            end = found.start() if found else len(data)
        if _kept(kind, data[place + 4 : place + 16]):
            yield data[place:end]
        place = end


def _kept(kind: int, head: bytes) -> bool:
    """Tell whether a segment is part of the picture; of the notes only colours are."""
    if 0xE0 <= kind <= 0xEF:
        return kind in {0xE0, 0xEE} or (kind == _COLOURS and head.startswith(b"ICC_PROFILE"))
    return kind != _COMMENT


def _orientation(data: bytes) -> int:
    """Return which way up the picture is, 1 where it does not say."""
    from io import BytesIO  # noqa: PLC0415  with the import below

    from PIL import Image  # noqa: PLC0415  slow to import

    try:
        with Image.open(BytesIO(data)) as image:
            turned = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  Pillow raises many kinds of errors at broken notes
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1


def _exif(turned: int) -> bytes:
    """Return a segment that notes the orientation alone."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    body = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00" * 4
    return bytes([0xFF, _EXIF]) + struct.pack(">H", len(body) + 2) + body


def _png(data: bytes) -> Iterator[bytes]:
    yield PNG
    turned, place = _orientation(data), len(PNG)
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        if kind in _PNG_KEPT:
            yield data[place:end]
        if kind == b"IHDR" and turned > 1:
            body = b"eXIf" + _exif(turned)[10:]
            yield struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        if kind == b"IEND":
            return
        place = end


def _gif(data: bytes) -> Iterator[bytes]:
    """Yield pictures and their timing; comments, and what programs left for themselves, go."""
    place = 13 + _palette(data[10])
    yield data[:place]
    while place < len(data):
        kind, end = data[place], place + 1
        kept = kind in {_GIF_END, _GIF_PICTURE}
        if kind == _GIF_PICTURE:
            end = _gif_blocks(data, place + 11 + _palette(data[place + 9]))
        elif kind == _GIF_MORE:
            end = _gif_blocks(data, place + 2)
            named = data[place + 1] == _GIF_PROGRAM and data[place + 3 : place + 14] in _GIF_KEPT
            kept = named or data[place + 1] == _GIF_TIMES
        elif kind != _GIF_END:
            raise ValueError(kind)
        if kept:
            yield data[place:end]
        if kind == _GIF_END:
            return
        place = end


def _palette(packed: int) -> int:
    """Return the bytes that a table of colours takes."""
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _gif_blocks(data: bytes, place: int) -> int:
    """Return where a chain of blocks ends."""
    while data[place]:
        place += 1 + data[place]
    return place + 1


def _webp(data: bytes) -> bytes:
    kept, place = [], 12
    turned = _orientation(data)
    while place < len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        end = place + 8 + size + size % 2
        chunk = data[place:end]
        if kind == b"VP8X":
            flags = chunk[8] & ~_WEBP_FLAGS | (0x08 if turned > 1 else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind not in _WEBP_NOTES:
            kept.append(chunk)
        place = end
    if turned > 1:
        body = _exif(turned)[10:]
        kept.append(b"EXIF" + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2))
    whole = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole
