"""What the rules of the apps that ship come to, for one person of each sort."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from tsuzuri import resources
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.definitions.load import load
from tsuzuri.definitions.model import ACTIONS, App
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.bound import ALWAYS, NEVER
from tsuzuri.query.parse import parse

NOW = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
CODES = sorted(path.stem for path in resources.APPS.glob("*.json"))


def _person(user: str, agency: str, *groups: str) -> Actor:
    above = frozenset({agency})
    return Actor(user=user, agencies=(agency,), above=above, groups=frozenset(groups))


COORDINATOR = _person("o1", "A01", "kind-coord", "coordinators")
CASEWORKER = _person("c1", "A01", "kind-coord", "caseworkers")
FORM_ADMIN = _person("a1", "A01", "kind-coord", "form-admins")
HEALTH_WORKER = _person("c2", "A02", "kind-mch", "caseworkers")
GUIDANCE_CENTRE = _person("w1", "C01", "kind-jiso", "writers")
NURSERY = _person("w2", "B01", "kind-nursery", "writers")
VOLUNTEER = _person("m1", "F01", "kind-cwc", "commenters")
SYSTEM_ADMIN = _person("y1", "A08", "kind-admin", "system-admins")
AUDITOR = _person("u1", "A08", "kind-admin", "auditors")
STRANGER = Actor(user="x")


@cache
def _app(code: str) -> App:
    return load((resources.APPS / f"{code}.json").read_bytes())


def _access(who: Actor, code: str) -> Access:
    return admit(who, _app(code), NOW)


def _may(who: Actor, code: str) -> set[str]:
    access = _access(who, code)
    return {action for action in ACTIONS if access.may(action)}


def _seen(who: Actor, code: str) -> set[str]:
    return {field.code for field in _access(who, code).app.fields}


@pytest.mark.parametrize("code", CODES)
def test_the_conditions_and_sorts_of_views_bind_for_those_who_see_everything(code: str) -> None:
    access = _access(COORDINATOR, code)
    for view in access.app.views:
        assert bind_text(access.app, view.where, access.asker) != NEVER
        query = parse(f"order by {view.sort}")
        assert len(bind_order(access.app, query.order)) == len(query.order)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("who", [SYSTEM_ADMIN, AUDITOR], ids=["system admin", "auditor"])
def test_who_runs_or_audits_the_system_reads_no_case(who: Actor, code: str) -> None:
    assert _may(who, code) == set()


@pytest.mark.parametrize("code", CODES)
def test_the_coordinating_section_sees_every_record_without_a_question(code: str) -> None:
    access = _access(CASEWORKER, code)
    assert access.rows["view"] == ALWAYS
    assert access.visible.everything


@pytest.mark.parametrize("code", CODES)
def test_only_form_administrators_change_apps_and_only_coordinators_delete(code: str) -> None:
    assert _may(FORM_ADMIN, code) == set(ACTIONS)
    assert _may(COORDINATOR, code) == set(ACTIONS) - {"manage"}
    assert _may(CASEWORKER, code) == set(ACTIONS) - {"manage", "delete", "import"}


def test_a_nursery_meets_the_apps_that_concern_it_and_no_other() -> None:
    met = {code: _may(NURSERY, code) for code in CODES}
    assert {code: may for code, may in met.items() if may} == {
        "attendance": {"view", "add", "edit", "comment", "print"},
        "case-record": {"view", "comment", "print"},
        "info-request": {"view", "edit", "comment", "print"},
        "meeting-minutes": {"view", "comment", "print"},
        "pilot-survey": {"view", "add", "edit"},
        "place-visit": {"view", "comment", "print"},
        "support-plan": {"view", "comment", "print"},
        "visit-log": {"view", "add", "edit", "comment", "print"},
    }


def test_a_nursery_sees_of_other_agencies_records_only_what_is_shared() -> None:
    for code in ("case-record", "visit-log", "attendance", "info-request", "support-plan"):
        assert _access(NURSERY, code).rows["view"] not in {ALWAYS, NEVER}


def test_a_nursery_does_not_know_the_inner_fields_of_a_case() -> None:
    hidden = {"severity", "route", "address", "phones", "life_history", "case_team", "rel_assess"}
    assert hidden & _seen(NURSERY, "case-record") == set()
    assert {"child_name", "status", "caution", "class_teacher"} <= _seen(NURSERY, "case-record")


def test_a_nursery_may_photograph_for_its_own_record() -> None:
    assert _access(NURSERY, "visit-log").writable["photos"] not in {ALWAYS, NEVER}
    assert "risk_change" not in _seen(NURSERY, "visit-log")


def test_volunteers_read_and_comment_on_what_is_shared_and_write_nothing() -> None:
    for code in CODES:
        assert _may(VOLUNTEER, code) <= {"view", "comment"}
    assert _may(VOLUNTEER, "visit-log") == {"view", "comment"}
    assert _may(VOLUNTEER, "intake") == set()


def test_a_secret_address_is_masked_for_the_partners_and_open_to_the_coordinating_section() -> None:
    assert _guard(COORDINATOR, "case-record", "address") is None
    visible, masked = _guard(HEALTH_WORKER, "case-record", "address") or (ALWAYS, ALWAYS)
    assert ALWAYS not in {visible, masked}
    assert NEVER not in {visible, masked}


def _guard(who: Actor, app: str, code: str) -> tuple[object, object] | None:
    guard = _access(who, app).app.field(code).guard
    return None if guard is None else (guard.visible, guard.masked)


def test_the_caller_of_an_intake_is_masked_but_for_who_took_the_call() -> None:
    for who in (COORDINATOR, CASEWORKER):
        visible, masked = _guard(who, "intake", "notifier_name") or (ALWAYS, NEVER)
        assert visible not in {ALWAYS, NEVER}
        assert masked not in {ALWAYS, NEVER}
    _, masked = _guard(GUIDANCE_CENTRE, "intake", "notifier_name") or (ALWAYS, ALWAYS)
    assert masked == NEVER
    _, masked = _guard(FORM_ADMIN, "intake", "notifier_name") or (ALWAYS, ALWAYS)
    assert masked == NEVER


def test_the_agency_asked_writes_its_answer_and_cannot_change_the_question() -> None:
    access = _access(NURSERY, "info-request")
    assert access.writable["answer"] == ALWAYS
    assert access.writable["items_text"] not in {ALWAYS, NEVER}
    assert not access.may("add")


def test_somebody_without_an_agency_sees_no_record_of_others() -> None:
    seen = {code for code in CODES if _access(STRANGER, code).rows["view"] != NEVER}
    assert seen == {"pilot-survey"}
    assert _access(STRANGER, "pilot-survey").rows["view"] != ALWAYS
