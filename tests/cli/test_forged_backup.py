"""Archives that somebody made or changed: each is refused, and leaves nothing behind."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from worlds.house import SECRET, House


def forged(source: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> Path:
    """Write a plain backup anew with its members changed."""
    with tarfile.open(source) as tar:
        members = []
        for info in tar:
            held = tar.extractfile(info)
            members.append((info, held.read() if held else b""))
    change(members)
    bad = source.with_name("forged.tar")
    with tarfile.open(bad, "w", format=tarfile.GNU_FORMAT) as tar:
        for info, data in members:
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))
    return bad


Members = list[tuple[tarfile.TarInfo, bytes]]


def _manifest(members: Members, change: Callable[[dict[str, Any]], None]) -> None:
    given = json.loads(members[0][1])
    change(given)
    members[0] = (members[0][0], json.dumps(given).encode())


def _named(name: str) -> Callable[[Members], None]:
    """Give the last file another name, in the manifest too, where it must match."""

    def change(members: Members) -> None:
        members[-1][0].name = name
        _manifest(members, lambda one: one["members"][-1].update(name=name))

    return change


def _linked(members: Members) -> None:
    members[-1][0].type, members[-1][0].linkname = tarfile.SYMTYPE, "/etc/passwd"


def _one_more(members: Members) -> None:
    members.append((tarfile.TarInfo("extra"), b"x"))


def _one_less(members: Members) -> None:
    members.pop()


def _twice(members: Members) -> None:
    members.append(members[-1])
    _manifest(members, lambda one: one["members"].append(one["members"][-1]))


def _other_content(members: Members) -> None:
    members[-1] = (members[-1][0], b"x" * len(members[-1][1]))


def _too_large(members: Members) -> None:
    _manifest(members, lambda one: one["members"][-1].update(size=10**15))


def _no_manifest(members: Members) -> None:
    members.pop(0)


def _garbage(members: Members) -> None:
    members[0] = (members[0][0], b"{")


def _other_format(members: Members) -> None:
    _manifest(members, lambda one: one.update(format=99))


def _odd_types(members: Members) -> None:
    _manifest(members, lambda one: one["members"][-1].update(size="1"))


FORGERIES: dict[str, Callable[[Members], None]] = {
    "above": _named("../escaped"),
    "inside": _named("files/../../escaped"),
    "absolute": _named("/tmp/escaped"),  # noqa: S108 (a name in an archive)
    "other hash": _named(f"files/{'0' * 64}"),
    "option": _named("--checkpoint-action=exec=id"),
    "link": _linked,
    "one more": _one_more,
    "one less": _one_less,
    "twice": _twice,
    "other content": _other_content,
    "too large": _too_large,
    "no manifest": _no_manifest,
    "garbage": _garbage,
    "other format": _other_format,
    "odd types": _odd_types,
}


def test_a_forged_archive_leaves_nothing_behind(house: House) -> None:
    house.fill(1, 1)
    source = house.backup("plain.tar", "--plain")
    before = {*house.folder.iterdir()} | {house.folder / "forged.tar"}
    dialect = house.world.platform.database.dialect
    # The archive is read the same way for both, so one takes a sample of the list.
    for name, change in list(FORGERIES.items())[:: 1 if dialect == "sqlite" else 5]:
        with house.restored(forged(source, change), secret=SECRET) as (done, into):
            assert (name, done.exit_code) == (name, 1), done.output
            assert not into.exists(), name
            assert {*house.folder.iterdir()} <= before, name


def _first_row(members: Members) -> None:
    """Flip a bit of a row's hash, as if that row had become another, and fix the manifest."""
    data = bytes([members[2][1][0] ^ 1]) + members[2][1][1:]
    members[2] = (members[2][0], data)
    digest = sha256(data).hexdigest()
    _manifest(members, lambda one: one["members"][1].update(sha256=digest))


def _other_head(members: Members) -> None:
    _manifest(members, lambda one: one.update(audit_hash="0" * 64))


def test_the_first_difference_is_told(house: House) -> None:
    house.fill(1, 1)
    source = house.backup("plain.tar", "--plain")
    for change, told in (
        (_first_row, "違う行があります"),
        (_other_head, "監査ログの末尾"),
        (lambda _: None, "differing 0"),
    ):
        with house.restored(forged(source, change), secret=SECRET) as (done, _):
            assert told in done.output
            assert done.exit_code == (0 if told == "differing 0" else 1)
