"""Intake, ledger, assessments and plan: the papers of the coordinating section."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from .days import age, office_day_after, utc, wire
from .desk import Desk
from .model import JSON, SampleRecord, Values
from .registers import KINDS_OF_PLACE, LEADS, address
from .world import Now, When

URGENCY = (
    "AA(直ちに保護を検討)", "A(緊急介入)", "B(早期に介入)", "C(集中的に支援)", "D(継続的に支援)",
)  # fmt: skip

_LEVEL = {
    "重度": ("A(緊急介入)", "B(早期に介入)"),
    "中度": ("B(早期に介入)", "C(集中的に支援)"),
    "軽度": ("C(集中的に支援)", "D(継続的に支援)"),
}
_CALM = ("D(継続的に支援)", "D(継続的に支援)")
_METHODS = ("電話", "電話", "電話", "来所", "訪問時", "文書", "システム")
_FREQUENCIES = ("毎日", "週1回", "隔週", "月1回", "必要時")


def level(now: Now, chance: float) -> str:
    """How urgent the case is held to be."""
    return _LEVEL.get(now.child.severity, _CALM)[chance > 0.4]


class Intake(Desk):
    """The slip on which a report or request for advice is taken down."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """A report about a child, new or known."""
        day, growth = when.day, when.growth
        draw, say, child = self.draw, self.speaker(now), now.child
        minute = self.minute(8 * 60 + 40, 17 * 60)
        received = utc(day, minute)
        listener = self.world.pick(self.world.writers["A01"])
        urgency = level(now, draw())
        values: Values = {
            "received_at": wire(received),
            "listener": [listener],
            "method": self.world.pick(_METHODS),
            "existing": child.case_no,
        }
        if values["method"] == "電話":
            values["live_log"] = self._log(now, minute)
        self._who(values, now, day)
        values |= {
            "complaint": say(f"int.complaint.{now.arc}"),
            "abuse_type": list(child.abuse_type),
            "siblings": "あり" if len(self.world.siblings[child.household]) > 1 else "なし",
            "dv": "あり" if now.arc == "dv" else "不明",
            "child_condition": say("int.condition"),
            "home_condition": say("int.home"),
            "wishes": say("int.wish"),
        }
        if "虐待なし" not in child.abuse_type:
            values["abuser"] = [_abuser(now)]
            values["source_of_info"] = self.world.pick(
                ("実際に見た", "本人から聞いた", "関係者から聞いた", "悲鳴や音を聞いた")
            )
        self._notifier(values, now)
        self._first_steps(values, urgency, listener, (day, minute))
        scope = ["A01", *(["C01"] if urgency[0] in "AB" else [])]
        values["scope"] = scope
        values["importance"] = (
            "緊急" if urgency[0] == "A" else "重要" if urgency[0] == "B" else "通常"
        )
        at = utc(day, min(minute + 25 + int(draw() * 60), 21 * 60))
        return self.saved("intake", listener, at=at, entry=(values, scope, growth))

    def _log(self, now: Now, minute: int) -> list[JSON]:
        rows: list[JSON] = []
        said: set[int] = set()
        middle = ["int.log"] * (2 + int(self.draw() * 4))
        for section in ("int.log.open", *middle, "int.log.close"):
            text = self.reader.say(section, now.flags, slots=now.slots, said=said)
            if text:
                rows.append({"at": f"{minute // 60:02d}:{minute % 60:02d}", "text": text})
                minute += 1 + int(self.draw() * 4)
        return rows

    def _who(self, values: Values, now: Now, day: date) -> None:
        child = now.child
        if child.name:
            values["child_name"], values["child_kana"] = child.name, child.kana
        values["sex"] = child.sex
        if child.birth <= day:
            values["birth_date"] = child.birth.isoformat()
            values["age_guess"] = age(child.birth, day)
        values["child_address"] = address(now.household)
        values["school_status"] = KINDS_OF_PLACE[now.belonging] if now.belonging else "在宅"
        if now.belonging:
            values["school_name"] = f"{self.world.names[now.belonging]} {now.slots['K']}"
        values["guardians"] = [
            {
                "rel": adult.rel, "name": adult.name, "kana": adult.kana,
                "age": age(adult.birth, day), "job": adult.job,
            }
            for adult in now.household.adults
        ]  # fmt: skip

    def _notifier(self, values: Values, now: Now) -> None:
        draw, route = self.draw, now.child.route
        values["notifier_relation"] = route
        if route in ("近隣・知人", "匿名", "家族・親戚") and draw() < 0.7:
            values["anonymous"] = True
        elif draw() < 0.6:
            values["notifier_name"] = f"{route}の担当者" if route != "児童本人" else "本人"
            values["notifier_tel"] = f"0771-00-{1000 + int(draw() * 900)}"
        values["notifier_intent"] = ["調査してほしい"] if draw() < 0.5 else ["相談したい"]
        values["notifier_know"] = "知らない" if draw() < 0.6 else "不明"
        values["notifier_cooperate"] = ["継続して知らせてもらえる", "連絡してよい"]

    def _first_steps(
        self, values: Values, urgency: str, listener: str, when: tuple[date, int]
    ) -> None:
        day, minute = when
        values["urgency"] = urgency
        values["need_immediate"] = "要" if urgency[0] == "A" else "否"
        seen = office_day_after(day, 0 if urgency[0] == "A" else 1)
        if seen <= self.world.town.today - timedelta(days=1):
            values["safety_done_at"] = wire(utc(seen, min(minute + 150, 18 * 60)))
            values["safety_method"] = "目視で確認" if self.draw() < 0.7 else "所属からの報告で確認"
            values["safety_by"] = f"児童福祉担当 {self.world.surname(listener)}"
            values["approval"] = "確認済み"
            values["decision"] = self.world.pick(("調査", "継続監視", "助言・情報提供"))
        else:
            values["approval"] = "確認待ち"
        values["meeting_at"] = wire(utc(day, min(minute + 60, 18 * 60 + 30)))
        values["assignee"] = [listener]


def _abuser(now: Now) -> str:
    if now.arc == "dv" and now.partner:
        return {"父": "実父", "継父": "実父以外の父"}.get(now.partner, "親の交際相手")
    return {"母": "実母", "父": "実父", "祖母": "祖父母"}[now.guardian]


class Ledger(Desk):
    """The ledger with one line per case for the practitioners' meeting."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """One case as the meeting left it."""
        day, growth = when.day, when.growth
        draw, say, child = self.draw, self.speaker(now), now.child
        team = [agency for agency in now.team if agency != "F01"]
        values = self.head(now, day)
        nothing = now.phase == "s"
        values |= {
            "registered_on": child.received.isoformat(),
            "case_class": child.case_class,
            "status": "見守り" if nothing else "支援中",
            "consult_type": child.consult_type,
            "abuse_type": list(child.abuse_type),
            "severity": child.severity,
            "severity_prev": child.severity,
            "urgency": level(now, draw()),
            "lead_agency": LEADS.get(now.arc, "こども家庭センター"),
            "worker": [child.worker],
            "org_list": team,
            "situation": say(f"led.situation.{now.phase}"),
            "problems": say("led.problem"),
            "policy": say("led.policy"),
            "roles": self._roles(now, team, day),
            "review_on": day.isoformat(),
            "review_result": self._result(now),
            "review_note": say("led.review"),
            "next_review": office_day_after(day, 89).isoformat(),
        }
        author = self.world.pick(self.world.writers["A01"])
        at = utc(day, self.minute(13 * 60, 17 * 60))
        return self.saved(
            "progress-ledger", author, at=at, entry=(values, self.core_team(now), growth)
        )

    def _roles(self, now: Now, team: list[str], day: date) -> list[JSON]:
        rows: list[JSON] = []
        until = office_day_after(day, 89).isoformat()
        for place, agency in enumerate(team[:4]):
            often = _FREQUENCIES[0] if agency == now.belonging else _FREQUENCIES[1 + place]
            role = self.role_of(agency, now)
            rows.append({"org": [agency], "role": role, "freq": often, "until": until})
        return rows

    def _result(self, now: Now) -> str:
        if now.phase == "s":
            return "頻度を下げる" if self.draw() < 0.25 else "継続"
        if now.phase == "w":
            return "頻度を上げる" if self.draw() < 0.5 else "個別ケース検討会議を開く"
        return "継続"


