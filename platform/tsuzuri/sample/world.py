"""What a writer knows about one child at one time: the facts from which a record is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from .bank import BIT
from .children import belonging, phase
from .days import grade, is_vacation, school_age, season
from .model import SampleChild, SampleHousehold, SampleTown, SampleUser

_LIKES = {
    "y0": ("音の出るおもちゃ", "布絵本", "ボール"),
    "y1": ("電車のおもちゃ", "積み木", "ままごと", "シール貼り", "人形のお世話"),
    "y3": (
        "恐竜ごっこ",
        "ブロック",
        "お絵かき",
        "虫さがし",
        "おうちごっこ",
        "泥だんご作り",
        "パズル",
    ),
    "e1": ("恐竜", "なわとび", "折り紙", "サッカー", "お絵かき", "ゲーム", "ダンス", "虫とり"),
    "e2": ("サッカー", "読書", "ゲーム", "イラスト", "ダンス", "将棋", "バスケットボール", "料理"),
    "j": ("音楽", "ゲーム", "イラスト", "アニメ", "バレーボール"),
    "h": ("音楽", "バイク", "料理", "イラスト", "服"),
}
_CLUBS = ("バレーボール部", "吹奏楽部", "美術部", "サッカー部", "卓球部", "陸上部", "家庭科部")
_CLASSES = ("もも組", "さくら組", "ひまわり組", "ほし組", "そら組", "うみ組")
_GUARDIANS = ("母", "父", "祖母")
_PARTNERS = ("父", "継父", "母の交際相手")


def band(birth: date, day: date) -> str:
    """The age band in which phrases are chosen."""
    years = school_age(birth, day)
    if years <= 2:
        return "y0" if (day - birth).days < 365 else "y1"
    if years <= 5:
        return "y3"
    if years <= 11:
        return "e1" if years <= 8 else "e2"
    return "j" if years <= 14 else "h"


def _weight(taste: int, days: int) -> str:
    """A baby's weight in grams: it grows from record to record."""
    grams = 2560 + taste % 680
    for until, gain in ((90, 29), (90, 18), (185, 9)):
        grams += max(0, min(days, until)) * gain
        days -= until
    return f"{grams // 10 * 10:,}"


_READERS = ("supervisor", "org_head", "appadmin")
"""Roles that read and answer, but leave the writing to others."""
_PUPIL = 6
_SMALL = ("y0", "y1")
_SCHOOL_ARCS = ("absence", "carer", "poverty", "neglect")
_NEIGHBOUR_ARCS = ("poverty", "neglect", "carer", "parenting")
_MONTHS = {4: ("apr",), 5: ("apr",)}
_WORDS = {
    "母": ("ママ", "お母さん"),
    "父": ("パパ", "お父さん"),
    "祖母": ("ばあば", "おばあちゃん"),
    "継父": ("お父さん", "お父さん"),
}


def _called(who: str, age_band: str) -> str:
    """What a child of that age calls a grown-up of its household."""
    return _WORDS.get(who, ("おっちゃん", "おっちゃん"))[age_band not in ("y0", "y1", "y3")]


@dataclass(frozen=True, slots=True)
class When:
    """The day on which a record is saved, and how far the town has come in sharing by then."""

    day: date
    growth: float


@dataclass(slots=True)
class Now:
    """One child in one month."""

    child: SampleChild
    household: SampleHousehold
    band: str
    belonging: str | None
    phase: str
    arc: str
    flags: int
    slots: dict[str, str]
    guardian: str
    partner: str | None
    team: tuple[str, ...]
    """The agencies that share this case by default."""


