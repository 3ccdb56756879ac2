"""The town itself: its agencies, people and children."""

import re
from collections import Counter
from datetime import date

import pytest

from tsuzuri.sample import SampleTown, build_town
from tsuzuri.sample.children import belonging
from tsuzuri.sample.days import age, age_text, fiscal_year, grade, short

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def town() -> SampleTown:
    return build_town(today=TODAY)


def test_a_town_repeats_and_another_seed_is_another_town(town: SampleTown) -> None:
    assert build_town(today=TODAY) == town
    other = build_town(today=TODAY, seed=town.seed + 1)
    assert other.children != town.children
    assert other.users == town.users


def test_agencies(town: SampleTown) -> None:
    codes = [agency.code for agency in town.agencies]
    assert len(codes) == len(set(codes)) == 31
    assert {agency.parent for agency in town.agencies} <= {None, *codes}
    assert all(re.fullmatch(r"0771-00-\d{4}", agency.phone) for agency in town.agencies)


def test_users_hold_every_role_in_every_agency(town: SampleTown) -> None:
    users = town.users
    assert 115 <= len(users) <= 130
    assert len({user.code for user in users}) == len({user.name for user in users}) == len(users)
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)?", user.code) for user in users)
    assert len({user.role for user in users}) == 9
    assert {user.agency for user in users} == {agency.code for agency in town.agencies}


def test_groups_name_roles_and_kinds_of_agency(town: SampleTown) -> None:
    groups = {group.code for group in town.groups}
    kinds = {agency.code: f"kind-{agency.kind.lower()}" for agency in town.agencies}
    assert set(kinds.values()) <= groups
    for user in town.users:
        assert kinds[user.agency] in user.groups
        assert set(user.groups) <= groups


@pytest.mark.parametrize(
    "code, agency, role",
    [
        ("admin", "A01", "appadmin"),
        ("hoiku", "B01", "org_writer"),
        ("gakko", "A06", "caseworker"),
    ],
)
def test_the_logins_of_the_guides(town: SampleTown, code: str, agency: str, role: str) -> None:
    found = next(user for user in town.users if user.code == code)
    assert (found.agency, found.role) == (agency, role)


def test_children(town: SampleTown) -> None:
    children = town.children
    assert len(children) == len({child.case_no for child in children}) == 300
    assert 150 <= len(town.households) <= 200
    assert all(re.fullmatch(r"\d{2}-\d{4}", child.case_no) for child in children)
    ages = {age(child.birth, TODAY) for child in children if not child.unborn}
    assert ages <= set(range(18))
    assert len(ages) == 18
    assert 2 <= sum(child.unborn for child in children) <= 6
    assert any(child.name_unknown and not child.unborn for child in children)


def test_names_keep_rare_forms(town: SampleTown) -> None:
    names = "".join(child.name for child in town.children) + "".join(u.name for u in town.users)
    for rare in "髙﨑𠮷濵邊":
        assert rare in names
    assert "\U000e0100" in names


def test_children_go_where_children_of_their_age_go(town: SampleTown) -> None:
    kinds = {agency.code: agency.kind for agency in town.agencies}
    for child in town.children:
        place = belonging(child, TODAY)
        if place is None:
            continue
        stage = grade(child.birth, TODAY)[:1]
        wanted = {"小": {"SCHOOL", "HIGH"}, "中": {"SCHOOL", "HIGH"}, "高": {"HIGH"}}
        assert kinds[place] in wanted.get(stage, {"NURSERY"})


def test_a_large_family_shares_a_household(town: SampleTown) -> None:
    sizes = Counter(child.household for child in town.children)
    assert max(sizes.values()) >= 3
    for child in town.children:
        assert town.households[child.household - 1].number == child.household


@pytest.mark.parametrize(
    "birth, day, expected",
    [
        (date(2018, 4, 1), date(2026, 11, 21), "8歳(小3)"),
        (date(2018, 4, 2), date(2026, 11, 21), "8歳(小2)"),
        (date(2024, 7, 30), date(2026, 11, 21), "2歳3か月"),
        (date(2020, 2, 29), date(2026, 2, 28), "5歳(年長)"),
        (date(2027, 1, 5), date(2026, 11, 21), "出生前"),
    ],
)
def test_ages_as_a_form_shows_them(birth: date, day: date, expected: str) -> None:
    assert age_text(birth, day) == expected


def test_fiscal_year_turns_in_april() -> None:
    assert fiscal_year(date(2026, 3, 31)) == 2025
    assert fiscal_year(date(2026, 4, 1)) == 2026
    assert short(date(2026, 11, 21)) == "11月21日(土)"
