"""Attachments: known by content, given out through record and field, previews without traces."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, TooLarge, Unknown
from tsuzuri.services import attachments, records
from worlds.town import EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {"open": {"kind": "attachment"}, "secret": {"kind": "attachment"}}
GPS = 0x8825


def _photo() -> bytes:
    image = Image.new("RGB", (64, 32), "red")
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "ねこの家の前"
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def _with_files(world: World) -> tuple[App, int, dict[str, str]]:
    app = world.publish(FIELDS, RULES)
    mori = world.actor("mori")
    files = {
        code: attachments.receive(world.platform, mori, f"{code}.jpg", io.BytesIO(content))
        for code, content in (("open", _photo()), ("secret", b"%PDF-1.7 secret"))
    }
    given = {code: [file] for code, file in files.items()}
    saved = records.create(world.platform, world.entering("mori", app), given)
    return app, saved.id, {code: file["key"] for code, file in files.items()}


def test_a_file_is_found_through_its_record_and_field(world: World) -> None:
    app, record, keys = _with_files(world)
    access = world.entering("mori", app)
    found = attachments.find(world.platform, access, record, "secret", keys["secret"])
    assert found.path.read_bytes() == b"%PDF-1.7 secret"
    assert found.type == "application/pdf"


def test_a_file_of_a_hidden_field_is_as_unknown_as_any(world: World) -> None:
    app, record, keys = _with_files(world)
    access = world.entering("takahashi", app)
    for code, key in (
        ("secret", keys["secret"]),
        ("open", keys["secret"]),
        ("nothing", keys["open"]),
        ("open", "0" * 64),
        ("open", "../../etc/passwd"),
    ):
        with pytest.raises(Unknown):
            attachments.find(world.platform, access, record, code, key)


def test_knowing_the_key_of_a_file_is_no_right_to_it(world: World) -> None:
    app, _, keys = _with_files(world)
    stolen = {"key": keys["secret"], "name": "x.pdf", "type": "application/pdf", "size": 15}
    with pytest.raises(Invalid) as refused:
        records.create(world.platform, world.entering("takahashi", app), {"open": [stolen]})
    assert [one.pointer for one in refused.value.problems] == ["/open"]


def test_what_a_file_is_follows_from_its_content_and_not_from_its_name(world: World) -> None:
    file = attachments.receive(
        world.platform, world.actor("mori"), "photo.png", io.BytesIO(b"<html><script>1</script>")
    )
    assert file["type"] not in attachments.IMAGES


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\写真\\様子.jpg", "様子.jpg"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("...", "file"),
        ("長" * 300 + ".jpeg", "長" * 195 + ".jpeg"),
    ],
)
def test_names_keep_their_letters_and_lose_their_tricks(given: str, kept: str) -> None:
    assert attachments.tidy_name(given) == kept


def test_a_preview_is_upright_and_says_nothing_of_where_it_was_taken(world: World) -> None:
    app, record, keys = _with_files(world)
    access = world.entering("takahashi", app)
    file = attachments.find(world.platform, access, record, "open", keys["open"])
    with Image.open(io.BytesIO(attachments.preview(file))) as seen:
        assert seen.size == (32, 64)
        assert not seen.getexif()
        assert "exif" not in seen.info


def test_a_preview_of_what_is_no_image_is_unknown(world: World) -> None:
    app, record, keys = _with_files(world)
    access = world.entering("mori", app)
    file = attachments.find(world.platform, access, record, "secret", keys["secret"])
    with pytest.raises(Unknown):
        attachments.preview(file)


def test_an_empty_file_and_one_over_the_limit_are_refused(world: World) -> None:
    actor = world.actor("mori")
    with pytest.raises(Invalid):
        attachments.receive(world.platform, actor, "a.txt", io.BytesIO(b""))
    with pytest.raises(TooLarge):
        world.platform.files.put(io.BytesIO(b"12345"), 4)
    assert not list(world.platform.files.folder.glob("incoming-*"))
