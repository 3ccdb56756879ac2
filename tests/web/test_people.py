"""The pages on which administrators look after people, agencies and groups."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tsuzuri.access.actors import Actor
from tsuzuri.services import directory
from tsuzuri.services.directory import Person
from worlds.face import Visitor, errors, opened, read_form
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

KEEPER = Actor(user="cli:test", administers=True)
PAGES = (
    "/people",
    "/people/new",
    "/people/users/abe",
    "/people/agencies",
    "/people/new-agency",
    "/people/agencies/CARE",
    "/people/groups",
    "/people/new-group",
    "/people/groups/heads",
    "/people/import",
    "/people/export.csv",
    "/people/invitations",
)


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    for person in (
        Person(code="keeper", name="管理 花子", kana="かんり はなこ", administers=True),
        Person(code="keeper2", name="管理 次郎", administers=True),
        Person(code="watch", name="監査 三郎", audits=True),
    ):
        directory.add(world.platform, KEEPER, person)
    return opened(world)


@pytest.fixture
def keeper(app: Flask) -> Visitor:
    return Visitor(app).enter("keeper")


def added(keeper: Visitor, code: str, **values: Any) -> TestResponse:
    return keeper.send(
        keeper.get("/people/new"), "new-form", code=code, **{"name": "新人", **values}
    )


@pytest.mark.parametrize("user", ["abe", "mori", "watch"])
def test_for_everybody_but_administrators_the_pages_are_not_there(app: Flask, user: str) -> None:
    visitor = Visitor(app).enter(user)
    for path in PAGES:
        assert visitor.get(path).status_code == 404, path
    for path in (
        "/people/new",
        "/people/users/abe",
        "/people/users/abe/roles",
        "/people/users/abe/link",
        "/people/users/abe/link/end",
        "/people/invitations",
        "/people/new-group",
    ):
        assert visitor.post(path, {"administers": "1"}).status_code == 404
    assert "利用者と所属" not in visitor.get("/").text


def test_every_page_is_there_for_administrators(keeper: Visitor) -> None:
    for path in PAGES:
        assert keeper.get(path).status_code == 200, path
    assert "利用者と所属" in keeper.get("/").text
    for path in ("/people/users/nobody", "/people/agencies/nowhere", "/people/groups/nothing"):
        assert keeper.get(path).status_code == 404


def test_the_list_finds_people_by_reading_agency_and_state(keeper: Visitor) -> None:
    def found(**query: str) -> set[str]:
        page = keeper.get("/people", query_string=query).text
        return set(re.findall(r'/people/users/([^"]+)"', page))

    assert found(q="かんり") == {"keeper"}
    assert found(q="カンリ ハナコ") == {"keeper"}
    assert found(agency="CARE") == {"mori", "sato"}
    assert found(agency="CARE", q="sato") == {"sato"}
    assert found(q="ない名前") == set()
    assert "abe" not in found(state="closed")
    assert found(start="99999") == found()


def test_a_person_is_added_and_changed(world: World, keeper: Visitor) -> None:
    answer = added(keeper, "nozawa", name="野沢 守", mail="m@example.jp", agency="DESK")
    assert answer.location == "/people/users/nozawa"
    page = keeper.get("/people/users/nozawa")
    assert "相談係" in page.text
    assert keeper.send(page, "about-form", name="野沢 護").status_code == 303
    assert directory.person(world.platform, "nozawa").name == "野沢 護"
    assert world.actor("nozawa").agencies == ("DESK",)


def test_what_is_wrong_is_told_at_its_place_and_what_was_typed_stays(keeper: Visitor) -> None:
    answer = added(keeper, "a b", name="", mail="nonsense")
    assert answer.status_code == 422
    assert [id_ for id_, _ in errors(answer.text)] == ["code", "name", "mail"]
    assert 'value="nonsense"' in answer.text
    page = keeper.get("/people/users/mori")
    wrong = {"agencies__1__code": "HEALTH", "agencies__1__starts_on": "あした"}
    answer = keeper.send(page, "belonging-form", **wrong)
    assert answer.status_code == 422
    assert [id_ for id_, _ in errors(answer.text)] == ["agencies-1-starts_on"]
    assert 'id="agencies-1-starts_on"' in answer.text
    assert 'value="あした"' in answer.text


def test_a_planned_transfer_stands_in_the_timeline(world: World, keeper: Visitor) -> None:
    added(keeper, "tani", agency="CARE")
    page = keeper.get("/people/users/tani")
    answer = keeper.send(
        page,
        "belonging-form",
        agencies__0__ends_on="令和9年3月31日",
        agencies__1__code="HEALTH",
        agencies__1__starts_on="R9.4.1",
        agencies__1__main="1",
        groups__0__code="heads",
    )
    assert answer.status_code == 303
    shown = keeper.get("/people/users/tani").text
    states = re.findall(r'timeline__item--(\w+)">.*?<strong>(.*?)</strong>', shown, re.DOTALL)
    assert states == [("now", "こども課"), ("now", "管理職"), ("planned", "健康課")]
    assert "令和9年4月1日〜" in shown
    assert "異動予定" in shown
    person = directory.person(world.platform, "tani")
    assert [(one.code, one.position) for one in person.agencies] == [("CARE", 0), ("HEALTH", 0)]
    # Sent again as it stands, it changes nothing.
    assert keeper.send(keeper.get("/people/users/tani"), "belonging-form").status_code == 303
    assert directory.person(world.platform, "tani") == person
    again = keeper.send(keeper.get("/people/users/tani"), "belonging-form", agencies__1__remove="1")
    assert again.status_code == 303
    assert [one.code for one in directory.person(world.platform, "tani").agencies] == ["CARE"]


def test_roles_are_given_and_never_both(world: World, keeper: Visitor) -> None:
    added(keeper, "role1")
    page = keeper.get("/people/users/role1")
    assert keeper.send(page, "roles-form", audits="1").status_code == 303
    assert directory.person(world.platform, "role1").audits
    answer = keeper.send(page, "roles-form", audits="1", administers="1")
    assert answer.status_code == 422
    assert "四つの目" in answer.text


def test_a_closed_account_is_out_at_its_next_click(app: Flask, keeper: Visitor) -> None:
    added(keeper, "gone")
    gone = Visitor(app).enter("gone")
    assert gone.get("/").status_code == 200
    page = keeper.get("/people/users/gone")
    assert keeper.send(page, "active-form", active="0").status_code == 303
    assert gone.get("/").status_code == 302
    assert "停止中" in keeper.get("/people/users/gone").text
    assert 'href="/people/users/gone"' in keeper.get("/people?state=closed").text
    keeper.send(keeper.get("/people/users/gone"), "active-form", active="1")
    assert gone.get("/").status_code == 302, "an old session does not come back"


def test_nobody_closes_the_last_administrator(world: World, keeper: Visitor) -> None:
    directory.change(world.platform, KEEPER, "keeper2", administers=False)
    answer = keeper.send(keeper.get("/people/users/keeper"), "active-form", active="0")
    assert answer.status_code == 422
    assert "管理者がいなくなります" in answer.text
    directory.change(world.platform, KEEPER, "keeper2", administers=True)


def test_agencies_form_a_tree_and_groups_a_list(world: World, keeper: Visitor) -> None:
    page = keeper.get("/people/new-agency?parent=CARE")
    assert read_form(page.text, "entity-form").fields["parent"] == ["CARE"]
    sent = keeper.send(page, "entity-form", code="TEAM", name="班", confidential="1")
    assert sent.status_code == 303
    tree = keeper.get("/people/agencies").text
    assert "tree--2" in tree
    assert "非公開" in tree
    assert world.platform.directory.agencies["TEAM"].confidential
    care = keeper.get("/people/agencies/CARE")
    answer = keeper.send(care, "entity-form", parent="TEAM")
    assert answer.status_code == 422
    assert [id_ for id_, _ in errors(answer.text)] == ["parent"]
    made = keeper.send(keeper.get("/people/new-group"), "entity-form", code="kai", name="会議")
    assert made.status_code == 303
    renamed = keeper.send(keeper.get("/people/groups/kai"), "entity-form", name="会議体")
    assert renamed.status_code == 303
    assert "会議体" in keeper.get("/people/groups").text


def test_a_file_is_previewed_and_then_taken_in(world: World, keeper: Visitor) -> None:
    text = keeper.get("/people/export.csv").text
    assert text.startswith("\ufeffログイン名,氏名,")
    content = f"{text}csvnew,取込 太郎,とりこみ,CARE,,,,,はい\r\n".encode()
    keeper.get("/people/import")
    shown = keeper.post("/people/import", {"file": (io.BytesIO(content), "people.csv")})
    assert shown.status_code == 200
    assert "取込 太郎" in shown.text
    assert "追加 1人" in shown.text
    assert "csvnew" not in world.platform.directory.users, "a preview writes nothing"
    # Whoever is new is to be invited next.
    assert keeper.send(shown, "apply-form").location == "/people/invitations"
    assert world.actor("csvnew").agencies == ("CARE",)
    again = keeper.send(shown, "apply-form")
    assert again.status_code == 422
    assert "名簿が変わりました" in again.text


def test_a_file_with_problems_is_shown_with_rows_and_columns(keeper: Visitor) -> None:
    header = "ログイン名,氏名,ふりがな,所属コード,グループコード,開始日,終了日,メール,有効"
    content = f"{header}\r\nx1,,,NOWHERE,,,,,\r\n".encode("cp932")
    keeper.get("/people/import")
    shown = keeper.post("/people/import", {"file": (io.BytesIO(content), "people.csv")})
    assert shown.status_code == 422
    assert "「NOWHERE」は登録されていません。" in shown.text
    assert "apply-form" not in shown.text
    for given in ({}, {"file": (io.BytesIO(b""), "")}):
        assert keeper.post("/people/import", given).status_code == 422
    assert keeper.post("/people/import/apply", {"content": "!"}).status_code == 422


def test_a_shelter_is_in_no_picker_but_its_own_peoples(
    app: Flask, world: World, keeper: Visitor
) -> None:
    page = keeper.get("/people/new-agency")
    keeper.send(page, "entity-form", code="HAVEN", name="秘密の避難先", confidential="1")
    added(keeper, "hostess", name="秘密の職員", agency="HAVEN")
    fields = {"scope": {"kind": "agencies"}, "staff": {"kind": "users"}}
    form = world.publish(fields)
    paths = (
        f"/apps/{form.code}/new",
        f"/apps/{form.code}/?f.0.field=scope&f.0.value=HAVEN&f.1.field=staff&f.1.value=hostess",
        f"/apps/{form.code}/?f.0.field=$creator&_filter=add",
    )
    for user, knows in (("abe", False), ("mori", False), ("hostess", True)):
        visitor = Visitor(app).enter(user)
        for path in paths:
            text = visitor.get(path).text.replace("秘密の職員</strong>", "")
            assert ("秘密の" in text.split("<main")[1]) == knows, (user, path)
    abe = Visitor(app).enter("abe")
    answers = []
    for agency, user in (("HAVEN", "hostess"), ("ABSENT", "no-one1")):
        page = abe.get(f"/apps/{form.code}/new")
        answer = abe.send(page, f__scope=[agency], f__staff=[user])
        plain = answer.text.replace(agency, "*").replace(user, "*")
        # The form's own tokens are random.
        tokens = r'[\w.-]{60,}|name="_once" value="[^"]*"'
        answers.append((answer.status_code, re.sub(tokens, "", plain)))
    assert answers[0][0] == 422
    assert answers[0] == answers[1]
