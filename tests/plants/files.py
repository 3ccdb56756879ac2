"""Bugs of files that leave or come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import current_app, g, request
from flask_login import current_user

from plants.planting import plant, replaced
from plants.sight import all_of
from tsuzuri.services import attachments, people
from tsuzuri.services.import_rows import Intake
from tsuzuri.services.platform import Platform
from tsuzuri.storage import uploads
from tsuzuri.storage.records import load_whole
from tsuzuri.web import session
from tsuzuri.wire import csv


@plant("cells of an export")
def cells_are_not_shielded() -> Iterator[None]:
    """Cells are written as they are, and a spreadsheet runs what looks like a formula."""

    def bare(cell: str) -> str:
        return cell

    with replaced(csv, "shield", bare):
        yield


@plant("imports")
def imports_change_whatever_they_name() -> Iterator[None]:
    """A row of a file finds its record by number or key among all records, and changes it."""
    take = Intake.take

    def taking(self: Intake, batch: Any) -> Any:
        self._records = all_of(self._records)
        return take(self, batch)

    with replaced(Intake, "take", taking):
        yield


@plant("files by their address")
def files_need_no_session() -> Iterator[None]:
    """Whoever has a file's address gets the file."""
    current_actor = session.current_actor

    def anybody() -> Any:
        nobody = not current_user.is_authenticated
        if nobody and (request.endpoint or "").startswith("files."):
            platform: Platform = current_app.extensions["tsuzuri"]
            worker = people.actor(platform, "worker_a")
            assert worker is not None
            g.actor = replace(worker, origin=session.origin())
            return g.actor
        return current_actor()

    with replaced(session, "current_actor", anybody):
        yield


@plant("files by their hash")
def files_are_found_by_their_hash() -> Iterator[None]:
    """A file's hash finds it in the record, whichever field holds it."""
    find = attachments.find

    def anywhere(platform: Platform, access: Any, record_id: int, code: str, key: str) -> Any:
        with platform.database.read(access) as connection:
            known = load_whole(connection, access.whole, [record_id])
        for values in (one.values for one in known.values()):
            for files in (values.get(code), values.get("files"), values.get("files_sealed")):
                for file in files or ():
                    if file["key"] == key:
                        return attachments.as_open(platform, file)
        return find(platform, access, record_id, code, key)

    with replaced(attachments, "find", anywhere):
        yield


@plant("files by their hash")
def any_known_hash_is_a_file() -> Iterator[None]:
    """A form may name any stored file by its hash, and the record then holds it."""

    def stored(_database: Any, _user: str, keys: Any) -> dict[str, Any]:
        kept = {"name": "theirs.txt", "type": "text/plain", "size": len("their letter")}
        return {key: {"key": key, **kept} for key in keys}

    with replaced(uploads, "of", stored):
        yield


@plant("names of files")
def files_keep_their_names() -> Iterator[None]:
    """A file is called what its sender called it."""

    def as_sent(name: str) -> str:
        return name

    with replaced(attachments, "tidy_name", as_sent):
        yield


class _Everything:
    def __contains__(self, _type: object) -> bool:
        return True


@plant("files that act")
def files_open_in_the_browser() -> Iterator[None]:
    """Files are shown where they can be, as what they are."""
    with replaced(attachments, "IMAGES", _Everything()):
        yield
