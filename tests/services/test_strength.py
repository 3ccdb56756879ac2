"""What is easily guessed is refused, whoever's it is and on whichever way it is set."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid
from tsuzuri.services import directory, people, strength
from tsuzuri.services.directory import Person
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

GUESSED, NAMED, WALKED = strength.GUESSED.text, strength.NAMED.text, strength.WALKED.text


def weak(world: World, password: str, user: str = "mori") -> list[str]:
    return [one.text for one in strength.weaknesses(world.platform, user, password)]


@pytest.mark.parametrize(
    "password",
    [
        *["password123", "P@ssw0rd2026", "ｐａｓｓｗｏｒｄ１２３", "1qaz2wsx3edc", "iloveyou123"],
        *["Sakura2026!", "Kodomo-2026", "shiyakusho1", "tsuzuri-2026", "reiwa8nen!"],
        *["jidousoudan1", "さくらさくらさくら12", "パスワード12345", "令和8年4月令和8年4月"],
        *["1990-11-26", "tanaka1985", "abcabcabcabc", "p4ssw0rd" * 9, "あいうえお12345"],
    ],
)
def test_what_many_people_choose_is_refused(world: World, password: str) -> None:
    assert weak(world, password) == [GUESSED]


@pytest.mark.parametrize(
    "password",
    [
        *(
            "十文字よりも長い合言葉",
            "correct horse battery",
            "xQ9vbbnmLKd3",
            "夕焼けと自転車と三角定規",
        ),
        "mizu-tobira-ninjin",
        "x7" + "長い言葉" * 49,
    ],
)
def test_what_is_hard_to_guess_is_taken(world: World, password: str) -> None:
    assert weak(world, password) == []


def test_what_others_know_of_a_person_helps_nobody(world: World) -> None:
    person = Person(
        code="n0815", name="野沢 薫子", kana="のざわ かおるこ", mail="tulips88@example.jp"
    )
    directory.add(world.platform, Actor(user="cli:test"), person)
    told = replace(world.platform.config, municipality="Momonokawa")
    platform = replace(world.platform, config=told)
    for password in ("Nozawakaoruko", "kaorukonozawa1", "Tulips88-2026", "Momonokawa26"):
        found = strength.weaknesses(platform, "n0815", password)
        assert [one.text for one in found] == [GUESSED], password
        assert weak(world, password, "sato") == [], password
    assert weak(world, "N0815-himitsu", "n0815") == [NAMED]
    assert weak(world, "01234567890123") == [WALKED]


@pytest.mark.parametrize("length", [0, 9, 201])
def test_too_short_and_too_long_is_said_alone(world: World, length: int) -> None:
    assert weak(world, "a" * length) == [strength.LENGTH.text]


@pytest.mark.parametrize("password", ["\ud800" * 12, "\x00" * 12, "ß" * 200, "💮" * 200])
def test_odd_characters_are_judged_too(world: World, password: str) -> None:
    assert weak(world, password) in ([WALKED], [GUESSED])


def test_two_people_at_once_are_each_judged_by_their_own_names(world: World) -> None:
    """The library keeps in one place for all what it is told of one."""
    for code, kana in (("kaede1", "ひいらぎ あやめ"), ("kaede2", "つくし ふゆね")):
        directory.add(
            world.platform, Actor(user="cli:test"), Person(code=code, name=code, kana=kana)
        )
    with ThreadPoolExecutor(4) as pool:
        mine = [pool.submit(weak, world, "hiiragiayame", "kaede1") for _ in range(40)]
        other = [pool.submit(weak, world, "hiiragiayame", "kaede2") for _ in range(40)]
        assert {tuple(one.result()) for one in mine} == {(GUESSED,)}
        assert {tuple(one.result()) for one in other} == {()}


def test_at_the_machine_the_same_rules_hold(world: World) -> None:
    for password in ("short", "Sakura2026!", "01234567890123", "mori-mori-mori"):
        with pytest.raises(Invalid):
            people.set_password(world.platform, "mori", password)
    for _ in range(3):
        people.set_password(world.platform, "mori", people.new_password(world.platform, "mori"))
