"""Files that harm: viruses, bombs, names that lie, photographs that tell where somebody lives."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tsuzuri.errors import Invalid, TooLarge, Unknown
from tsuzuri.services import attachments, photographs, scanning
from tsuzuri.services.attachments import OpenFile, tidy_name
from tsuzuri.services.scanning import Unscanned
from worlds.town import World

# Put together here, so that no scanner takes this file for what it tests.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRETS = (b"SECRET", b"\x88%", b"Exif\x00\x00II")


def photograph(form: str, turned: int = 6) -> bytes:
    """Return a photograph that notes where and by whom it was taken, in every way of its form."""
    image = Image.new("RGB", (64, 32), "red")
    exif = image.getexif()
    exif[0x0112] = turned
    exif[0x013B] = "SECRET artist"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (35.0, 1.0, 2.0)
    out = io.BytesIO()
    more = {"comment": b"SECRET comment"} if form == "JPEG" else {}
    image.save(out, form, exif=exif, xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>", **more)
    return out.getvalue() + (b"SECRET film" if form == "JPEG" else b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [1, 6])
def test_a_photograph_is_stored_without_notes_and_with_every_pixel(
    world: World, form: str, turned: int
) -> None:
    sent = photograph(form, turned)
    assert b"SECRET" in sent
    with Image.open(io.BytesIO(sent)) as before:
        assert before.getexif().get_ifd(0x8825)
    file = attachments.receive(world.platform, world.actor("mori"), "a", io.BytesIO(sent))
    stored = world.platform.files.path(file["key"]).read_bytes()
    assert file["size"] == len(stored)
    assert b"SECRET" not in stored
    with Image.open(io.BytesIO(stored)) as after, Image.open(io.BytesIO(sent)) as before:
        assert not after.getexif().get_ifd(0x8825)
        assert dict(after.getexif()) == ({} if turned == 1 else {0x0112: turned})
        assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_broken_photograph_is_no_reason_to_fail(form: str) -> None:
    whole = photograph(form)
    broken = [whole[:end] or b"\xff\xd8\xff" for end in range(0, len(whole), 7)]
    broken += [whole[:at] + b"\xff" + whole[at + 1 :] for at in range(4, len(whole))]
    for data in broken:
        # A note that cannot be taken out is the one reason to refuse it.
        with suppress(photographs.Unclean):
            assert isinstance(photographs.cleaned(data), bytes)


def test_a_picture_of_millions_of_pixels_is_not_opened(tmp_path: Path) -> None:
    for side in (9_000, 60_000):
        head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        chunk = b"IHDR" + head
        bomb = photographs.PNG + struct.pack(">I", 13) + chunk
        bomb += struct.pack(">I", zlib.crc32(chunk))
        path = tmp_path / f"bomb{side}"
        path.write_bytes(bomb)
        started = time.thread_time()
        with pytest.raises(Unknown):
            attachments.preview(OpenFile(path, "a.png", "image/png", len(bomb)))
        assert time.thread_time() - started < 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.txt", "x.txt"),
        ("C:\\x.txt", "x.txt"),
        ("/etc/x", "x"),
        (".", "file"),
        ("..", "file"),
        ("", "file"),
        ("end.", "end"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("写真\u202egpj.exe", "写真gpj.exe"),
        ("\u200bか\u3099くせい.txt", "がくせい.txt"),
        ("あ" * 300 + ".pdf", "あ" * 196 + ".pdf"),
    ],
)
def test_names_lose_what_lies(given: str, kept: str) -> None:
    assert tidy_name(given) == kept


def test_nobody_sends_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_A_DAY", 2)
    actor = world.actor("sato")
    for number in range(2):
        attachments.receive(world.platform, actor, "a", io.BytesIO(b"%d" % number))
    with pytest.raises(TooLarge):
        attachments.receive(world.platform, actor, "a", io.BytesIO(b"more"))
    attachments.receive(world.platform, world.actor("ito"), "a", io.BytesIO(b"of another"))


@contextmanager
def scanner(path: Path, answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """Run something that answers as clamd does, for one connection after another."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=_serve, args=(listening, answer), daemon=True)
        thread.start()
        yield f"unix:{path}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listening: socket.socket, answer: Callable[[bytes], bytes | None]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\x00"
            data = b""
            while size := struct.unpack(">I", stream.read(4))[0]:
                data += stream.read(size)
            told = answer(data)
            if told is None:
                time.sleep(1)
            else:
                connection.sendall(told + b"\x00")


def clamd(data: bytes) -> bytes:
    """Answer as clamd does."""
    return b"stream: Eicar-Test-Signature FOUND" if EICAR in data else b"stream: OK"


def test_an_infected_file_is_not_taken_and_a_clean_one_is(world: World, tmp_path: Path) -> None:
    actor = world.actor("mori")
    stored = set(world.platform.files.keys())
    with scanner(tmp_path / "clamd", clamd) as address:
        config = replace(world.platform.config, scanner=address)
        platform = replace(world.platform, config=config)
        for place in (b"", b"x" * 200_000):
            with pytest.raises(Invalid) as refused:
                attachments.receive(platform, actor, "請求書.pdf", io.BytesIO(place + EICAR))
            assert "ウイルス" in str(refused.value.problems[0].message)
        assert set(world.platform.files.keys()) == stored
        clean = attachments.receive(platform, actor, "a.txt", io.BytesIO(b"harmless"))
    assert world.platform.files.path(clean["key"]).read_bytes() == b"harmless"


@pytest.mark.parametrize("answer", [b"stream: what ERROR", b"", None])
def test_a_scanner_that_is_odd_or_slow_lets_nothing_through(
    tmp_path: Path, answer: bytes | None
) -> None:
    with (
        scanner(tmp_path / "clamd", lambda _: answer) as address,
        pytest.raises(Unscanned),
    ):
        scanning.scan(address, "a", io.BytesIO(b"harmless"), seconds=0.2)


def test_a_scanner_that_is_not_there_lets_nothing_through(world: World, tmp_path: Path) -> None:
    config = replace(world.platform.config, scanner=f"unix:{tmp_path}/nobody")
    platform = replace(world.platform, config=config)
    with pytest.raises(Unscanned):
        attachments.receive(platform, world.actor("mori"), "a", io.BytesIO(b"harmless"))