_NONE = ["該当なし"]
_QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "bruise": {"q5": "過去の通告・一時保護・入所歴", "q7": "感情のコントロールが難しい"},
    "dv": {"q8": "DV", "q6": "保護者への拒否感・おびえ"},
    "mother": {"q5": "保護者の精神的不安定", "q7": "強い育児負担・孤立"},
    "neglect": {"q5": "保護者に認識がない", "q7": "強い育児負担・孤立"},
    "baby": {"q4": "乳幼児・低出生体重・虚弱など", "q7": "強い育児負担・孤立"},
    "poverty": {"q8": "経済困窮"},
    "parenting": {"q7": "感情のコントロールが難しい"},
    "moving": {"q8": "未婚・若年・多子・転居の繰返し"},
}
ASKED = frozenset(_QUESTIONS)
"""The stories that call for an urgency sheet."""


class Urgency(Desk):
    """The urgency sheet: eight questions, answered from the top."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """A sheet for one case."""
        day, growth = when.day, when.growth
        say = self.speaker(now)
        urgency = level(now, self.draw())
        tone = {"A": "high", "B": "mid"}.get(urgency[0], "mid" if urgency[0] == "C" else "low")
        author = self.world.pick(self.world.writers["A01"])
        minute = self.minute(10 * 60, 17 * 60)
        values = self.head(now, day)
        values["assessed_at"] = wire(utc(day, minute))
        values["assessor"] = [author]
        ticked = _QUESTIONS.get(now.arc, {})
        for number in range(1, 9):
            code = f"q{number}"
            values[code] = [ticked[code]] if code in ticked else list(_NONE)
        values["urgency"] = urgency
        values["reason"] = say(f"urg.reason.{tone}")
        values["decided_by"] = (
            "受理会議(課長・係長・担当)" if tone == "high" else "係内協議(係長・担当)"
        )
        values["action"] = say(f"urg.action.{tone}")
        at = utc(day, minute + 20)
        return self.saved(
            "urgency-assessment", author, at=at, entry=(values, self.core_team(now), growth)
        )


_RISKS = {
    "bruise": (3, 9, 16, 31, 32),
    "dv": (7, 16, 51, 57, 60),
    "mother": (5, 33, 38, 57),
    "neglect": (5, 14, 19, 37, 54),
    "poverty": (53, 57, 38),
    "absence": (18, 15, 38),
    "carer": (18, 33, 56),
    "moving": (19, 55, 57, 60),
    "growth": (13, 15, 38),
    "baby": (11, 12, 19, 38),
    "teen": (15, 17, 18, 51),
    "parenting": (6, 32, 38),
    "pregnancy": (36, 38, 53),
}
_ITEMS = (*range(1, 10), *range(11, 23), *range(31, 43), *range(51, 61))
_TIMINGS = {"n": "調査後", "e": "定期見直し", "w": "変化があったとき", "s": "定期見直し"}


class Risk(Desk):
    """The risk sheet that town and child guidance centre share."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """A sheet for one case; it counts nothing and scores nothing."""
        day, growth = when.day, when.growth
        draw, say = self.draw, self.speaker(now)
        team = self.core_team(now)
        author = self.world.pick(self.world.writers["A01"])
        values = self.head(now, day)
        values["assessed_on"] = day.isoformat()
        values["assessor"] = [author]
        values["timing"] = _TIMINGS[now.phase]
        values["informants"] = list(now.team[:4])
        marked = _RISKS[now.arc]
        young = now.band in ("y0", "y1")
        for number in _ITEMS:
            chance = draw()
            answer = "非該当" if chance < 0.82 else "不明" if chance < 0.9 else "未確認"
            if number in marked:
                answer = "該当" if now.phase != "s" or chance < 0.5 else "非該当"
            if number == 11:
                answer = "該当" if young else "非該当"
            values[f"r_{number:02d}"] = answer
        for code, section in (
            ("n_r_01", "abuse"), ("n_r_11", "child"), ("n_r_31", "guardian"), ("n_r_51", "home"),
            ("n_p_01", "power"),
        ):  # fmt: skip
            values[code] = say(f"risk.{section}")
        for number in range(1, 6):
            good = draw() < (0.8 if now.phase in ("e", "s") else 0.5)
            values[f"p_{number:02d}"] = "該当" if good else "不明"
        values["severity"] = now.child.severity
        if "C01" in now.team:
            values["share_view"] = say("risk.share")
        values["role_decision"] = "共同で対応" if "C01" in now.team else "市町村が主担当"
        at = utc(day, self.minute(10 * 60, 18 * 60))
        return self.saved("risk-assessment", author, at=at, entry=(values, team, growth))


class Plan(Desk):
    """The support plan that is made with the family."""

    _TEXTS = (
        ("c_health", "health"), ("c_emotion", "emotion"), ("c_school", "place"),
        ("c_peer", "peer"), ("h_economy", "economy"), ("h_house", "house"),
        ("h_relation", "relation"), ("p_daily", "daily"), ("p_mind", "mind"),
        ("s_support", "support"), ("s_service", "service"),
    )  # fmt: skip

    def record(self, now: Now, when: When) -> SampleRecord:
        """A plan for half a year."""
        day, growth = when.day, when.growth
        draw, say = self.draw, self.speaker(now)
        author = self.world.author(now.child, "A01")
        until = day + timedelta(days=182)
        values = self.head(now, day)
        values["made_on"] = day.isoformat()
        values["maker"] = [author]
        values["period"] = f"{day.year}年{day.month}月~{until.year}年{until.month}月"
        for code, section in self._TEXTS:
            if draw() < 0.75:
                values[code] = say(f"plan.{section}")
        values["c_wish"] = say("plan.wish") or "(これから聞き取る)"
        values["p_wish"] = say("plan.gwish")
        values["strengths"] = say("plan.strength")
        values["needs"] = self._needs(now, day)
        values["safety_plan"] = say("plan.safety")
        values["consent"] = "同意あり" if draw() < 0.7 else "一部同意"
        if values["consent"] == "同意あり" and draw() < 0.7:
            values["handed_on"] = day.isoformat()
        values["next_eval"] = office_day_after(day, 90).isoformat()
        scope = list(now.team)
        values["scope"] = scope
        values["importance"] = "通常" if draw() < 0.8 else "重要"
        at = utc(day, self.minute(10 * 60, 18 * 60))
        return self.saved("support-plan", author, at=at, entry=(values, scope, growth))

    def _needs(self, now: Now, day: date) -> list[JSON]:
        said: set[int] = set()
        rows: list[JSON] = []
        for _ in range(1 + int(self.draw() * 2.5)):
            row: dict[str, JSON] = {}
            for code, section in (
                ("need", "need"), ("goal_s", "goal"), ("goal_l", "long"), ("support", "help"),
                ("family_do", "family"),
            ):  # fmt: skip
                text = self.reader.say(f"plan.{section}", now.flags, slots=now.slots, said=said)
                if text:
                    row[code] = text
            row["who"] = [now.team[int(self.draw() * len(now.team))]]
            row["when"] = office_day_after(day, 90).isoformat()
            if {"need", "goal_s", "support"} <= row.keys():
                rows.append(row)
        return rows
