"""Papers between agencies: minutes, transfers, requests, and what is noted outside the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .days import office_day_after, short, utc, wire
from .desk import Desk
from .model import JSON, SampleRecord, Values
from .registers import LEADS
from .world import Now, When

_VENUES = (
    "市役所 会議室2",
    "こども家庭センター 相談室",
    "中央小学校 会議室",
    "保健福祉会館 研修室",
)
_CITIES = ("桐生野市", "白糸市", "花背町", "湖北野市")
_PACKET = (
    "児童記録票", "受付票", "経過記録(全件)", "出欠", "アセスメント", "会議録", "支援計画",
)  # fmt: skip
_ITEMS = ("在籍・出欠", "健康診断・健診", "受診歴", "家庭の状況", "世帯・住所", "手当・保護")


class Minutes(Desk):
    """The minutes of a case conference (個別ケース検討会議)."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """One meeting about one child."""
        day, growth = when.day, when.growth
        draw, say, world = self.draw, self.speaker(now), self.world
        minute = self.minute(13 * 60, 16 * 60)
        length = 45 + 5 * int(draw() * 10)
        scope = list(now.team)
        recorder = world.pick(world.writers["A01"])
        attendees = [world.author(now.child, agency) for agency in scope]
        if recorder not in attendees:
            attendees.insert(0, recorder)
        values: Values = {
            "meeting_kind": "個別ケース検討会議" if draw() < 0.75 else "関係者打合せ",
            "no": 1 + int(draw() * 5),
            "held_at": wire(utc(day, minute)),
            "end_at": wire(utc(day, minute + length)),
            "venue": world.pick(_VENUES),
            "online": draw() < 0.15 + 0.3 * growth,
            "cases": [{"case": now.child.case_no}],
            "caller": [now.child.worker],
            "recorder": [recorder],
            "chair": f"{world.surname(recorder)}({world.post(recorder)})",
            "attendees": [self._attendee(user) for user in attendees],
            "purpose": say("mtg.purpose"),
            "info": self._info(now, scope),
            "live_log": self._talk(now, attendees, minute),
            "assessment": say("mtg.view"),
            "severity": now.child.severity,
            "policy": say("mtg.policy"),
            "roles": self._roles(now, scope, day),
            "emergency_rule": say("mtg.rule"),
            "lead_agency": LEADS.get(now.arc, "こども家庭センター"),
            "next_at": wire(utc(office_day_after(day, 28), 14 * 60)),
            "decisions": say("mtg.decision"),
            "approve": "確認済み" if draw() < 0.9 else "確認待ち",
            "scope": scope,
            "importance": "重要" if draw() < 0.5 else "通常",
        }
        at = utc(day, minute + length + 10 + int(draw() * 40))
        return self.saved("meeting-minutes", recorder, at=at, entry=(values, scope, growth))

    def _attendee(self, user: str) -> dict[str, JSON]:
        world = self.world
        online = self.draw() < 0.1
        return {
            "org": [world.users[user].agency],
            "name": world.users[user].name,
            "post": world.post(user),
            "attend": "オンライン" if online else "出席",
            "oath": True,
        }

    def _info(self, now: Now, scope: list[str]) -> list[JSON]:
        rows: list[JSON] = []
        said: set[int] = set()
        for agency in scope[:3]:
            side = "inst" if agency == now.belonging else "work"
            text = self.reader.say(f"mtg.info.{side}", now.flags, slots=now.slots, said=said)
            if text:
                rows.append({"org": [agency], "content": text})
        return rows

    def _talk(self, now: Now, people: list[str], minute: int) -> list[JSON]:
        rows: list[JSON] = []
        said: set[int] = set()
        middle = ["mtg.talk"] * (2 + int(self.draw() * 4))
        for section in ("mtg.talk.open", *middle, "mtg.talk.close"):
            text = self.reader.say(section, now.flags, slots=now.slots, said=said)
            if not text:
                continue
            minute += 3 + int(self.draw() * 6)
            speaker = self.world.users[self.world.pick(tuple(people))]
            rows.append({
                "at": f"{minute // 60:02d}:{minute % 60:02d}",
                "text": text,
                "speaker": speaker.name,
            })  # fmt: skip
        return rows

    def _roles(self, now: Now, scope: list[str], day: date) -> list[JSON]:
        rows: list[JSON] = []
        due = office_day_after(day, 28).isoformat()
        for agency in scope[:4]:
            done = "実施" if self.draw() < 0.5 else "未"
            role = self.role_of(agency, now)
            rows.append({"org": [agency], "role": role, "due": due, "done": done})
        return rows


class Transfer(Desk):
    """The letter that hands a case over to another municipality."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """A case that moves out of town."""
        day, growth = when.day, when.growth
        say, child = self.speaker(now), now.child
        author = self.world.pick(self.world.writers["A01"])
        moved = child.closed or office_day_after(day, 7)
        values = self.head(now, day)
        values |= {
            "to_city": _CITIES[child.taste % len(_CITIES)],
            "to_section": "こども家庭センター 児童福祉担当",
            "to_person": "担当係長 0771-00-8100",
            "reason": "避難(DV等)" if now.arc == "dv" else "転出(住民票異動あり)",
            "moved_on": moved.isoformat(),
            "moving_known": f"{short(day)} 保護者から電話で聞き取り",
            "family_told": "説明した",
            "urgency": "早急に" if now.phase in ("n", "w") else "通常",
            "summary": say("tra.summary"),
            "course": say("tra.course"),
            "current": say("tra.current"),
            "policy": say("tra.policy"),
            "request": say("tra.request"),
            "caution": say("tra.caution"),
            "attach_apps": list(_PACKET),
            "mask_notifier": True,
            "mask_third": False,
            "method": "持参・手渡し" if self.draw() < 0.5 else "全国情報共有システム",
            "meeting_on": office_day_after(day, 12).isoformat(),
            "approve": "確認済み",
            "close_case": False,
        }
        others = [one for one in self.world.siblings[child.household] if one.number != child.number]
        named = [{"name": one.name, "move": "はい"} for one in others if one.name]
        if named:
            values["siblings"] = named
        at = utc(day, self.minute(10 * 60, 17 * 60))
        readers = [agency for agency in ("A01", "C01") if agency == "A01" or agency in now.team]
        return self.saved("case-transfer", author, at=at, entry=(values, readers, growth))


class Request(Desk):
    """A written request to an agency for what it knows."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """A request, mostly with the answer to it."""
        day, growth = when.day, when.growth
        draw, say, world = self.draw, self.speaker(now), self.world
        others = [agency for agency in now.team if agency != "A01"] or ["D01"]
        to = world.pick(tuple(others))
        author = world.pick(world.writers["A01"])
        chosen = [item for item in _ITEMS if draw() < 0.3] or ["家庭の状況"]
        due = office_day_after(day, 14)
        values = self.head(now, day)
        values |= {
            "doc_no": f"こ家第{300 + int(draw() * 690)}号",
            "sent_on": day.isoformat(),
            "to_org": [to],
            "to_name": f"{world.names[to]} 御中",
            "legal_basis": "児童福祉法25条の3",
            "items": chosen,
            "items_text": f"{'、'.join(chosen)}について。{say('inq.text')}",
            "due": due.isoformat(),
        }
        answered = office_day_after(day, 8)
        if answered < world.town.today and draw() < 0.85:
            values["answer"] = say("inq.answer")
            values["answered_on"] = answered.isoformat()
            values["answered_by"] = f"{world.surname(world.author(now.child, to))}(担当)"
        scope = ["A01", to]
        values |= {
            "confidential": "要対協内のみ",
            "approve": "確認済み",
            "scope": scope,
            "importance": "通常",
        }
        at = utc(day, self.minute(9 * 60, 16 * 60))
        return self.saved("info-request", author, at=at, entry=(values, scope, growth))


class PlaceVisit(Desk):
    """The notes of a children's place: many children, a word for each."""

    def record(self, now: Now, when: When, *, others: Sequence[Now]) -> SampleRecord:
        """One evening at the place."""
        day, growth = when.day, when.growth
        draw, say, world = self.draw, self.speaker(now), self.world
        staff = world.writers["E03"]
        author = world.pick(staff)
        rows: list[JSON] = []
        seen: set[str] = set()
        for guest in [now, *others]:
            if guest.child.case_no in seen:
                continue
            seen.add(guest.child.case_no)
            row: dict[str, JSON] = {"case": guest.child.case_no}
            row["state"] = "変わりなし" if draw() < 0.8 else "少し気になる"
            if draw() < 0.5:
                row["word"] = say("pv.word")
            row["meal"] = "食べた" if draw() < 0.85 else "少し"
            row["share"] = row["state"] != "変わりなし"
            rows.append(row)
        scope = ["A01", "E03"]
        values: Values = {
            "held_on": day.isoformat(),
            "place": world.pick(("居場所", "居場所", "子ども食堂", "学習支援")),
            "staff": list(dict.fromkeys((author, world.pick(staff)))),
            "children": rows,
            "whole": say("pv.whole"),
            "scope": scope,
            "importance": "通常",
        }
        at = utc(day, self.minute(19 * 60, 21 * 60))
        return self.saved("place-visit", author, at=at, entry=(values, scope, growth))


