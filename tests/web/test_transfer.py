"""Export and import as a person meets them: pages, downloads, buttons, and what is refused."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from support.entering import enter
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.services import importing
from tsuzuri.storage.running import Progress
from tsuzuri.web.transfer import letters
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

FIELDS: dict[str, dict[str, Any]] = {
    "name": {"kind": "name", "title": "氏名"},
    "age": {"kind": "number", "title": "年齢", "maximum": 130},
    "no": {"kind": "text", "title": "番号", "unique": True},
    "secret": {"kind": "text", "title": "秘密"},
}
RULES: dict[str, Any] = {
    "app": [
        {"who": ["user:ito"], "allow": ["view"]},
        {"who": ["everyone"], "allow": ["view", "add", "edit", "export", "import"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["user:abe"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
VIEWS = [{"name": "名簿", "columns": ["name"], "sort": "name asc"}]


class Desk:
    """Somebody in front of a browser, in an app of their own."""

    def __init__(self, world: World, user: str) -> None:
        self.world = world
        self.app: App = world.publish(FIELDS, RULES, views=VIEWS)
        flask = create_app(world.platform.config, world.platform)
        flask.config.update(WTF_CSRF_ENABLED=False)
        self._flask = flask
        self.client = self.sign_in(user)

    def sign_in(self, user: str) -> FlaskClient:
        client = self._flask.test_client()
        enter(client, self.world.platform, user)
        return client

    def address(self, rest: str) -> str:
        return f"/apps/{self.app.code}/{rest}"

    def send(self, data: str, **more: str) -> TestResponse:
        file = (io.BytesIO(data.encode()), "名簿.csv")
        return self.client.post(self.address("import"), data={"file": file, **more})


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world, "abe")


def test_a_file_is_downloaded_with_its_name(desk: Desk) -> None:
    desk.world.put(desk.app, {"name": "髙橋", "age": 3, "no": "=1"})
    page = desk.client.get(desk.address("export")).get_data(as_text=True)
    assert "すべてのレコードと列" in page
    assert "一覧「名簿」" in page
    answer = desk.client.get(desk.address("export.csv"))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith("_20261122.csv")
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.get_data().decode("utf-8-sig").split("\r\n")
    assert lines[0] == "レコード番号,版,氏名,年齢,番号,秘密"
    assert lines[1].endswith(",1,髙橋,3,'=1,")
    machine = desk.client.get(desk.address("export.csv?form=machine&view=0"))
    assert machine.get_data().decode("utf-8-sig").startswith("$id,$revision,name\r\n")


def test_a_list_is_exported_as_it_is_narrowed(desk: Desk) -> None:
    desk.world.put(desk.app, {"name": "甲", "age": 3}, {"name": "乙", "age": 40})
    answer = desk.client.get(desk.address("export.csv"), query_string={"where": "age > 10"})
    text = answer.get_data(as_text=True)
    assert "乙" in text
    assert "甲" not in text
    page = desk.client.get(desk.address("export"), query_string={"where": "age > 10"})
    assert 'name="where" value="age &gt; 10"' in page.get_data(as_text=True)
    assert desk.client.get(desk.address("export.csv?where=nothing%3D1")).status_code == 400
    assert desk.client.get(desk.address("export.csv?view=7")).status_code == 404
    assert desk.client.get(desk.address("export.csv?view=own-7")).status_code == 404


def test_characters_that_cp932_lacks_are_listed_first(desk: Desk) -> None:
    desk.world.put(desk.app, {"name": "𠮷田"})
    answer = desk.client.get(desk.address("export.csv?encoding=cp932"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for part in ("1か所", "𠮷", "U+20BB7", "〓", "氏名", "replace=1"):
        assert part in page
    chosen = desk.client.get(desk.address("export.csv?encoding=cp932&replace=1"))
    assert "〓田" in chosen.get_data().decode("cp932")
    assert chosen.content_type == "text/csv; charset=Shift_JIS"


def test_a_good_file_is_shown_then_written_once(desk: Desk) -> None:
    answer = desk.send("氏名,年齢\n山田,3\n佐藤,4\n")
    assert answer.status_code == 303
    page = desk.client.get(answer.location).get_data(as_text=True)
    assert "全部で2件：追加 2件、変更 0件、変わらず 0件" in page
    for _ in range(2):
        assert desk.client.post(answer.location, data={"do": "start"}).status_code == 303
    page = desk.client.get(answer.location).get_data(as_text=True)
    assert "追加 2件、変更 0件" in page
    assert len(desk.world.seen("abe", desk.app)) == 2


def test_a_file_sent_twice_by_one_form_is_one(desk: Desk) -> None:
    key = re.search(r'name="_once" value="([^"]+)"', desk.client.get(desk.address("import")).text)
    assert key is not None
    first = desk.send("氏名,年齢\n山田,3\n", _once=key[1])
    again = desk.send("氏名,年齢\n山田,3\n", _once=key[1])
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    desk.client.post(first.location, data={"do": "start"})
    # Not even what was written already is written again, and its content does not stay.
    assert desk.send("氏名,年齢\n山田,3\n", _once=key[1]).location == first.location
    assert len(desk.world.seen("abe", desk.app)) == 1
    folder = importing.store(desk.world.platform).folder
    assert [one for one in folder.rglob("*") if one.is_file()] == []
    # Another file in the same form is asked about, then taken by the form that asks.
    other = desk.send("氏名,年齢\n佐藤,4\n", _once=key[1])
    assert other.status_code == 422
    assert "すでに届いています" in other.text
    new = re.search(r'name="_once" value="([^"]+)"', other.text)
    assert new is not None
    assert new[1] != key[1]
    assert desk.send("氏名,年齢\n佐藤,4\n", _once=new[1]).location != first.location
    # A form opened anew may send the same file on purpose.
    assert desk.send("氏名,年齢\n山田,3\n").location != first.location


def test_a_double_click_sends_one_file(desk: Desk) -> None:
    clients = [desk.sign_in("abe") for _ in range(4)]

    def click(client: FlaskClient) -> str:
        file = (io.BytesIO("氏名,年齢\n山田,3\n".encode()), "名簿.csv")
        sent = {"file": file, "_once": "one-and-the-same"}
        return client.post(desk.address("import"), data=sent).location

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(click, clients))) == 1


def test_bad_cells_are_shown_and_nothing_is_written(desk: Desk) -> None:
    answer = desk.send("氏名,年齢\n山田,3\n佐藤,<b>x\n")
    page = desk.client.get(answer.location).get_data(as_text=True)
    for part in ("直すところが1か所", "3行目", "B 年齢", "&lt;b&gt;x", "数値で入力してください。"):
        assert part in page
    desk.client.post(answer.location, data={"do": "start"})
    assert desk.world.seen("abe", desk.app) == []


def test_a_file_may_be_dropped(desk: Desk) -> None:
    answer = desk.send("氏名\n山田\n")
    desk.client.post(answer.location, data={"do": "drop"})
    desk.client.post(answer.location, data={"do": "start"})
    assert desk.world.seen("abe", desk.app) == []
    assert "取りやめました" in desk.client.get(answer.location).get_data(as_text=True)


def test_no_file_an_empty_one_and_an_unknown_key_are_refused_in_words(desk: Desk) -> None:
    answer = desk.client.post(desk.address("import"), data={})
    assert answer.status_code == 422
    assert "ファイルを選んでください。" in answer.get_data(as_text=True)
    assert "ファイルが空です。" in desk.send("").get_data(as_text=True)
    assert desk.send("氏名\nx\n", match="age").status_code == 422


def test_records_are_recognised_by_a_key(desk: Desk) -> None:
    desk.world.put(desk.app, {"name": "甲", "no": "1"})
    assert '<option value="no">番号</option>' in desk.client.get(desk.address("import")).get_data(
        as_text=True
    )
    answer = desk.send("番号,氏名\n1,甲の改\n2,乙\n", match="no")
    page = desk.client.get(answer.location).get_data(as_text=True)
    assert "追加 1件、変更 1件" in page


def test_progress_is_asked_for_until_it_ends(desk: Desk) -> None:
    answer = desk.send("氏名\n山田\n")
    running = importing.running(desk.world.platform)
    hold = running.hold(answer.location.rsplit("/", 1)[-1])
    assert hold is not None
    hold.tell(Progress(records=1200, percent=40))
    page = desk.client.get(answer.location, headers={"HX-Request": "true"})
    text = page.get_data(as_text=True)
    assert text.strip().startswith("<div")
    for part in ('hx-trigger="every 1s"', "1200件", 'value="40"'):
        assert part in text
    whole = desk.client.get(answer.location).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in whole
    hold.release()
    text = desk.client.get(answer.location, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "hx-trigger" not in text


def test_an_interrupted_file_can_be_started_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = desk.send("氏名\n山田\n")
    with monkeypatch.context() as patched:
        patched.setattr("tsuzuri.services.importing._walk", lambda *_: 1 / 0)
        desk.client.post(answer.location, data={"do": "start"})
    page = desk.client.get(answer.location).get_data(as_text=True)
    assert "途中で止まりました" in page
    assert "もう一度始める" in page
    desk.client.post(answer.location, data={"do": "start"})
    assert "取り込みました" in desk.client.get(answer.location).get_data(as_text=True)


def test_somebody_elses_file_and_a_closed_door(desk: Desk) -> None:
    answer = desk.send("氏名\n山田\n")
    other = desk.sign_in("mori")
    for address in (answer.location, answer.location + "1", desk.address(f"import/{2**53}")):
        assert other.get(address).status_code == 404
        assert other.post(address, data={"do": "start"}).status_code in {404, 405}
    viewer = desk.sign_in("ito")
    for rest in ("export", "export.csv", "import"):
        assert viewer.get(desk.address(rest)).status_code == 403
    assert desk.world.seen("abe", desk.app) == []


def test_a_hidden_and_an_unknown_column_are_one_page(desk: Desk) -> None:
    desk.client = desk.sign_in("mori")
    pages = []
    for name in ("秘密", "秘蜜"):
        location = desk.send(f"氏名,{name}\n山田,x\n").location
        # The part without the frame, whose token differs each time.
        answer = desk.client.get(location, headers={"HX-Request": "true"})
        text = re.sub('value="[^"]*"', "", answer.get_data(as_text=True))
        pages.append(text.replace(name, "*").replace(location, "*"))
    assert "「*」というフィールドはありません。" in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("column, name", [(0, ""), (1, "A"), (26, "Z"), (27, "AA"), (703, "AAA")])
def test_columns_are_called_as_spreadsheets_do(column: int, name: str) -> None:
    assert letters(column) == name
