"""The children of the sample town: some 170 households with 300 children, each with a story."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random

from .arcs import ARCS
from .bank import phrases
from .days import age, fiscal_year, school_age
from .model import SampleChild, SampleHousehold, SamplePerson
from .people import users_of

CHILDREN = 300
WINDOW_DAYS = 730
"""The records of the town reach back two years."""

EXPECTED = 4
UNNAMED = (57, 191)


_FAMILIES = (
    (36, ("母",)),
    (35, ("母", "父")),
    (8, ("母", "継父")),
    (6, ("母", "母の交際相手")),
    (5, ("父",)),
    (6, ("母", "祖母")),
    (2, ("父", "祖母")),
    (2, ("祖母",)),
)
_SIZES = (1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4)
_PHASE_DAYS = {"n": (20, 55), "e": (60, 210), "w": (50, 160), "s": (110, 270)}


class _Builder:
    """Carries what must not repeat while the town is being peopled."""

    def __init__(self, seed: int, today: date) -> None:
        self.draw = Random(  # noqa: S311 (a made-up town needs the same numbers, not secret ones)
            f"tsuzuri: children {seed}"
        )
        self.today = today
        self.names = json.loads(phrases("names.json"))
        self.surnames: list[str] = []
        self.numbers: set[str] = set()
        self.households: list[SampleHousehold] = []
        self.children: list[SampleChild] = []

    def build(self) -> tuple[tuple[SampleHousehold, ...], tuple[SampleChild, ...]]:
        """Add households until the children are all there."""
        while len(self.children) < CHILDREN:
            self._household()
        return tuple(self.households), tuple(self.children)

    def _surname(self) -> tuple[str, str, str]:
        number = len(self.households)
        if number % 41 == 17 and number < 4 * 41:
            surname, kana, nationality = self.names["foreign"][number // 41].split(" ", 2)
            return surname, kana, nationality
        if not self.surnames:
            self.surnames = list(self.names["surnames"])
            self.draw.shuffle(self.surnames)
        surname, kana = self.surnames.pop().split(" ")
        return surname, kana, ""

    def _births(self) -> list[date]:
        draw = self.draw
        size = min(draw.choice(_SIZES), CHILDREN - len(self.children))
        days = draw.randint(20, 17 * 365 + 200)
        found = []
        for _ in range(size):
            found.append(self.today - timedelta(days=days))
            days -= draw.randint(400, 1500)
            if days < 20:
                break
        return found

    def _household(self) -> None:
        draw = self.draw
        number = len(self.households)
        surname, kana, nationality = self._surname()
        births = self._births()
        unborn = number % 43 == 11 and number // 43 < EXPECTED
        if unborn:
            births = [birth for birth in births[:2] if age(birth, self.today) >= 1]
            births.append(self.today + timedelta(days=draw.randint(20, 160)))
        arc = self._arc(births[0])
        roles = draw.choices([who for _, who in _FAMILIES], [w for w, _ in _FAMILIES])[0]
        if arc == "dv":
            roles = draw.choice((("母", "父"), ("母", "継父"), ("母", "母の交際相手"), ("母",)))
        if births[0] > self.today - timedelta(days=730):
            roles = roles if roles[0] == "母" else ("母", "父")
        town = draw.choice(self.names["towns"])
        received = self._received(births[0])
        self.households.append(
            SampleHousehold(
                number=number + 1,
                surname=surname,
                kana=kana,
                town=town,
                street=f"{draw.randint(1, 48)}-{draw.randint(1, 30)}",
                building=draw.choice(self.names["buildings"]),
                postal=f"601-{2300 + sum(map(ord, town)) % 90:04d}",
                phone=f"0771-00-{draw.randint(2000, 9999)}",
                adults=tuple(self._adult(rel, (surname, kana), births[0]) for rel in roles),
                arc=arc,
                nationality=nationality,
                secret=arc == "dv" and draw.random() < 0.45,
                moved_in=self._moved_in(arc, received),
            )
        )
        for place, birth in enumerate(births):
            if place and (received < birth or draw.random() < 0.15):
                received = max(self._received(birth), received)
            self._child(birth, received)

    def _moved_in(self, arc: str, received: date) -> date | None:
        """A family that moves becomes known soon after; others came long before, or never."""
        if arc == "moving":
            return received - timedelta(days=self.draw.randint(15, 120))
        if self.draw.random() < 0.2:
            return received - timedelta(days=self.draw.randint(200, 1500))
        return None

    def _adult(self, rel: str, family: tuple[str, str], eldest: date) -> SamplePerson:
        draw, names = self.draw, self.names
        surname, kana = family
        pool = "grands" if rel == "祖母" else "mothers" if rel == "母" else "fathers"
        choices = names[pool][:5] if rel == "祖母" else names[pool]
        given, given_kana = draw.choice(choices).split()
        if rel == "母の交際相手":
            surname, kana = draw.choice(names["surnames"]).split(" ")
        older = draw.randint(46, 60) if rel == "祖母" else draw.randint(19, 37)
        birth = eldest - timedelta(days=older * 365 + draw.randint(0, 364))
        job = draw.choice(names["jobs_mother" if rel in ("母", "祖母") else "jobs_father"])
        if rel == "祖母":
            job = draw.choice(("無職(年金)", "パート", "無職"))
        return SamplePerson(
            rel, f"{surname} {given}", f"{kana} {given_kana}", birth, job, "同居",
            custody=rel in ("母", "父"),
        )  # fmt: skip

    def _arc(self, birth: date) -> str:
        """A story that suits the age which the child has in the middle of the two years."""
        years = max(age(birth, self.today - timedelta(days=WINDOW_DAYS // 2)), 0)
        fitting = [(name, arc.weight) for name, arc in ARCS.items() if arc.low <= years <= arc.high]
        return self.draw.choices([n for n, _ in fitting], [w for _, w in fitting])[0]

    def _child(self, birth: date, received: date) -> None:
        unborn = birth > self.today
        draw, household = self.draw, self.households[-1]
        number = len(self.children)
        sex = draw.choice("男女")
        given, kana = draw.choice(self.names["boys" if sex == "男" else "girls"]).split()
        arc = self._own_arc(birth, household.arc, unborn=unborn)
        closed = self._closed(received, number)
        phases = self._phases(received)
        facts = ARCS[arc]
        severity = draw.choice(facts.severity)
        abuse = draw.choice(facts.abuse)
        if abuse == "虐待なし" and severity in ("軽度", "中度"):
            severity = "虐待の危惧あり"
        elif abuse != "虐待なし" and severity == "該当なし":
            severity = "軽度"
        unnamed = unborn or number in UNNAMED
        self.children.append(
            SampleChild(
                number=number,
                household=household.number,
                case_no=self._case_no(received),
                name="" if unnamed else f"{household.surname} {given}",
                kana="" if unnamed else f"{household.kana} {kana}",
                sex="不明" if unborn else sex,
                birth=birth,
                unborn=unborn,
                name_unknown=unnamed,
                arc=arc,
                received=received,
                closed=closed,
                status=self._status(received, closed, phases, arc),
                case_class=self._case_class(severity, received, unborn=unborn),
                consult_type=draw.choice(facts.consult),
                abuse_type=(abuse,) if draw.random() < 0.85 else self._two(abuse),
                severity=severity,
                route=self._route(birth, received, facts.routes),
                worker=self._worker(birth),
                supervisor=draw.choice(self._staff("A01", "supervisor")),
                nursery=draw.choices(
                    ("B01", "B02", "B03", "B04", None), (34, 20, 20, 14, 12)
                )[0],
                school=draw.choice(("B05", "B05", "B06")),
                special=arc == "growth" and draw.random() < 0.3,
                traits=self._traits(arc, birth),
                phases=phases,
                taste=draw.randrange(1 << 30),
            )
        )  # fmt: skip

    def _own_arc(self, birth: date, of_family: str, *, unborn: bool) -> str:
        if unborn:
            return "pregnancy"
        if 30 < (self.today - birth).days < 500 and self.draw.random() < 0.4:
            return "pregnancy"
        years = max(age(birth, self.today - timedelta(days=WINDOW_DAYS // 2)), 0)
        if ARCS[of_family].low <= years <= ARCS[of_family].high and of_family != "baby":
            return of_family
        return self._arc(birth)

    def _received(self, birth: date) -> date:
        """When a child becomes known: two in five of them within the two years."""
        draw = self.draw
        back = draw.randint(5, 640) if draw.random() < 0.4 else draw.randint(700, 1700)
        alive = (self.today - birth).days
        if alive < 0:
            return self.today - timedelta(days=draw.randint(30, 110))
        back = alive + draw.randint(20, 120) if alive < 500 else min(back, alive - 100)
        return self.today - timedelta(days=back)

    def _closed(self, received: date, number: int) -> date | None:
        long_known = (self.today - received).days > 400
        if number % 13 == 5 and long_known:
            return self.today - timedelta(days=self.draw.randint(20, 240))
        return None

    def _phases(self, received: date) -> tuple[tuple[int, str], ...]:
        """Notice, engage, waver, settle; and now and then it wavers once more."""
        draw = self.draw
        ordinal, found, phase = received.toordinal(), [], "n"
        while ordinal <= self.today.toordinal():
            found.append((ordinal, phase))
            ordinal += draw.randint(*_PHASE_DAYS[phase])
            if phase == "e":
                phase = "w" if draw.random() < 0.6 else "s"
            elif phase == "s":
                phase = "w" if draw.random() < 0.65 else "s"
            else:
                phase = {"n": "e", "w": "s"}[phase]
        return tuple(found)

    def _status(
        self, received: date, closed: date | None, phases: tuple[tuple[int, str], ...], arc: str
    ) -> str:
        known = (self.today - received).days
        if closed:
            return "移管" if arc == "moving" or self.draw.random() < 0.25 else "終結"
        if known < 45:
            return "受付" if known < 8 else "調査中"
        return "見守り" if phases[-1][1] == "s" else "支援中"

    def _case_class(self, severity: str, received: date, *, unborn: bool) -> str:
        if unborn:
            return "特定妊婦"
        if (self.today - received).days < 45:
            return "調査中"
        if severity in ("最重度", "重度", "中度"):
            return "要保護児童"
        if severity == "該当なし" and self.draw.random() < 0.5:
            return "見守り(未登録)"
        return "要支援児童"

    def _two(self, abuse: str) -> tuple[str, ...]:
        if abuse in ("虐待なし", "虐待の疑い(種別未定)", "心理的虐待(その他)"):
            return (abuse,)
        return (abuse, "心理的虐待(その他)")

    def _route(self, birth: date, received: date, routes: tuple[str, ...]) -> str:
        """A nursery reports toddlers, a junior high school does not."""
        years = school_age(birth, received)
        wrong = {
            "小学校": not 6 <= years <= 11,
            "中学校": not 12 <= years <= 14,
            "高等学校等": years < 15,
            "教育委員会": years < 6,
            "児童本人": years < 9,
            "保育所": not 0 <= years <= 5,
            "認定こども園": not 0 <= years <= 5,
            "幼稚園": not 3 <= years <= 5,
            "母子保健(保健センター)": years > 4,
        }
        fitting = [route for route in routes if not wrong.get(route, False)]
        return self.draw.choice(fitting or ("民生委員・児童委員", "近隣・知人", "家族・親戚"))

    def _staff(self, agency: str, *roles: str) -> list[str]:
        return [user.code for user in users_of(agency) if user.role in roles]

    def _worker(self, birth: date) -> str:
        young = age(birth, self.today) < 2
        agency = "A02" if young and self.draw.random() < 0.5 else "A01"
        return self.draw.choice(self._staff(agency, "caseworker"))

    def _traits(self, arc: str, birth: date) -> tuple[str, ...]:
        draw, years = self.draw, age(birth, self.today)
        odds = {
            "club": 0.45 if 6 <= years <= 12 else 0,
            "place": 0.4 if years >= 6 and arc in ("poverty", "carer", "absence", "neglect") else 0,
            "dis": 0.6 if arc == "growth" else 0.15 if arc in ("mother", "carer") else 0.06,
            "welfare": 0.7 if arc == "poverty" else 0.12,
            "centre": 0.4 if arc == "absence" and years >= 9 else 0,
        }
        return tuple(name for name, chance in odds.items() if draw.random() < chance)

    def _case_no(self, received: date) -> str:
        year = fiscal_year(received) - 2018
        while True:
            found = f"{year:02d}-{self.draw.randint(101, 9899):04d}"
            if found not in self.numbers:
                self.numbers.add(found)
                return found


def people_the_town(
    seed: int, today: date
) -> tuple[tuple[SampleHousehold, ...], tuple[SampleChild, ...]]:
    """The households and children of a town, the same for the same seed and day."""
    return _Builder(seed, today).build()


def belonging(child: SampleChild, day: date) -> str | None:
    """The nursery or school that a child goes to on that day, if any."""
    if day < child.birth:
        return None
    years = school_age(child.birth, day)
    if years <= 5:
        from_age = 3 if child.nursery == "B04" else 1
        return child.nursery if years >= from_age else None
    if child.special and years <= 17:
        return "B09"
    schools = ((11, child.school), (14, "B07"), (17, "B08"))
    return next((school for last, school in schools if years <= last), None)


def phase(child: SampleChild, day: date) -> str:
    """Where the child's story stands on that day."""
    found, ordinal = "n", day.toordinal()
    for start, name in child.phases:
        if start > ordinal:
            break
        found = name
    return found