_WAVES = ("導入前", "1か月", "3か月", "6か月", "1年")
_LIKERT = ("1 まったくそう思わない", "2", "3 どちらともいえない", "4", "5 とてもそう思う")


class Survey(Desk):
    """The questionnaire on what the work is like before and after."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """One answer; nothing in it tells who gave it."""
        day, growth = when.day, when.growth
        draw, world = self.draw, self.world
        wave = _WAVES[min(int(growth * 5), 4)]
        trial = draw() < 0.55
        better = growth if trial else growth * 0.25
        values: Values = {
            "wave": wave,
            "group": "試行群(利用する班)" if trial else "対照群(利用しない班)",
            "team": f"{world.pick(('東', '西', '南', '北'))}部班",
            "years": world.pick(("1年未満", "1〜3年", "3〜5年", "5年以上")),
            "minutes_per_record": int((95 + draw() * 50) * (1 - 0.5 * better)),
            "records_per_week": 4 + int(draw() * 9),
            "overtime_hours": int((14 + draw() * 14) * (1 - 0.45 * better)),
            "record_overtime": int((6 + draw() * 6) * (1 - 0.5 * better)),
            "done_outside": int(draw() * 20 + 60 * better),
            "calls_per_week": int((9 + draw() * 9) * (1 - 0.4 * better)),
        }
        for code in ("q_easy", "q_confident", "q_whole", "q_connected", "q_burden"):
            values[code] = _LIKERT[min(int(1.6 + draw() * 1.5 + 2.1 * better), 4)]
        if draw() < 0.5:
            values["good" if draw() < 0.4 + 0.4 * better else "bad"] = ""
        for code in ("good", "bad"):
            if code in values:
                values[code] = self.reader.say(f"sv.{code}", 0, slots={})
        author = world.pick(world.writers[world.pick(("A01", "A02", "A03", "A04", "A05", "A06"))])
        at = utc(day, self.minute(16 * 60, 18 * 60))
        # An answer without a name is nobody's to thank for.
        return SampleRecord("pilot-survey", author, at, values)
