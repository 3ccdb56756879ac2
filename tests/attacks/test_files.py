"""Group H: attachments, from taking them in to giving them out."""

from __future__ import annotations

import io
import re
import time
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from attacks.cases import case
from attacks.oracles import as_missing, stored
from attacks.serving import Site, Town
from attacks.visiting import Visitor
from attacks.world import record_id

TEXT = b"a letter"
NAMES = (
    "../../x.txt",
    "..\\x.txt",
    "/etc/x.txt",
    "C:\\x.txt",
    "x\0.txt",
    "x" * 300 + ".txt",
    ".",
    "trailing.",
    "か\u3099.txt",
    'a"b.txt',
    "a\r\nSet-Cookie: x=1.txt",
    "gnp\u202etxt.exe",
    "📄.txt",
    "漢字.txt",
)
ACTIVE = {
    "a.html": b"<!DOCTYPE html><script>alert(1)</script>",
    "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>',
    "a.xml": b'<?xml version="1.0"?><?xml-stylesheet href="/a.xsl"?><a/>',
    "a.pdf": b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "a.js": b"alert(1)",
}
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


@cache
def picture() -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def attach(visitor: Visitor, row: str, field: str, *file: Any) -> httpx.Response:
    """Attach a file (name, bytes, type) to a record through its form."""
    page = visitor.get(f"/apps/case/records/{record_id(row)}/edit")
    return visitor.submit(page, files=[(f"f.{field}", file)])


def attached(site: Site, row: str, field: str) -> str:
    """Return the address of the newest file of a record's field."""
    key = stored(site, "case", record_id(row))[field][-1]["key"]
    return f"/apps/case/records/{record_id(row)}/files/{field}/{key}"


@case("H01", guard="files-need-no-session")
def test_an_address_alone_opens_no_file(fresh: Town) -> None:
    worker = fresh.visitor("worker_a")
    assert attach(worker, "A1", "files", "a.txt", TEXT).status_code == 303
    address = attached(fresh.here, "A1", "files")
    assert worker.get(address).content == TEXT
    for path in (address, address + "/preview"):
        answer = fresh.here.stranger().get(path)
        assert answer.status_code == 302
        assert TEXT not in answer.content


@case("H04", guard=("files-are-found-by-their-hash", "records-are-fetched-by-id"))
def test_a_preview_is_as_hidden_as_its_original(fresh: Town) -> None:
    site, viewer = fresh.here, fresh.visitor("viewer_a")
    attach(site.visitor("worker_a"), "A1", "files_sealed", "sealed.png", picture())
    attach(site.visitor("worker_b"), "B1", "files", "theirs.png", picture() + b" ")
    for address in (attached(site, "A1", "files_sealed"), attached(site, "B1", "files")):
        key = address.rsplit("/", 1)[1]
        open_field = f"/apps/case/records/{record_id('A1')}/files/files/{key}"
        for path in (address, address + "/preview?size=9", open_field, open_field + "/preview"):
            assert viewer.get(path).status_code == 404, path
    form = f"/apps/case/records/{{}}/files/files/{attached(site, 'B1', 'files').rsplit('/', 1)[1]}"
    as_missing(viewer, form, record_id("B1"))


@case("H05", guard="records-are-fetched-by-id")
def test_an_address_stops_when_the_right_to_the_record_does(fresh: Town) -> None:
    site, viewer, worker = fresh.here, fresh.visitor("viewer_a"), fresh.visitor("worker_a")
    assert attach(worker, "A1", "files", "a.txt", TEXT).status_code == 303
    address = attached(site, "A1", "files")
    cookies = dict(viewer.http.cookies)
    assert viewer.get(address).content == TEXT
    moved = worker.fill(f"/apps/case/records/{record_id('A1')}/edit", f__unit="B")
    assert moved.status_code == 303
    assert viewer.get(address).status_code == 404
    worker.fill(f"/apps/case/records/{record_id('A1')}/delete", "delete", reason="twice")
    assert worker.get(address).status_code == 404
    viewer.post("/logout")
    again = site.stranger()
    again.http.cookies.update(cookies)
    assert again.get(address).status_code == 302


