"""People as CSV: what would change, all or nothing, and a file that comes back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import pytest

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid
from tsuzuri.services import directory, people_csv
from tsuzuri.services.directory import Person
from tsuzuri.services.people_csv import ADDED, CHANGED, SAME, Moved
from tsuzuri.storage.belonging import Stay
from tsuzuri.wire.people import COLUMNS
from worlds.town import World

KEEPER = Actor(user="cli:test", administers=True)
HEADER = ",".join(COLUMNS.values())
NUMBERS = count()


def name() -> str:
    """Return a login name nobody has yet."""
    return f"imp{next(NUMBERS)}"


def file(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return "\r\n".join((header, *lines)).encode(encoding)


def taken(world: World, *lines: str) -> Mapping[str, int]:
    content = file(*lines)
    found = people_csv.preview(world.platform, content)
    assert not found.problems, [(one.row, str(one.why)) for one in found.problems]
    people_csv.apply(world.platform, KEEPER, content, found.mark)
    return {sort: found.count(sort) for sort in (ADDED, CHANGED, SAME)}


def test_a_transfer_is_two_rows_and_takes_effect_by_itself(world: World) -> None:
    one = name()
    counts = taken(
        world,
        f"{one},西村 花,にしむら はな,CARE,caseworkers,,R9.3.31,hana@example.jp,はい",
        f"{one},西村 花,にしむら はな,HEALTH DESK,,2027/4/1,,hana@example.jp,はい",
    )
    assert counts == {ADDED: 1, CHANGED: 0, SAME: 0}
    found = directory.person(world.platform, one)
    assert [(s.code, s.starts_on, s.ends_on, s.position) for s in found.agencies] == [
        ("CARE", "", "2027-03-31", 0),
        ("HEALTH", "2027-04-01", "", 0),
        ("DESK", "2027-04-01", "", 1),
    ]
    assert [(s.code, s.ends_on) for s in found.groups] == [("caseworkers", "2027-03-31")]
    assert world.actor(one).agencies == ("CARE",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_both_encodings_of_offices_are_read(world: World, encoding: str) -> None:
    one = name()
    content = file(f"{one},髙橋 一,たかはし,CITY,,,,,", encoding=encoding)
    found = people_csv.preview(world.platform, content)
    assert not found.problems
    assert [change.after.name for change in found.changes] == ["髙橋 一"]


def test_what_is_written_out_comes_back_unchanged(world: World) -> None:
    wild = Person(
        code=name(),
        name="=1+1",
        kana="'かな",
        mail="a@example.jp",
        active=False,
        agencies=(
            Stay(code="CARE", ends_on="2026-01-31"),
            Stay(code="DESK", starts_on="2026-02-01", position=1),
            Stay(code="HEALTH", starts_on="2026-02-01"),
            Stay(code="NURSERY", starts_on="2026-02-01", position=2),
        ),
        groups=(Stay(code="heads"), Stay(code="caseworkers", starts_on="2026-02-01")),
    )
    directory.add(world.platform, KEEPER, wild)
    text = people_csv.exported(world.platform, KEEPER)
    assert ",'=1+1," in text, "no spreadsheet runs it"
    for content in (text.encode(), text.encode("cp932")):
        found = people_csv.preview(world.platform, content)
        assert not found.problems
        assert found.count(SAME) == len(world.platform.directory.users)
        assert found.count(ADDED) == found.count(CHANGED) == 0


def test_every_problem_is_told_with_its_row_and_column_and_nothing_is_written(world: World) -> None:
    good, bad = name(), name()
    content = file(
        f"{good},良い人,,CARE,,,,,はい",
        f"{bad},,かな,NOWHERE,nogroup,R9.13.1,,x@,たぶん",
        f"{bad},,かな,NOWHERE,nogroup,2027-04-02,2027-04-01,x@,はい",
        f"{good},ちがう名,,CARE,,,,,はい",
        ",名だけ,,,,,,,",
    )
    found = people_csv.preview(world.platform, content)
    said = {(one.row, one.column) for one in found.problems}
    assert said == {
        (2 + 1, "開始日"),
        (2 + 1, "有効"),
        (4, "氏名"),
        (4, "所属コード"),
        (4, "グループコード"),
        (4, "終了日"),
        (4, "メール"),
        (5, "氏名"),
        (5, "開始日"),
        (6, "ログイン名"),
    }
    with pytest.raises(Invalid):
        people_csv.apply(world.platform, KEEPER, content, found.mark)
    assert good not in world.platform.directory.users


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "の列がありません"),
        (file(header="氏名"), "「ログイン名」の列がありません"),
        (file(header=HEADER + ",役割"), "「役割」という列は使えません"),
        (file(header=HEADER + ",氏名"), "「氏名」の列が二つあります"),
        (b"\xff\xfeA\x00", "UTF-16"),
        (b"\x00\x81\x20\xff", "文字コード"),
        (file('a,"b'), "引用符"),
        (b"x" * (people_csv.LARGEST + 1), "大きすぎます"),
    ],
)
def test_a_file_that_is_no_list_of_people_is_refused_in_words(
    world: World, content: bytes, words: str
) -> None:
    found = people_csv.preview(world.platform, content)
    assert not found.changes
    assert any(words in str(one.why) for one in found.problems)


def test_a_list_that_moved_on_is_shown_again(world: World) -> None:
    one = name()
    content = file(f"{one},新しい人,,CARE,,,,,")
    found = people_csv.preview(world.platform, content)
    directory.add(world.platform, KEEPER, Person(code=one, name="先に登録した人"))
    with pytest.raises(Moved):
        people_csv.apply(world.platform, KEEPER, content, found.mark)
    assert directory.person(world.platform, one).name == "先に登録した人"


def test_a_file_closes_accounts_but_not_the_last_administrators(world: World) -> None:
    chief, other = name(), name()
    directory.add(world.platform, KEEPER, Person(code=chief, name="主任", administers=True))
    directory.add(world.platform, KEEPER, Person(code=other, name="副主任", administers=True))
    closing = (f"{other},副主任,,,,,,,いいえ", f"{chief},主任,,,,,,,いいえ")
    both = people_csv.preview(world.platform, file(*closing))
    assert {(one.row, one.column) for one in both.problems} == {(2, "有効"), (3, "有効")}
    assert taken(world, closing[0])[CHANGED] == 1
    assert other in world.platform.directory.users
    assert world.platform.directory.actor(other, world.platform.config.zone) is None
    assert directory.person(world.platform, other).administers, "roles are no matter of files"


def test_the_preview_says_in_words_what_happens(world: World) -> None:
    one = name()
    taken(world, f"{one},前の名,,CARE,,,,,")
    content = file(f"{one},後の名,,CARE,heads,,R9.3.31,,いいえ")
    (change,) = people_csv.preview(world.platform, content).changes
    assert [str(line) for line in people_csv.told(change)] == [
        "氏名を変更",
        "利用を停止",
        "「CARE」の期間を変更(〜2027-03-31)",
        "「heads」に追加(〜2027-03-31)",
    ]
