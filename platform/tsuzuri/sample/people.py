"""The people of the sample town: 31 agencies, their groups, and some 120 logins in nine roles."""

from __future__ import annotations

import json
from functools import cache
from random import Random

from .bank import phrases
from .model import SampleAgency, SampleGroup, SampleUser

_ROLE_GROUPS = {
    "sysadmin": "system-admins|システム管理者|System administrators",
    "appadmin": "form-admins|アプリ管理者|Form administrators",
    "coordinator": "coordinators|調整担当者|Coordinators",
    "caseworker": "caseworkers|ケース担当者|Caseworkers",
    "supervisor": "supervisors|上長(係長・課長)|Supervisors",
    "org_writer": "writers|関係機関の入力者|Writers of the agencies",
    "org_head": "heads|関係機関の長(校長・園長)|Heads of agencies",
    "commenter": "commenters|コメントのみ|Commenters",
    "auditor": "auditors|監査担当|Auditors",
}

_KINDS = {
    "COORD": ("調整機関", "Coordinating section"),
    "JISO": ("児童相談所", "Child guidance centre"),
    "MCH": ("母子保健", "Maternal and child health"),
    "WELF": ("福祉事務所", "Welfare office"),
    "EDU": ("教育委員会", "Board of education"),
    "SCHOOL": ("小中学校", "Elementary and junior high schools"),
    "NURSERY": ("保育所・こども園・幼稚園", "Nurseries and kindergartens"),
    "HIGH": ("高校・特別支援学校", "High and special needs schools"),
    "CLUB": ("放課後児童クラブ", "After-school clubs"),
    "MED": ("医療", "Medical"),
    "HC": ("保健所", "Public health centre"),
    "POLICE": ("警察", "Police"),
    "SHAKYO": ("社会福祉協議会", "Council of social welfare"),
    "NPO": ("民間団体・支援センター", "Non-profit organisations"),
    "CWC": ("民生委員・児童委員", "Welfare volunteers"),
    "LEGAL": ("弁護士", "Lawyers"),
    "ADMIN": ("情報部門", "Information section"),
}

# agency: how many logins of which role (a appadmin, o coordinator, c caseworker, s supervisor,
# w writer, h head, m commenter, y sysadmin, u auditor).
_STAFF = (
    "A01:aaoooocccccccss A02:ccccccs A03:ccccs A04:ccccs A05:cccs A06:cccccss A07:ccs A08:yyuu "
    "B01:hwwwww B02:hwww B03:hwwww B04:hww B05:hwwww B06:hwww B07:hwwww B08:hww B09:hww B10:hww "
    "C01:wwww C02:ww C03:mmm D01:www D02:mm D03:m E01:www E02:ww E03:www E04:ww "
    "F01:mmm F02:mmm G01:m"
)
_ROLE_LETTERS = {
    "a": "appadmin",
    "o": "coordinator",
    "c": "caseworker",
    "s": "supervisor",
    "w": "org_writer",
    "h": "org_head",
    "m": "commenter",
    "y": "sysadmin",
    "u": "auditor",
}

# The three logins that the guides show; they come first in their agency and role.
_SHOWCASE = {
    ("A01", "appadmin"): ("admin", "森 和也", "モリ カズヤ"),
    ("B01", "org_writer"): ("hoiku", "中村 早紀", "ナカムラ サキ"),
    ("A06", "caseworker"): ("gakko", "山﨑 健一", "ヤマサキ ケンイチ"),
}


@cache
def agencies() -> tuple[SampleAgency, ...]:
    """The 31 agencies, in the order of their codes."""
    found = []
    # code | Japanese name | English name | kind | parent, as in the published agency list
    for number, line in enumerate(phrases("agencies.psv").splitlines()):
        code, name, name_en, kind, parent = line.split("|")
        # 0771-00-… is never given out to subscribers.
        phone = f"0771-00-{1100 + number * 37:04d}"
        found.append(SampleAgency(code, name, name_en, kind, parent or None, phone))
    return tuple(found)


@cache
def groups() -> tuple[SampleGroup, ...]:
    """A group for each role, and one for each kind of agency (``kind-coord`` …)."""
    roles = [SampleGroup(*text.split("|")) for text in _ROLE_GROUPS.values()]
    kinds = [SampleGroup(f"kind-{kind.lower()}", *names) for kind, names in _KINDS.items()]
    return (*roles, *kinds)


@cache
def users() -> tuple[SampleUser, ...]:
    """Every login, agency by agency. The same people whatever the seed: guides name them."""
    names = json.loads(phrases("names.json"))
    draw = Random("tsuzuri: people")  # noqa: S311 (the same people every time, no secrets)
    pairs = [(s, g) for s in names["staff_surnames"] for g in names["staff_given"]]
    draw.shuffle(pairs)
    # One bearer of a surname per agency, as far as it goes, reads better in a list of authors.
    kinds = {agency.code: agency.kind for agency in agencies()}
    shown = {f"{n.split()[0]} {n.split()[1]}" for _, n, _ in _SHOWCASE.values()}
    taken: set[str] = {"admin", "hoiku", "gakko"}
    found: list[SampleUser] = []
    for part in _STAFF.split():
        agency, letters = part.split(":")
        local: set[str] = set()
        waiting = {role: who for (place, role), who in _SHOWCASE.items() if place == agency}
        for letter in letters:
            role = _ROLE_LETTERS[letter]
            if role in waiting:
                code, name, kana = waiting.pop(role)
                local.add(name.split()[0])
            else:
                code, name, kana = _next_name(pairs, local, taken, shown)
            role_group = _ROLE_GROUPS[role].split("|")[0]
            member = (role_group, f"kind-{kinds[agency].lower()}")
            found.append(SampleUser(code, name, kana, agency, member, role))
    return tuple(found)


def _next_name(
    pairs: list[tuple[str, str]], local: set[str], taken: set[str], shown: set[str]
) -> tuple[str, str, str]:
    """Take a name off the heap: unused as a login, its surname new to this agency."""
    for place, (surname, given) in enumerate(pairs):
        kanji, kana, roman = surname.split()
        given_kanji, given_kana, given_roman = given.split()
        code = f"{roman}.{given_roman}"
        name = f"{kanji} {given_kanji}"
        if kanji not in local and code not in taken and name not in shown:
            del pairs[place]
            local.add(kanji)
            taken.add(code)
            return code, name, f"{kana} {given_kana}"
    raise LookupError("the list of names is too short")


@cache
def users_of(agency: str) -> tuple[SampleUser, ...]:
    """The logins of one agency."""
    return tuple(user for user in users() if user.agency == agency)
