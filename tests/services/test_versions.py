"""Definitions as versions: drafts change nothing, publishing loses nothing, rules hold at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tsuzuri.access.gate import admit
from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, Unknown
from tsuzuri.services import definitions, records
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import Listing
from worlds.town import OPEN_TO_ALL, World, document_of

TEXT = {"kind": "text"}


def test_a_draft_changes_nothing_until_it_is_published(world: World) -> None:
    app = world.publish({"a": TEXT})
    draft = document_of({"a": TEXT, "b": TEXT}, OPEN_TO_ALL, code=app.code)
    version = definitions.save_draft(world.platform, draft, by="abe")
    assert [one.code for one in world.platform.apps[app.code].fields] == ["a"]
    assert [(one.version, one.state) for one in definitions.versions(world.platform, app.code)] == [
        (version, "draft"),
        (app.version, "published"),
    ]
    definitions.publish_version(world.platform, app.code, version, by="abe")
    assert [one.code for one in world.platform.apps[app.code].fields] == ["a", "b"]


def test_a_second_draft_takes_the_place_of_the_first(world: World) -> None:
    app = world.publish({"a": TEXT})
    for code in ("b", "c"):
        draft = document_of({"a": TEXT, code: TEXT}, OPEN_TO_ALL, code=app.code)
        definitions.save_draft(world.platform, draft, by="abe")
    states = [one.state for one in definitions.versions(world.platform, app.code)]
    assert states == ["draft", "published"]


def test_a_draft_may_be_wrong_and_cannot_be_published_then(world: World) -> None:
    code = world.code()
    version = definitions.save_draft(world.platform, {"app": code, "record": 7}, by="abe")
    assert code not in world.platform.apps
    with pytest.raises(Invalid):
        definitions.publish_version(world.platform, code, version, by="abe")


@pytest.mark.parametrize("document", [None, 3, {}, {"app": 7}, {"app": "../x"}, {"app": "A"}])
def test_a_draft_without_the_code_of_its_app_is_refused(world: World, document: object) -> None:
    with pytest.raises(Invalid):
        definitions.save_draft(world.platform, document, by="abe")


def test_versions_of_no_app_are_unknown(world: World) -> None:
    with pytest.raises(Unknown):
        definitions.versions(world.platform, "nobody-made-this")
    with pytest.raises(Unknown):
        definitions.document_of(world.platform, "nobody-made-this", 1)


def test_a_removed_field_finds_its_values_when_it_returns(world: World) -> None:
    app = world.publish({"a": TEXT, "b": TEXT})
    saved = records.create(world.platform, world.entering("abe", app), {"a": "残る", "b": "戻る"})
    without = document_of({"a": TEXT}, OPEN_TO_ALL, code=app.code)
    definitions.publish(world.platform, without, by="abe")
    with world.platform.reading(world.entering("abe", app)) as reading:
        assert reading.get(saved.id).values == {"a": "残る"}
    definitions.publish_version(world.platform, app.code, app.version, by="abe")
    with world.platform.reading(world.entering("abe", app)) as reading:
        assert reading.get(saved.id).values == {"a": "残る", "b": "戻る"}


def test_a_field_that_returns_as_another_kind_starts_empty(world: World) -> None:
    app = world.publish({"a": TEXT})
    saved = records.create(world.platform, world.entering("abe", app), {"a": "文字"})
    number = document_of({"a": {"kind": "number"}}, OPEN_TO_ALL, code=app.code)
    definitions.publish(world.platform, number, by="abe")
    with world.platform.reading(world.entering("abe", app)) as reading:
        assert reading.get(saved.id).values == {}
    definitions.publish_version(world.platform, app.code, app.version, by="abe")
    with world.platform.reading(world.entering("abe", app)) as reading:
        assert reading.get(saved.id).values == {"a": "文字"}


def test_new_rules_hold_for_old_records_even_before_readers_are_rewritten(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "record": [{"who": ["field:scope"], "allow": ["view"]}],
    }
    scope = {"kind": "agencies"}
    app = world.publish({"scope": scope}, rules)
    record = world.put(app, {"scope": ["NURSERY", "CARE"]})[0]
    assert world.seen("takahashi", app) == [record]
    stricter = {**OPEN_TO_ALL, "record": [{"who": ["agency:CARE"], "allow": ["view"]}]}
    after = definitions.publish(
        world.platform, document_of({"scope": scope}, stricter, code=app.code), by="abe"
    )
    # As a stop between publishing and rewriting would leave it.
    unlisted = replace(after, listed=False)
    for one in (unlisted, after):
        assert _seen(world.platform, world, "takahashi", one) == []
        assert _seen(world.platform, world, "mori", one) == [record]


def _seen(platform: Platform, world: World, user: str, app: App) -> list[int]:
    with platform.reading(admit(world.actor(user), app, world.clock.now)) as reading:
        return [row[0] for row in reading.page(Listing(size=10)).rows]