@case("H06", guard="any-known-hash-is-a-file")
def test_knowing_a_files_hash_is_no_right_to_it(fresh: Town) -> None:
    site, writer = fresh.here, fresh.visitor("writer_a")
    attach(site.visitor("worker_b"), "B1", "files", "theirs.txt", b"their letter")
    key = attached(site, "B1", "files").rsplit("/", 1)[1]
    page = f"/apps/case/records/{record_id('A1')}/edit"
    writer.fill(page, f__files__keep=key, f__owner="mine")
    assert not stored(site, "case", record_id("A1")).get("files")
    path = f"/apps/case/records/{record_id('A1')}/files/files/{key}"
    assert writer.get(path).status_code == 404


@case("H07", unguarded="No route writes to a stored file, and the store never overwrites.")
def test_a_stored_file_is_never_written_to(fresh: Town) -> None:
    site, writer = fresh.here, fresh.visitor("writer_a")
    attach(site.visitor("worker_b"), "B1", "files", "theirs.txt", b"their letter")
    address = attached(site, "B1", "files")
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        for path in (address, f"/files/{address.rsplit('/', 1)[1]}"):
            answer = writer.send(method, path, content=b"other", params={"csrf_token": "x"})
            assert answer.status_code in {302, 303, 404, 405}, (method, path)
    assert site.visitor("worker_b").get(address).content == b"their letter"


@case("H08", "H11", guard="files-keep-their-names")
def test_a_files_name_leads_nowhere(fresh: Town) -> None:
    site, worker = fresh.here, fresh.visitor("worker_a")
    folder = Path(site.platform.files.folder)
    for number, name in enumerate(NAMES):
        body = TEXT + str(number).encode()
        answer = attach(worker, "A1", "files", name, body)
        assert answer.status_code in {303, 422}, name
        if answer.status_code == 422:
            assert not name.isprintable()
            continue
        given = stored(site, "case", record_id("A1"))["files"][-1]["name"]
        assert not re.search(r"[/\\\x00-\x1f\x7f\u202a-\u202e]", given), name
        assert len(given) <= 255
        download = worker.get(attached(site, "A1", "files"))
        assert download.content == body
        head = download.headers["content-disposition"]
        assert re.fullmatch(r"attachment; filename=[^\r\n]*", head), head
        assert "x=1" not in download.headers.get("set-cookie", "")
    beside = {path.name for path in folder.parent.iterdir() if "records.sqlite" not in path.name}
    assert beside == {folder.name}
    for path in folder.rglob("*"):
        assert path.is_dir() or re.fullmatch("[0-9a-f]{64}", path.name), path


@case("H09", "H10", guard="files-open-in-the-browser")
def test_no_file_acts_in_our_origin(fresh: Town) -> None:
    site, worker = fresh.here, fresh.visitor("worker_a")
    types = ("text/html;x", "image/svg+xml; charset=utf-8", "TEXT/HTML", "image/png", "")
    files = [(name, body, types[0]) for name, body in ACTIVE.items()]
    files += [("a.png", ACTIVE["a.html"] + kind.encode(), kind) for kind in types]
    files += [("b.png", picture() + ACTIVE["a.html"], "text/html")]
    for file in files:
        assert attach(worker, "A1", "files", *file).status_code == 303
        answer = worker.get(attached(site, "A1", "files"))
        kind = answer.headers["content-type"]
        assert kind in PICTURES | {"application/octet-stream"}, (file[0], kind)
        assert kind in PICTURES or answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


@case("L05", unguarded="No part of the program reads XML; what is uploaded is bytes.")
def test_markup_inside_uploads_is_never_read(fresh: Town) -> None:
    site, worker = fresh.here, fresh.visitor("worker_a")
    laughs = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY b%d "%s">' % (n, b"&a;" * 10) for n in range(50)
    )
    outside = b'<!ENTITY x SYSTEM "file:/etc/passwd">'
    for name in ("a.svg", "a.xml", "a.docx", "a.xlsx"):
        for entities in (laughs, outside):
            body = (
                b'<?xml version="1.0"?><!DOCTYPE x [' + entities + b"]><x>&x;</x>" + name.encode()
            )
            began = time.monotonic()
            assert attach(worker, "A1", "files", name, body).status_code == 303
            address = attached(site, "A1", "files")
            assert worker.get(address).content == body
            assert worker.get(address + "/preview").status_code == 404
            assert time.monotonic() - began < 5