class World:
    """The town, looked up quickly, and the chance that everything in one run draws on."""

    def __init__(self, town: SampleTown) -> None:
        self.town = town
        self.random = Random(  # noqa: S311 (sample data needs to repeat, not to be secret)
            f"tsuzuri: records {town.seed} {town.today}"
        )
        self.draw = self.random.random
        self.users: Mapping[str, SampleUser] = {user.code: user for user in town.users}
        self.names = {agency.code: agency.name for agency in town.agencies}
        self.kinds = {agency.code: agency.kind for agency in town.agencies}
        self.staff: dict[str, tuple[str, ...]] = {}
        self.writers: dict[str, tuple[str, ...]] = {}
        for agency in town.agencies:
            people = [user for user in town.users if user.agency == agency.code]
            self.staff[agency.code] = tuple(user.code for user in people)
            writers = [u.code for u in people if u.role not in _READERS]
            self.writers[agency.code] = tuple(writers)
        self.siblings: dict[int, list[SampleChild]] = {}
        for child in town.children:
            self.siblings.setdefault(child.household, []).append(child)

    def pick(self, options: Sequence[str]) -> str:
        """One of these; cheaper than ``Random.choice``, and there are many picks in a record."""
        return options[int(self.draw() * len(options))]

    def surname(self, user: str) -> str:
        """The family name of a login's bearer."""
        return self.users[user].name.split()[0]

    def post(self, user: str) -> str:
        """What the bearer is called at a meeting."""
        bearer = self.users[user]
        kind = self.kinds[bearer.agency]
        head = bearer.role == "org_head"
        posts = {
            "NURSERY": "園長" if head else "保育士",
            "SCHOOL": "校長" if head else "教諭",
            "HIGH": "校長" if head else "教諭",
            "CLUB": "主任指導員" if head else "指導員",
            "MCH": "保健師",
            "HC": "保健師",
            "JISO": "児童福祉司",
            "MED": "医療ソーシャルワーカー",
            "POLICE": "係員",
            "CWC": "委員",
        }
        return "係長" if bearer.role == "supervisor" else posts.get(kind, "担当")

    def author(self, child: SampleChild, agency: str) -> str:
        """Who writes at an agency: mostly the one who looks after the child."""
        writers = self.writers[agency]
        if agency == "A01" and child.worker in writers and self.draw() < 0.6:
            return child.worker
        if self.draw() < 0.6:
            return writers[child.taste % len(writers)]
        return writers[int(self.draw() * self.draw() * len(writers))]

    def now(self, child: SampleChild, day: date) -> Now:
        """Everything about a child that holds for the month of this day."""
        household = self.town.households[child.household - 1]
        place = belonging(child, day)
        unborn = day < child.birth
        age_band = "y0" if unborn else band(child.birth, day)
        arc = child.arc
        if arc == "pregnancy" and not unborn:
            arc = "baby" if (day - child.birth).days < 540 else household.arc
        relations = [adult.rel for adult in household.adults]
        guardian = next((rel for rel in relations if rel in _GUARDIANS), "母")
        partner = next((r for r in relations if r in _PARTNERS and r != guardian), None)
        flags = self._flags(child, household, day, (age_band, guardian, partner or ""))
        slots = self._slots(child, day, age_band, place)
        slots["G"], slots["P"] = guardian, partner or "父"
        slots["M"], slots["D"] = _called(guardian, age_band), _called(slots["P"], age_band)
        return Now(
            child=child,
            household=household,
            band=age_band,
            belonging=place,
            phase=phase(child, day),
            arc="pregnancy" if unborn else arc,
            flags=flags,
            slots=slots,
            guardian=guardian,
            partner=partner,
            team=self._team(child, place, arc, age_band),
        )

    def _flags(
        self, child: SampleChild, household: SampleHousehold, day: date, who: tuple[str, str, str]
    ) -> int:
        age_band, guardian, partner = who
        held = {age_band, season(day), "two" if partner else "one", *_MONTHS.get(day.month, ())}
        held.add("boy" if child.sex == "男" else "girl")
        if guardian in ("母", "父"):
            held.add("mo" if guardian == "母" else "fa")
        near = child.taste % 4 == 0 or any(adult.rel == "祖母" for adult in household.adults)
        if guardian != "祖母" and near:
            held.add("gm")
        siblings = self.siblings[child.household]
        if any(o.birth < child.birth and school_age(o.birth, day) >= _PUPIL for o in siblings):
            held.add("os")
        younger = (other.birth for other in siblings if child.birth < other.birth <= day)
        if any(school_age(birth, day) < _PUPIL for birth in younger):
            held.add("ys")
        held.update({"dis", "club"} & set(child.traits))
        facts = {
            "fo": bool(household.nationality),
            "vac": is_vacation(day),
            "cwc": child.taste % 3 == 0,
            "abs": child.arc == "absence",
        }
        held.update(flag for flag, holds in facts.items() if holds)
        return sum(BIT[flag] for flag in held)

    def _slots(
        self, child: SampleChild, day: date, age_band: str, place: str | None
    ) -> dict[str, str]:
        taste = child.taste
        likes = _LIKES[age_band]
        older = younger = "きょうだい"
        for other in self.siblings[child.household]:
            pupil = school_age(other.birth, day) >= _PUPIL
            if other.birth < child.birth and pupil:
                older = "兄" if other.sex == "男" else "姉"
            elif child.birth < other.birth <= day and not pupil:
                younger = "弟" if other.sex == "男" else "妹"
        nurses = self.writers["A02"]
        name = grade(child.birth, day)
        school_class = f"{name[1:]}年{taste % 3 + 1}組" if name[:1] in "小中高" and name else ""
        return {
            "C": "本児",
            "L": likes[taste % len(likes)],
            "BU": _CLUBS[taste % len(_CLUBS)],
            "OS": older,
            "YS": younger,
            "K": school_class or _CLASSES[school_age(child.birth, day) % 6],
            "WK": self.surname(child.worker),
            "N": self.surname(nurses[taste % len(nurses)]),
            "ORG": self.names[place] if place else "子育て支援センター",
            "SC": "支援員",
            "I": "ぼく" if child.sex == "男" else "わたし",
            "WT": _weight(taste, (day - child.birth).days),
            "S": "所属" if not place else "園" if self.kinds[place] == "NURSERY" else "学校",
        }

    def _team(
        self, child: SampleChild, place: str | None, arc: str, age_band: str
    ) -> tuple[str, ...]:
        """Coordination and the place where the child spends its day, then who the story needs."""
        traits, taste = child.traits, child.taste
        wanted = {
            "A02": age_band in _SMALL or arc in ("baby", "mother", "pregnancy"),
            "A03": "welfare" in traits,
            "A04": "dis" in traits,
            "A05": arc == "dv",
            "A06": age_band in ("e1", "e2", "j") and arc in _SCHOOL_ARCS,
            "A07": "centre" in traits and age_band in ("e2", "j"),
            "B10": "club" in traits and age_band in ("e1", "e2"),
            "C01": arc == "bruise" or child.severity == "重度",
            "E03": "place" in traits and age_band in ("e1", "e2", "j", "h"),
            "E04": "dis" in traits and taste % 2 == 1,
            "F01": arc in _NEIGHBOUR_ARCS and taste % 3 == 0,
        }
        team = ["A01", *([place] if place else [])]
        team += [agency for agency, needed in wanted.items() if needed and agency not in team]
        return tuple(team)
