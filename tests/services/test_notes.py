"""Notes of cameras and scanners in every form of picture: what says where is never stored."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageSequence

from tsuzuri.errors import Invalid
from tsuzuri.services import attachments, photographs
from tsuzuri.services.photographs import Unclean
from worlds.town import World

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAghtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAAEZpbG9jAAAAAERAAAMAAQAAAAACLAABAAAAAAAAABkAAgAAAAACRQABAAAAAAAAAHQAAwAAAAAC"
    "uQABAAAAAAAAAB0AAABiaWluZgAAAAAAAwAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlm"
    "AAAAACppbmZlAgAAAQADAABtaW1lAGFwcGxpY2F0aW9uL3JkZit4bWwAAAAAAA5waXRtAAAAAAABAAAA/WlwcnAA"
    "AADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroC"
    "QGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29s"
    "cm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAIAAAAAEAAAAAAAAAAv//"
    "/+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAChpcmVmAAAAAAAAAA5jZHNj"
    "AAIAAQABAAAADmNkc2MAAwABAAEAAACybWRhdAAAABUoAa8EGPjKcdf/9LKfvqAu2N0hHnAAAAAGRXhpZgAATU0A"
    "KgAAAAgAAgE7AAIAAAAOAAAAJoglAAQAAAABAAAANAAAAABTRUNSRVQgYXJ0aXN0AAACAAEAAgAAAAJOAAAAAAIA"
    "BQAAAAMAAABSAAAAAAAAACMAAAABAAAAAQAAAAEAAAACAAAAATx4OnhtcG1ldGE+U0VDUkVUPC94OnhtcG1ldGE+"
)
"""A picture as a telephone takes it (64 x 32, red; Exif with a place, an artist, and XMP)."""

GPS = 0x8825


def noted(form: str, **more: Any) -> bytes:
    """Return a picture that notes where and by whom it was taken, in every way of its form."""
    image = Image.new("RGB", (64, 32), "red")
    exif = image.getexif()
    exif[0x013B] = "SECRET artist"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (35.0, 1.0, 2.0)
    out = io.BytesIO()
    image.save(out, form, exif=exif, xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>", **more)
    return out.getvalue()


def gif() -> bytes:
    """Return a moving picture with a comment and with what a program left in it."""
    first, second = Image.new("P", (8, 8), 1), Image.new("P", (8, 8), 2)
    for image in (first, second):
        image.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255] + [7] * 759)
    out = io.BytesIO()
    first.save(
        out, "GIF", save_all=True, append_images=[second], duration=90, loop=3, comment=b"SECRET"
    )
    data = out.getvalue()
    end = 13 + photographs._palette(data[10])
    return data[:end] + b"!\xff\x0bXMP DataXMP\x06SECRET\x00" + data[end:] + b"SECRET behind"


def scan() -> bytes:
    """Return a fax of three pages, as offices send them, that names its sender."""
    pages = [Image.new("1", (64, 32), n % 2) for n in range(3)]
    out = io.BytesIO()
    note = {270: "SECRET title", 306: "2026:11:26 10:00:00", 315: "SECRET"}
    pages[0].save(
        out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", tiffinfo=note
    )
    return out.getvalue()


def film() -> bytes:
    """Return the boxes of a film that a telephone took somewhere."""

    def box(kind: bytes, *inside: bytes) -> bytes:
        body = b"".join(inside)
        return struct.pack(">I4s", len(body) + 8, kind) + body

    where = box(b"udta", box(b"\xa9xyz", b"\x00\x12\x15\xc7+35.0126+135.7681SECRET/"))
    keys = box(b"meta", b"com.apple.quicktime.location.ISO6709 SECRET")
    track = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"udta", b"SECRET")), where)
    return b"".join(
        (
            box(b"ftyp", b"qt  ", bytes(4)),
            box(b"mdat", b"pictures and sound"),
            box(b"moov", box(b"mvhd", bytes(100)), track, where, keys),
            box(b"uuid", b"SECRET of the maker"),
        )
    )


FORMS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: noted("JPEG"),
    "png": lambda: noted("PNG"),
    "webp": lambda: noted("WEBP"),
    "avif": lambda: noted("AVIF"),
    "gif": gif,
    "tiff": lambda: noted("TIFF"),
    "tiff in tiles": lambda: noted("TIFF", compression="tiff_lzw", tile=(16, 16)),
    "tiff of jpeg": lambda: noted("TIFF", compression="jpeg"),
    "fax": scan,
    "heic": lambda: HEIC,
    "film": film,
}


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_stored_that_says_where(world: World, form: str) -> None:
    sent = FORMS[form]()
    assert b"SECRET" in sent
    file = attachments.receive(world.platform, world.actor("mori"), "a", io.BytesIO(sent))
    stored = world.platform.files.path(file["key"]).read_bytes()
    assert b"SECRET" not in stored
    assert file["size"] == len(stored)
    assert photographs.cleaned(stored) == stored
    if form in {"heic", "film"}:
        # Where each picture is told by place, none may move.
        assert len(stored) == len(sent)
        changed = {n for n, (a, b) in enumerate(zip(sent, stored, strict=True)) if a != b}
        assert all(n > len(sent) - 330 for n in changed)
        return
    with Image.open(io.BytesIO(stored)) as after, Image.open(io.BytesIO(sent)) as before:
        frames = zip(ImageSequence.Iterator(after), ImageSequence.Iterator(before), strict=True)
        for kept, given in frames:
            assert kept.convert("RGB").tobytes() == given.convert("RGB").tobytes()
            assert not kept.getexif().get_ifd(GPS)
            assert kept.info.get("duration") == given.info.get("duration")
        assert after.info.get("loop") == before.info.get("loop")


def test_a_telephones_picture_is_called_what_it_is(world: World) -> None:
    file = attachments.receive(world.platform, world.actor("mori"), "a", io.BytesIO(HEIC))
    assert file["type"] == "image/heic"
    # The first item of the file, which is its picture, is as it was.
    stored = world.platform.files.path(file["key"]).read_bytes()
    place, size = HEIC.index(b"mdat") + 4, 0x19
    assert stored[place : place + size] == HEIC[place : place + size] != bytes(size)
    notes = stored[place + size : place + size + 0x74 + 0x1D]
    assert len(notes.replace(b"\x00", b"")) == len(b"MM*\x08")


BIG = b"II+\x00\x08\x00\x00\x00" + bytes(64)
RAW = b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHII", 330, 4, 1, 8) + bytes(4)
CIRCLE = b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"
BEYOND = struct.pack(">I4s", 999, b"ftyp") + b"heic"
OLD = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00broken, and then \xff"


@pytest.mark.parametrize("sent", [BIG, RAW, CIRCLE, BEYOND, OLD, HEIC[:400], b"MM\x00*"])
def test_what_cannot_be_cleaned_is_not_taken(world: World, sent: bytes) -> None:
    before = set(world.platform.files.keys())
    with pytest.raises(Invalid) as refused:
        attachments.receive(world.platform, world.actor("mori"), "庭.tif", io.BytesIO(sent))
    assert "撮影場所" in str(refused.value.problems[0].message)
    assert set(world.platform.files.keys()) == before


def test_one_strip_named_a_thousand_times_does_not_fill_the_memory() -> None:
    strips = 1000
    places = struct.pack(f"<{strips}I", *[8] * strips)
    lengths = struct.pack(f"<{strips}I", *[9000] * strips)
    at = 9008
    entries = struct.pack("<HHII", 273, 4, strips, at) + struct.pack(
        "<HHII", 279, 4, strips, at + len(places)
    )
    ifd = at + len(places) + len(lengths)
    data = b"II*\x00" + struct.pack("<I", ifd) + bytes(9000) + places + lengths
    with pytest.raises(Unclean):
        photographs.cleaned(data + b"\x02\x00" + entries + bytes(4))


@pytest.mark.parametrize("form", FORMS)
def test_broken_pictures_are_cleaned_or_refused_and_nothing_else(form: str) -> None:
    whole, random = FORMS[form](), Random(7)
    for _ in range(1500):
        data = bytearray(whole[: random.choice((len(whole), random.randrange(13, len(whole))))])
        for _change in range(random.randrange(4)):
            data[random.randrange(12, len(data))] = random.choice((0, 1, 8, 0xFF))
        try:
            cleaned = photographs.cleaned(bytes(data))
        except Unclean:
            continue
        assert len(cleaned) <= 2 * len(data) + 1024
