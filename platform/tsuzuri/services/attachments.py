"""Attachments: taken in by what they are, given out only through their record and field."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import refuse_unstorable
from tsuzuri.errors import Invalid, Problem, TooLarge, Unknown, message
from tsuzuri.fields.traits import Files
from tsuzuri.services import photographs, scanning
from tsuzuri.services.platform import Platform
from tsuzuri.storage import uploads

NAME_LENGTH = 200
PREVIEW_PIXELS = 1024
MOST_A_DAY = 2000
IMAGE_PIXELS = 80_000_000
"""Larger images would take more memory to open than a small server has to spare."""

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What has a preview, and is called what it is; everything else is called ``PLAIN``."""

HEIC = frozenset({b"ftypheic", b"ftypheix", b"ftypmif1"})

PLAIN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A stored file a person may have: where it is, and what to call it."""

    path: Path
    name: str
    type: str
    size: int


def receive(platform: Platform, actor: Actor, name: str, source: BinaryIO) -> dict[str, Any]:
    """Store an uploaded file and return its wire value (key, name, type, size).

    It belongs to nobody's record yet; only ``actor`` may put it into one.  Raises ``TooLarge``,
    ``Invalid`` for an empty or infected file, ``Unscanned`` where the scanner does not answer.
    """
    refuse_unstorable(name, "/name")
    _refuse_too_many(platform, actor)
    scanning.scan(platform.config.scanner, tidy_name(name), source)
    stored = platform.files.put(_plain(platform, name, source), platform.config.attachment_bytes)
    if stored.size == 0:
        raise Invalid([Problem("", message("「{name}」は空のファイルです。", name=name))])
    file = {
        "key": stored.key,
        "name": tidy_name(name),
        "type": type_of(stored.head),
        "size": stored.size,
    }
    uploads.keep(platform.database, actor.user, file, platform.stamp())
    return file


def _refuse_too_many(platform: Platform, actor: Actor) -> None:
    """Refuse more than one person can mean to send in a day: ``TooLarge``."""
    since = (platform.clock() - timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    count, size = uploads.sent(platform.database, actor.user, since)
    if count >= MOST_A_DAY or size >= platform.config.upload_bytes:
        raise TooLarge(message("1日に送れるファイルの量を超えました。明日もう一度お試しください。"))


def _plain(platform: Platform, name: str, source: BinaryIO) -> BinaryIO:
    """Return a file as it is stored: a photograph or film without what the camera noted."""
    head = source.read(16)
    source.seek(0)
    if not photographs.is_photograph(head):
        return source
    data = source.read(platform.config.attachment_bytes + 1)
    if len(data) > platform.config.attachment_bytes:
        source.seek(0)
        return source
    try:
        return io.BytesIO(photographs.cleaned(data))
    except photographs.Unclean:
        sentence = message(
            "「{name}」からは撮影場所などの記録を取り除けないため、受け取れません。"
            "JPEGかPNGにしてからお試しください。",
            name=tidy_name(name),
        )
        raise Invalid([Problem("", sentence)]) from None


def tidy_name(name: str) -> str:
    """Return a file's name without folders and control characters, of bearable length."""
    # A name typed on a Mac has its kana in pieces, which look alike and are found nowhere.
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in base if c.isprintable()).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
    return kept[:NAME_LENGTH] or "file"


def type_of(head: bytes) -> str:
    """Return the media type that the content itself shows; what the sender claims is not asked."""
    if head[4:12] in HEIC:  # Read by others as a film, which is built alike.
        return "image/heic"
    import puremagic  # noqa: PLC0415  slow to import: a tenth of the program's start

    try:
        found = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return str(found)
    try:
        text = head.decode("utf-8", "strict" if len(head) < 8192 else "ignore")
    except UnicodeDecodeError:
        return PLAIN
    return "text/plain" if "\x00" not in text else PLAIN


def find(platform: Platform, access: Access, record_id: int, code: str, key: str) -> OpenFile:
    """Return a file of a record's field; ``Unknown`` unless the person may see it there."""
    with platform.reading(access) as records:
        state = records.get(record_id)
    field = next((one for one in access.app.fields if one.code == code), None)
    if field is None or not isinstance(field.trait, Files):
        raise Unknown
    for file in state.values.get(code, ()):
        if file["key"] == key:
            return as_open(platform, file)
    raise Unknown


def find_own_upload(platform: Platform, actor: Actor, key: str) -> OpenFile:
    """Return a file that ``actor`` uploaded and no record holds yet."""
    mine = uploads.of(platform.database, actor.user, [key])
    if key not in mine:
        raise Unknown
    return as_open(platform, mine[key])


def as_open(platform: Platform, file: Mapping[str, Any]) -> OpenFile:
    """Return where a file is that somebody may have."""
    path = platform.files.path(file["key"])
    return OpenFile(path, file["name"], file["type"], file["size"])


def preview(file: OpenFile) -> bytes:
    """Return a JPEG of an image, turned upright, smaller, and without what the camera noted.

    Raises ``Unknown`` for what is no image or too large to open safely.
    """
    if file.type not in IMAGES:
        raise Unknown
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415  the same

    try:
        with Image.open(file.path) as image:
            if image.width * image.height > IMAGE_PIXELS:
                raise Unknown
            image.draft("RGB", (PREVIEW_PIXELS, PREVIEW_PIXELS))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
            # Pixels alone are copied, so no EXIF, GPS or comment comes along.
            plain = Image.new("RGB", upright.size, "white")
            plain.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise Unknown from None
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82)
    return out.getvalue()
