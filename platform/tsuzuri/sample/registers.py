"""The two registers: one record per household (世帯台帳), one per child (児童記録票)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from .bank import BIT, Reader
from .children import belonging
from .days import office_day_after, school_age
from .model import JSON, SampleChild, SampleHousehold, SampleRecord, Values
from .world import Now, World

KINDS_OF_PLACE: Mapping[str, str] = {
    "B01": "保育所",
    "B02": "保育所",
    "B03": "認定こども園",
    "B04": "幼稚園",
    "B05": "小学校",
    "B06": "小学校",
    "B07": "中学校",
    "B08": "高等学校等",
    "B09": "特別支援学校",
}
LEADS: Mapping[str, str] = {
    "absence": "学校",
    "carer": "教育委員会",
    "baby": "母子保健担当",
    "pregnancy": "母子保健担当",
    "growth": "保育所等",
    "poverty": "福祉事務所",
}
_SERVICES = {"club": "放課後児童クラブ", "place": "学習支援・居場所", "centre": "フリースクール"}
_SIBLINGS = {("男", True): "兄", ("女", True): "姉", ("男", False): "弟", ("女", False): "妹"}


def address(household: SampleHousehold) -> dict[str, JSON]:
    """Where the household lives, in the parts of an address field."""
    parts: dict[str, JSON] = {
        "city": "つづり市",
        "town": household.town,
        "street": household.street,
    }
    if household.building:
        parts["building"] = household.building
    return parts


class Registers:
    """Makes the records of the registers, as they stand today."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._reader = reader
        self._today = world.town.today

    def household(self, household: SampleHousehold, at: datetime) -> SampleRecord:
        """The household's own record."""
        children = self._world.siblings[household.number]
        members: list[JSON] = []
        for person in household.adults:
            row: dict[str, JSON] = {"person": person.name, "kana": person.kana, "rel": person.rel,
                                    "birth": person.birth.isoformat()}  # fmt: skip
            if household.moved_in and household.moved_in <= at.date():
                row["moved_in"] = household.moved_in.isoformat()
            members.append(row)
        for place, child in enumerate(children):
            if not child.unborn:
                rel = _SIBLINGS.get((child.sex, False), "その他") if place else "本人"
                row = {"rel": rel, "birth": child.birth.isoformat()}
                if child.name:
                    row |= {"person": child.name, "kana": child.kana}
                members.append(row)
        values: Values = {
            "household_no": f"S-{household.number * 7919 % 9000 + 1000}",
            "head_name": f"{household.adults[0].name} 世帯",
            "address": address(household),
            "members": members,
            "sibling_share": not household.secret,
        }
        slots = {"G": household.adults[0].rel, "J": household.adults[0].job.split("(")[0]}
        if self._world.draw() < 0.7 or household.secret:
            flags = BIT["os"] if len(children) > 1 else 0
            memo = self._reader.say("hh.dv" if household.secret else "hh.memo", flags, slots=slots)
            values["memo"] = memo
        return SampleRecord("household", self._clerk(children[0]), at, values)

    def _clerk(self, child: SampleChild) -> str:
        """The worker keeps the register where it is a worker of the coordinating section."""
        worker = self._world.users[child.worker]
        return child.worker if worker.agency == "A01" else self._world.pick(
            self._world.writers["A01"]
        )  # fmt: skip

    def child(self, now: Now, at: datetime) -> SampleRecord:
        """The child's record: what the whole case hangs on."""
        child, household = now.child, now.household
        values: Values = {
            "case_no": child.case_no,
            "case_class": child.case_class,
            "status": child.status,
            "sex": child.sex,
        }
        self._identity(values, child, household)
        self._home(values, now)
        self._place(values, now)
        self._problem(values, now)
        self._support(values, now)
        return SampleRecord("case-record", self._clerk(child), at, values)

    def _identity(self, values: Values, child: SampleChild, household: SampleHousehold) -> None:
        if child.name:
            values["child_name"], values["child_kana"] = child.name, child.kana
        else:
            values["name_unknown"] = True
            parent = household.adults[0].name
            values["alias"] = f"{parent}さんのお子さん" + (
                "(出生前)" if child.unborn else "(名前は確認中)"
            )
        if child.unborn:
            values["due_date"] = child.birth.isoformat()
        else:
            values["birth_date"] = child.birth.isoformat()
        if household.nationality:
            values["nationality"] = household.nationality

    def _home(self, values: Values, now: Now) -> None:
        child, household = now.child, now.household
        values["address_secret"] = "あり" if household.secret else "なし"
        values["postal"] = f"{household.postal}"
        values["address"] = address(household)
        moved = household.moved_in
        if moved:
            values["resident_since"] = moved.isoformat()
            values["previous_city"] = ("桐生野市", "白糸市", "花背町", "湖北野市")[child.taste % 4]
        guardian = household.adults[0]
        phone: dict[str, JSON] = {"who": guardian.rel, "tel": household.phone}
        note = ("平日は17時以降", "日中可", "留守番電話に残してよい", "")[child.taste % 4]
        if household.secret:
            note = "本人の携帯のみ。非通知でかけない"
        if note:
            phone["note"] = note
        values["phones"] = [phone]
        values["family"] = self._family(child, household)
        custody = [adult.rel for adult in household.adults if adult.custody]
        values["custodian"] = "・".join(custody) or "母(別居)"
        if child.taste % 3 == 0:
            values["key_person"] = "母方祖母" if child.taste % 2 else household.adults[-1].rel

    def _family(self, child: SampleChild, household: SampleHousehold) -> list[JSON]:
        rows: list[JSON] = []
        for adult in household.adults:
            row: dict[str, JSON] = {
                "rel": adult.rel, "fname": adult.name, "fkana": adult.kana,
                "fbirth": adult.birth.isoformat(), "job": adult.job, "living": adult.living,
                "custody": adult.custody,
            }  # fmt: skip
            rows.append(row)
        for other in self._world.siblings[child.household]:
            if other.number == child.number or other.unborn or not other.name:
                continue
            place = belonging(other, self._today)
            rows.append({
                "rel": _SIBLINGS[other.sex, other.birth < child.birth], "fname": other.name,
                "fkana": other.kana, "fbirth": other.birth.isoformat(), "living": "同居",
                "job": self._world.names[place] if place else "在宅",
            })  # fmt: skip
        return rows

    def _place(self, values: Values, now: Now) -> None:
        child = now.child
        place = now.belonging
        values["belonging_kind"] = KINDS_OF_PLACE[place] if place else "在宅"
        if place:
            values["belonging"] = [place]
            staff = self._world.writers[place]
            teacher = self._world.surname(staff[child.taste % len(staff)])
            values["class_teacher"] = f"{now.slots['K']}・{teacher}"
        services = [name for trait, name in _SERVICES.items() if trait in child.traits]
        if "dis" in child.traits and school_age(child.birth, self._today) >= 6:
            services.append("放課後等デイサービス")
        if now.arc == "baby" and child.taste % 2:
            services.append("養育支援訪問")
        values["other_orgs"] = services or ["なし"]

    def _problem(self, values: Values, now: Now) -> None:
        child, draw = now.child, self._world.draw
        values["consult_type"] = child.consult_type
        values["abuse_type"] = list(child.abuse_type)
        values["severity"] = child.severity
        values["received_on"] = child.received.isoformat()
        values["route"] = child.route
        say = self._say(now)
        # A register tells of the child's own story, also before its birth.
        arc = child.arc
        values["main_problem"] = say(f"reg.{arc}") + say("reg.family")
        texts = {"history_text": ("reg.history", 0.7), "guardian_info": ("reg.guardian", 0.75),
                 "strengths": ("reg.strength", 0.85), "guardian_wish": ("reg.gwish", 0.6),
                 "life_history": ("reg.life", 0.5), "health_info": ("reg.health", 0.5),
                 "caution": ("reg.caution", 0.35)}  # fmt: skip
        for code, (section, odds) in texts.items():
            if draw() < odds and not (child.unborn and code in ("life_history", "health_info")):
                text = say(section)
                if text:
                    values[code] = text
        if now.band not in ("y0", "y1") and draw() < 0.6:
            values["child_wish"] = say("reg.cwish")
        welfare: list[JSON] = ["生活保護"] if "welfare" in child.traits else []
        if now.arc == "poverty" and now.band in ("e1", "e2", "j"):
            welfare.append("就学援助")
        if now.partner is None:
            welfare.append("児童扶養手当")
        values["welfare"] = welfare or ["該当なし"]
        values["notebook"] = (
            ["療育手帳B"] if "dis" in child.traits and child.taste % 3 else ["なし"]
        )

    def _say(self, now: Now) -> Callable[[str], str]:
        slots = {**now.slots, "J": now.household.adults[0].job.split("(")[0]}

        def say(name: str) -> str:
            return self._reader.say(name, now.flags, slots=slots)

        return say

    def _support(self, values: Values, now: Now) -> None:
        child = now.child
        team = list(now.team)
        lead = LEADS.get(now.arc, "こども家庭センター")
        if child.severity == "重度" and child.taste % 2:
            lead = "児童相談所"
        if (lead == "学校" and not now.belonging) or (
            lead == "保育所等" and now.band not in ("y1", "y3")
        ):
            lead = "こども家庭センター"
        values["lead_agency"] = lead
        values["worker"] = [child.worker]
        others = [user for user in self._world.writers["A01"] if user != child.worker]
        values["sub_workers"] = [others[child.taste % len(others)]]
        values["supervisor"] = [child.supervisor]
        if child.worker not in self._world.writers["A01"] and "A02" not in team:
            team.append("A02")
        values["case_team"] = team
        involved = {"重度": "共同", "中度": "助言"}.get(child.severity, "なし")
        values["jiso_involved"] = involved
        if involved == "共同":
            staff = self._world.writers["C01"]
            values["jiso_worker"] = self._world.surname(staff[child.taste % len(staff)])
        if child.closed:
            values["closed_on"] = child.closed.isoformat()
            reason = "転出(移管)" if child.status == "移管" else "リスクの軽減"
            values["close_reason"] = reason
        else:
            ahead = timedelta(days=20 + child.taste % 80)
            values["next_review"] = office_day_after(self._today + ahead, 0).isoformat()


def registered_on(child: SampleChild, *, start: date, today: date) -> date:
    """When a child's record was made: at once, or in the first days for those known before."""
    wanted = max(child.received, start + timedelta(days=child.number % 3))
    return min(office_day_after(wanted, 0), today)
