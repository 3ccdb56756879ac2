"""Creating, changing, deleting and restoring records: what is kept, merged and refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Stale, Unknown
from tsuzuri.services import history, records
from tsuzuri.services.records import Saved
from tsuzuri.storage.records import Listing
from tsuzuri.storage.writing import RecordState
from worlds.town import EVERYTHING, OPEN_TO_ALL, World

PROPERTIES: Mapping[str, Any] = {
    "title": {"kind": "text", "maxLength": 20},
    "body": {"kind": "multiline"},
    "count": {"kind": "number"},
    "number": {"kind": "text", "unique": True},
    "who": {"kind": "users", "initial": "me"},
    "day": {"kind": "date", "initial": "today"},
    "hidden": {"kind": "text"},
    "fixed": {"kind": "text", "readOnly": True},
    "guarded": {"kind": "text"},
    "rows": {
        "kind": "table",
        "items": {
            "properties": {
                "what": {"kind": "text", "title": "what"},
                "cost": {"kind": "number", "title": "cost"},
            }
        },
    },
    "sum": {"kind": "calculated", "expression": "SUM(cost) + count"},
    "double": {"kind": "calculated", "expression": "sum * 2"},
}
RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["user:ito"], "allow": ["view"]},
        {
            "who": ["everyone"],
            "where": 'title not in ("秘密")',
            "allow": ["view", "edit", "delete"],
        },
        {"who": ["user:abe"], "allow": ["view", "edit", "delete"]},
    ],
    "field": [
        {"fields": ["hidden", "guarded"], "who": ["user:abe"], "allow": "edit"},
        {"fields": ["guarded"], "who": ["everyone"], "where": "count > 3", "allow": "edit"},
        {"fields": ["hidden"], "who": ["everyone"], "allow": "none"},
    ],
}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(PROPERTIES, RULES, required=["title"])


def create(world: World, app: App, given: Mapping[str, Any], user: str = "sato") -> int:
    return records.create(world.platform, world.access(user, app), given).id


def change(
    world: World,
    app: App,
    one: int,
    given: Mapping[str, Any],
    *,
    user: str = "sato",
    revision: int | None = None,
) -> Saved:
    mark = world.mark(user, app, one, revision)
    return records.change(world.platform, world.access(user, app), one, given, revision=mark)


def revision_of(world: World, app: App, one: int) -> int:
    """Return how often a record was written, as somebody knows it who knows everything."""
    return read(world, app, one).revision


def read(world: World, app: App, one: int, user: str = "abe") -> RecordState:
    with world.platform.reading(world.access(user, app)) as found:
        return found.get(one)


def problems(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(one.pointer, str(one.message)) for one in refused.value.problems]


def test_a_new_record_has_what_was_sent_and_what_follows(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "count": 1, "rows": [{"cost": 2}, {"cost": 0.5}]})
    state = read(world, app, made)
    assert (state.revision, state.created_by, state.created_agency) == (1, "sato", "DESK")
    assert state.created_at == state.updated_at == "2026-11-21T15:30:00Z"
    assert state.values["who"] == ["sato"]
    assert state.values["day"] == "2026-11-22"
    assert state.values["sum"] == 3.5
    assert state.values["double"] == 7


def test_what_is_sent_empty_stays_empty(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "who": [], "day": None, "body": ""})
    assert not {"who", "day", "body"} & read(world, app, made).values.keys()


def test_every_problem_comes_back_at_once(world: World, app: App) -> None:
    with pytest.raises(Invalid) as refused:
        create(world, app, {"title": "長" * 21, "count": "三", "sum": 3})
    assert {pointer for pointer, _ in problems(refused)} == {"/title", "/count"}
    with pytest.raises(Invalid) as refused:
        create(world, app, {"body": "題がない", "who": ["nobody"]})
    assert {pointer for pointer, _ in problems(refused)} == {"/title", "/who"}


def test_hidden_and_unknown_fields_are_refused_in_the_same_words(world: World, app: App) -> None:
    made = create(world, app, {"title": "件"})
    for code in ("hidden", "nowhere"):
        sentence = [(f"/{code}", f"「{code}」というフィールドはありません。")]
        with pytest.raises(Invalid) as refused:
            create(world, app, {"title": "件", code: "値"})
        assert problems(refused) == sentence
        with pytest.raises(Invalid) as refused:
            change(world, app, made, {code: "値"})
        assert problems(refused) == sentence


@pytest.mark.parametrize("code, wire", [("fixed", "値"), ("sum", 3)])
def test_what_the_program_fills_is_not_written(
    world: World, app: App, code: str, wire: object
) -> None:
    made = create(world, app, {"title": "件"})
    with pytest.raises(Invalid) as refused:
        change(world, app, made, {code: wire}, user="abe")
    assert problems(refused) == [(f"/{code}", "このフィールドは変更できません。")]


def test_a_form_without_the_hidden_field_leaves_it_as_it_was(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "hidden": "秘", "guarded": "秘"}, "abe")
    change(world, app, made, {"title": "新", "body": "全部", "count": 1, "day": None, "rows": []})
    assert read(world, app, made).values["hidden"] == "秘"
    assert read(world, app, made).values["guarded"] == "秘"


def test_a_closed_field_sent_back_as_it_was_shown_is_no_change(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "count": 1, "guarded": "秘"}, "abe")
    change(world, app, made, {"title": "新", "guarded": None})
    assert read(world, app, made).values["guarded"] == "秘"


@pytest.mark.parametrize("guess", ["秘", "違う"])
@pytest.mark.parametrize("revision", [None, 1, 2])
def test_a_guess_at_a_closed_field_is_not_told_right_from_wrong(
    world: World, app: App, guess: str, revision: int | None
) -> None:
    made = create(world, app, {"title": "件", "count": 1, "guarded": "元"}, "abe")
    change(world, app, made, {"guarded": "秘"}, user="abe")
    with pytest.raises(Invalid) as refused:
        change(world, app, made, {"guarded": guess}, revision=revision)
    assert problems(refused) == [("/guarded", "このフィールドは変更できません。")]


def test_a_field_open_on_this_record_is_written(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "count": 5}, "abe")
    change(world, app, made, {"guarded": "値"})
    assert read(world, app, made, "sato").values["guarded"] == "値"


def test_nothing_new_is_no_new_revision(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "rows": [{"what": "本"}]})
    same = read(world, app, made).values["rows"]
    change(world, app, made, {"title": "件", "rows": same})
    assert revision_of(world, app, made) == 1
    assert len(history.changes(world.platform, world.access("abe", app), made)) == 1


def test_edits_of_different_fields_are_merged(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "body": "元"})
    change(world, app, made, {"title": "題", "body": "元"}, revision=1)
    change(world, app, made, {"title": "件", "body": "文"}, user="mori", revision=1)
    assert revision_of(world, app, made) == 3
    values = read(world, app, made).values
    assert (values["title"], values["body"]) == ("題", "文")


def test_edits_of_one_field_clash_and_nothing_is_written(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "body": "元"})
    change(world, app, made, {"title": "題"}, revision=1)
    with pytest.raises(Stale) as refused:
        change(world, app, made, {"title": "名", "body": "文"}, user="mori", revision=1)
    (clash,) = refused.value.clashes
    assert (clash.code, clash.theirs, clash.yours) == ("title", "題", "名")
    mark = world.mark("mori", app, made, 2)
    assert (refused.value.revision, refused.value.by) == (mark, "sato")
    assert read(world, app, made).values["body"] == "元"


def test_the_same_edit_twice_is_no_clash(world: World, app: App) -> None:
    made = create(world, app, {"title": "件"})
    change(world, app, made, {"title": "題"}, revision=1)
    change(world, app, made, {"title": "題"}, user="mori", revision=1)
    assert revision_of(world, app, made) == 2


def test_emptying_what_another_filled_clashes(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "body": "元"})
    change(world, app, made, {"body": None}, revision=1)
    with pytest.raises(Stale) as refused:
        change(world, app, made, {"body": "文"}, user="mori", revision=1)
    assert refused.value.clashes[0].theirs is None


def test_a_revision_from_the_future_is_stale(world: World, app: App) -> None:
    made = create(world, app, {"title": "件"})
    for user in ("sato", "abe"):
        access = world.access(user, app)
        with pytest.raises(Stale):
            records.change(world.platform, access, made, {"title": "題"}, revision=7)


def test_unseen_is_unknown_and_seen_is_denied(world: World, app: App) -> None:
    secret = create(world, app, {"title": "秘密"}, "abe")
    for one in (secret, 12345):
        with pytest.raises(Unknown):
            change(world, app, one, {"title": "題"})
        with pytest.raises(Unknown):
            records.delete(
                world.platform, world.access("sato", app), one, reason="誤り", revision=None
            )
    with pytest.raises(Denied):
        change(world, app, secret, {"title": "題"}, user="ito")


def test_who_may_not_add_creates_nothing(world: World) -> None:
    rules = {"app": [{"who": ["everyone"], "allow": ["view", "edit"]}]}
    app = world.publish(PROPERTIES, rules)
    with pytest.raises(Denied):
        create(world, app, {"title": "件"})
    assert world.seen("abe", app) == []


def test_a_write_out_of_ones_own_reach_is_refused(world: World, app: App) -> None:
    made = create(world, app, {"title": "件"})
    with pytest.raises(Invalid) as refused:
        change(world, app, made, {"title": "秘密"})
    with pytest.raises(Invalid) as also:
        create(world, app, {"title": "秘密"})
    assert problems(refused) == problems(also)
    assert problems(refused)[0][0] == ""
    assert read(world, app, made).values["title"] == "件"


def test_who_only_adds_sends_records_away(world: World) -> None:
    rules = {
        "app": [
            {"who": ["user:abe"], "allow": [*EVERYTHING]},
            {"who": ["everyone"], "allow": ["add"]},
        ]
    }
    app = world.publish(PROPERTIES, rules)
    made = create(world, app, {"title": "届け出"}, "ito")
    assert world.seen("ito", app) == []
    assert world.seen("abe", app) == [made]


def test_a_unique_value_is_taken_until_its_record_is_deleted(world: World, app: App) -> None:
    first = create(world, app, {"title": "件", "number": "1号"}, "abe")
    second = create(world, app, {"title": "件", "number": "2号"}, "abe")
    for write in (
        lambda: create(world, app, {"title": "件", "number": "1号"}, "abe"),
        lambda: change(world, app, second, {"number": "1号"}, user="abe"),
    ):
        with pytest.raises(Invalid) as refused:
            write()
        assert [pointer for pointer, _ in problems(refused)] == ["/number"]
    sato = world.access("sato", app)
    records.delete(world.platform, sato, first, reason="誤り", revision=None)
    change(world, app, second, {"number": "1号"}, user="abe")
    with pytest.raises(Invalid) as refused:
        records.restore(world.platform, sato, first)
    assert [pointer for pointer, _ in problems(refused)] == ["/number"]


def test_a_deleted_record_is_gone_and_comes_back_whole(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "body": "文", "hidden": "秘"}, "abe")
    sato = world.access("sato", app)
    with pytest.raises(Invalid):
        records.delete(world.platform, sato, made, reason=" ", revision=None)
    with pytest.raises(Stale):
        records.delete(world.platform, sato, made, reason="誤り", revision=9)
    mark = world.mark("sato", app, made, 1)
    records.delete(world.platform, sato, made, reason="誤り", revision=mark)
    with pytest.raises(Unknown):
        read(world, app, made)
    with world.platform.reading(world.access("abe", app)) as found:
        assert made not in [row[0] for row in found.page(Listing(size=500)).rows]
    records.restore(world.platform, sato, made)
    assert revision_of(world, app, made) == 3
    assert read(world, app, made).values["hidden"] == "秘"


def test_only_who_could_delete_restores(world: World, app: App) -> None:
    made = create(world, app, {"title": "件"})
    records.delete(world.platform, world.access("sato", app), made, reason="誤り", revision=None)
    with pytest.raises(Unknown):
        records.restore(world.platform, world.access("ito", app), made)
    with pytest.raises(Unknown):
        records.restore(world.platform, world.access("sato", app), 12345)


def test_history_tells_each_verb_and_each_difference(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "hidden": "秘"}, "abe")
    change(world, app, made, {"title": "題", "hidden": "密"}, user="abe")
    change(world, app, made, {"hidden": "外"}, user="abe")
    sato = world.access("sato", app)
    records.delete(world.platform, sato, made, reason=" 誤り ", revision=None)
    records.restore(world.platform, sato, made)
    told = history.changes(world.platform, world.access("abe", app), made)
    assert [one.action for one in told] == ["restore", "delete", "change", "change", "create"]
    assert told[1].reason == "誤り"
    differences = {one.code: pair for one, pair in told[3].differences.items()}
    assert differences == {"title": ("件", "題"), "hidden": ("秘", "密")}
    less = history.changes(world.platform, sato, made)
    assert [one.action for one in less] == ["restore", "delete", "change", "create"]
    assert {one.code for entry in less for one in entry.differences} == {"title"}


def test_rows_keep_their_ids_and_strangers_get_their_own(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "rows": [{"what": "本"}, {"what": "紙"}]})
    first, second = read(world, app, made).values["rows"]
    sent = [{**second, "cost": 3}, {"id": "77", "what": "筆"}, {**second, "what": "墨"}]
    change(world, app, made, {"rows": sent})
    kept = read(world, app, made).values["rows"]
    assert kept[0] == {"id": second["id"], "what": "紙", "cost": 3}
    assert [row["what"] for row in kept] == ["紙", "筆", "墨"]
    assert len({row["id"] for row in kept}) == 3
    assert not {first["id"], "77"} & {row["id"] for row in kept}


def test_the_row_ids_of_another_record_are_not_taken_over(world: World, app: App) -> None:
    made = create(world, app, {"title": "件", "rows": [{"what": "本"}]})
    row = read(world, app, made).values["rows"][0]
    other = create(world, app, {"title": "他", "rows": [row]})
    assert read(world, app, other).values["rows"][0]["id"] != row["id"]
    assert read(world, app, made).values["rows"] == [row]


def test_a_new_record_keeps_out_of_fields_that_are_closed_on_it(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "field": [
            {"fields": ["note"], "where": 'kind = "開"', "who": ["everyone"], "allow": "edit"},
            {"fields": ["note"], "who": ["everyone"], "allow": "view"},
        ],
    }
    fields = {"kind": {"kind": "text"}, "note": {"kind": "text", "initial": "はじめ"}}
    app = world.publish(fields, rules)
    access = world.entering("abe", app)
    with pytest.raises(Invalid) as refused:
        records.create(world.platform, access, {"kind": "閉", "note": "書けない"})
    assert [one.pointer for one in refused.value.problems] == ["/note"]
    for given in (
        {"kind": "開", "note": "書ける"},
        {"kind": "閉", "note": "はじめ"},
        {"kind": "閉"},
    ):
        assert records.create(world.platform, access, given).revision == 1
