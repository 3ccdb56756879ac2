"""The visit log (経過記録): one record is one contact, and most records are of this app."""

from __future__ import annotations

from bisect import bisect
from datetime import date, timedelta

from .bank import BIT, Reader
from .channels import Channel
from .comments import Replies, Talk
from .days import age_text, office_day_after, short, utc, wire
from .model import JSON, SampleRecord, Values
from .narrative import Narrator, Scene
from .world import Now, When, World

STATES = ("変わりなし", "少し気になる", "とても気になる", "至急対応が必要")

_ODDS = {
    "n": (0.16, 0.70, 0.97),
    "e": (0.30, 0.80, 0.985),
    "w": (0.36, 0.84, 0.985),
    "s": (0.78, 0.985, 0.9995),
}
"""Cumulative odds of the first three states, by phase of the story."""

_ORG = frozenset(("nur", "sch", "club", "place", "centre"))
_SEEN = frozenset(("nur", "sch", "club", "place", "centre", "visit", "atorg", "jiso", "med", "acc"))
_BLIND = frozenset(("none", "doc"))

_SIGN_OF = {
    "nur.look": "衣服・身体の汚れ", "sch.look": "衣服・身体の汚れ", "nur.meal": "空腹の訴え",
    "sch.lunch": "空腹の訴え", "club.snack": "空腹の訴え", "place.meal": "空腹の訴え",
    "nur.nap": "眠そう・疲れ", "nur.friend": "過度な甘え", "nur.play": "表情が乏しい",
    "sch.class": "眠そう・疲れ", "sch.recess": "攻撃的な言動", "club.play": "攻撃的な言動",
    "nur.word": "発言が気になる", "sch.word": "発言が気になる", "club.word": "発言が気になる",
    "place.word": "発言が気になる", "visit.child": "表情が乏しい", "atorg.child": "おびえ・緊張",
    "office.mood": "家庭の話をしたがらない", "sch.after": "家庭の話をしたがらない",
}  # fmt: skip
_SIGN_OF_ARC = {
    "arc.bruise.n.inst": "傷・あざ", "arc.bruise.w.inst": "傷・あざ",
    "arc.bruise.n.work": "傷・あざ",
    "arc.dv.n.inst": "おびえ・緊張", "arc.neglect.n.inst": "衣服・身体の汚れ",
    "arc.baby.n.inst": "やせ・体重減少", "arc.teen.n.inst": "発言が気になる",
    "arc.growth.n.inst": "攻撃的な言動", "arc.carer.n.inst": "眠そう・疲れ",
}  # fmt: skip
_HOME_OF = {
    "visit.room": "室内の散乱",
    "visit.talk": "保護者の体調不良",
    "arc.poverty.n.work": "食事が十分でない",
    "arc.neglect.n.work": "食事が十分でない",
}
_ROOM = {
    "visit": 1.35, "office": 1.3, "nur": 1.4, "sch": 1.45, "atorg": 1.3, "jiso": 0.2,
    "club": 0.1, "centre": 0.2, "telin": 0.35, "telout": 0.1, "alone": 0.0, "meet": 0.5,
    "preg": 0.0, "med": 0.0, "none": 0.0, "doc": 0.0, "acc": 0.0, "place": 0.0,
}  # fmt: skip
"""How much there is to tell of such a contact."""

_CHANGES = ("変わらない", "変わらない", "上がった", "上がった")
_STRANGERS = frozenset(f"telin.lead.{who}" for who in ("police", "cwc", "med", "family"))
"""Callers who do not know the child's story from within."""
_MET = {
    "none": ("不在(会えず)",), "alone": ("G",), "office": ("G",), "telout": ("G",), "preg": ("G",),
    "visit": ("本人", "G"), "med": ("本人", "G"), "acc": ("本人", "G"), "meet": ("関係機関職員",),
    "doc": ("関係機関職員",), "atorg": ("本人", "担任・担当職員"),
    "jiso": ("本人", "担任・担当職員"),
}  # fmt: skip
"""Who was met; G is the guardian."""

_TEACHERS = {"NURSERY": "保育士", "SCHOOL": "教諭", "HIGH": "教諭"}


class VisitLog:
    """Makes the records of the visit log."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._draw = world.draw
        self._reader = reader
        self._narrator = Narrator(reader, world.draw)
        self._replies = Replies(world, reader)

    def record(self, now: Now, channel: Channel, *, when: When) -> SampleRecord:
        """One contact with a child, entered on this day."""
        day, growth = when.day, when.growth
        world, draw = self._world, self._draw
        author = world.author(now.child, channel.agency)
        state = self._state(now, channel)
        low, high = channel.hours
        minute = low + 5 * int(draw() * ((high - low) // 5))
        scene = self._scene(now, channel, state, growth)
        self._speak_as(scene, now, channel, author)
        scene.slots["TM"] = f"{minute // 60}時{minute % 60}分頃" if minute % 60 else (
            f"{minute // 60}時頃"
        )  # fmt: skip
        due = office_day_after(day, 3 + int(draw() * 18))
        scene.slots["NX"] = short(due)
        if day.weekday() == 0:
            scene.flags |= BIT["mon"]
        body = self._narrator.tell(scene)
        # Early on, records wait for the office; with growth they are written on the spot.
        wait = 15 + int(draw() * (30 if draw() < 0.2 + 0.6 * growth else 360))
        length = 10 + len(body) // 12 + int(draw() * 20)
        saved = min(minute + length + wait, 22 * 60)
        happened = utc(day, min(minute, saved - 2))
        ended = happened + timedelta(minutes=min(length, saved - minute - 1))
        at = utc(day, saved)
        values = self._head(now, channel, day)
        values["happened_at"] = wire(happened)
        values["ended_at"] = wire(max(ended, happened))
        values["staff"] = self._staff(author, channel)
        values["body"] = body
        self._judge(values, now, channel, scene)
        self._plan(values, scene, (author, due, day))
        scope = self._scope(now, channel.agency, growth)
        values["scope"] = scope
        talk = Talk(author, at, scope, scene.state, scene.slots, growth, self._topic(scene))
        comments, acknowledgements = self._replies.to(talk)
        return SampleRecord("visit-log", author, at, values, comments, acknowledgements)

    def _state(self, now: Now, channel: Channel) -> int:
        state = bisect(_ODDS[now.phase], self._draw())
        if channel.telling == "doc":
            return 0
        if state == 3 and (now.arc in ("absence", "growth", "moving", "pregnancy")):
            return 2
        return state

    def _scene(self, now: Now, channel: Channel, state: int, growth: float) -> Scene:
        draw = self._draw
        organisation = channel.telling in _ORG or (channel.lead == "telin.lead.org")
        side = "inst" if organisation else "work"
        core = f"arc.{now.arc}.{now.phase}.{side}"
        if (
            (state == 0 and now.phase in ("n", "w"))
            or (state > 0 and now.phase == "s")
            or (state == 0 and draw() < 0.4)
        ):
            core = ""
        if channel.lead in _STRANGERS:
            core = ""
        flags = now.flags
        if channel.telling in ("visit", "atorg", "jiso", "med"):
            flags |= BIT["face"]
        return Scene(
            telling=channel.telling, lead=channel.lead, core=core, tail=channel.tail,
            episode=_episode(now, channel),
            state=state, flags=flags, slots=dict(now.slots), target=self._target(growth, channel),
        )  # fmt: skip

    def _target(self, growth: float, channel: Channel) -> int:
        """How long the body is to be: one in five over 500 characters early, one in two late."""
        draw = self._draw
        chance = (0.275 + 0.285 * growth) * _ROOM.get(channel.telling, 1.0)
        if draw() < chance:
            return 502 + int(draw() * draw() * draw() * 720)
        kind = draw()
        if kind < 0.2 - 0.1 * growth:
            return 30 + int(draw() * 60)
        return 90 + int(draw() * 150) if kind < 0.7 else 240 + int(draw() * 190)

    def _speak_as(self, scene: Scene, now: Now, channel: Channel, author: str) -> None:
        """Each kind of agency has its own way of naming the child and the teacher."""
        child, world, slots = now.child, self._world, scene.slots
        kind = world.kinds[channel.agency]
        choice = (child.taste + ord(channel.agency[-1])) % 5
        if child.name:
            given = child.name.split()[-1]
            if kind == "NURSERY" and choice < 2:
                slots["C"] = given + ("くん" if child.sex == "男" else "ちゃん")
            elif kind in ("SCHOOL", "CLUB", "NPO", "SHAKYO") and choice < 2:
                slots["C"] = f"{given}さん"
            elif now.band in ("j", "h") or (kind == "SCHOOL" and choice == 2):
                slots["C"] = "本人"
        slots["TN"] = world.surname(author)
        if channel.telling in _ORG or not now.belonging:
            slots["T"] = "担任" if channel.telling in ("nur", "sch") else "担当の先生"
            return
        staff = world.writers[now.belonging]
        name = world.surname(staff[child.taste % len(staff)])
        slots["T"] = f"担任の{name}{_TEACHERS.get(world.kinds[now.belonging], '先生')}"

    def _head(self, now: Now, channel: Channel, day: date) -> Values:
        child = now.child
        values: Values = {"case": child.case_no}
        if child.name:
            values["child_name"] = child.name
        values["age_text"] = age_text(child.birth, day)
        values["method"] = channel.method
        values["place"] = channel.place
        values["met"] = self._met(now, channel)
        return values

    def _met(self, now: Now, channel: Channel) -> list[str]:
        telling = channel.telling
        guardian = "祖父母" if now.guardian == "祖母" else now.guardian
        if telling == "telin":
            caller = channel.lead.rsplit(".", 1)[1]
            callers = {"guardian": guardian, "org": "担任・担当職員", "family": "その他親族"}
            return [callers.get(caller, "関係機関職員")]
        met = [guardian if who == "G" else who for who in _MET.get(telling, ("本人",))]
        if telling in ("nur", "club") and self._draw() < 0.5:
            met.append(guardian)
        return met

    def _staff(self, author: str, channel: Channel) -> list[str]:
        if channel.telling in ("visit", "jiso") and self._draw() < 0.3:
            other = self._world.pick(self._world.writers[channel.agency])
            if other != author:
                return [author, other]
        return [author]

    def _judge(self, values: Values, now: Now, channel: Channel, scene: Scene) -> None:
        """The boxes of the form, ticked as the text has it."""
        draw, telling, state = self._draw, channel.telling, scene.state
        values["safety_check"] = self._safety(now, channel)
        values["child_state"] = "確認できず" if telling in _BLIND else STATES[state]
        if values["child_state"] != "変わりなし":
            values["signs"] = ["特になし"] if telling in _BLIND else self._signs(scene)
        if channel.method in ("家庭訪問", "同行支援"):
            values["home_signs"] = self._home_signs(scene)
        if telling not in _BLIND and draw() < (0.6 if state else 0.25):
            name = (
                "op.preg" if telling == "preg" else f"op.{('ok', 'worry', 'worry', 'bad')[state]}"
            )
            opinion = self._reader.say(name, self._topic(scene), slots=scene.slots)
            if opinion:
                values["opinion"] = opinion
        if draw() < 0.4:
            eased = state == 0 and now.phase == "s"
            values["risk_change"] = "下がった" if eased else _CHANGES[state]

    def _safety(self, now: Now, channel: Channel) -> str:
        telling = channel.telling
        if telling in _SEEN:
            return "目視で確認"
        if telling == "none":
            return "確認できず"
        if channel.lead == "telin.lead.org" or telling == "meet":
            return "所属からの報告で確認"
        heard = telling == "telout" and now.band in ("e1", "e2", "j", "h") and self._draw() < 0.3
        return "声のみ確認" if heard else "今回は対象外"

    def _topic(self, scene: Scene) -> int:
        """What an answer or an opinion may refer to, as flags."""
        flags = scene.flags
        if scene.telling in _ORG:
            flags |= BIT["own"]
        if scene.telling in ("visit", "alone"):
            flags |= BIT["vis"]
        for name in scene.used:
            if name.endswith(".word"):
                flags |= BIT["quo"]
            elif name.startswith("arc.bruise.n"):
                flags |= BIT["inj"]
        return flags

    def _signs(self, scene: Scene) -> list[str]:
        found: list[str] = []
        for name in scene.used:
            sign = _SIGN_OF.get(name) or _SIGN_OF_ARC.get(name)
            if sign and sign not in found:
                found.append(sign)
        return found or ["特になし"]

    def _home_signs(self, scene: Scene) -> list[str]:
        if scene.telling in ("none", "alone"):
            return ["確認できず"]
        found = [_HOME_OF[name] for name in dict.fromkeys(scene.used) if name in _HOME_OF]
        return list(dict.fromkeys(found)) or ["生活は落ち着いている"]

    def _plan(self, values: Values, scene: Scene, entry: tuple[str, date, date]) -> None:
        author, due, _ = entry
        draw, state = self._draw, scene.state
        if (state and draw() < 0.65) or draw() < 0.2:
            side = "org" if scene.telling in _ORG else "city"
            tone = ("ok", "worry", "bad", "bad")[state]
            if side == "org" and state:
                tone = "worry"
            name = "next.preg" if scene.telling == "preg" else f"next.{side}.{tone}"
            values["next_action"] = self._reader.say(name, scene.flags, slots=scene.slots)
            values["next_by"] = [author]
            values["next_due"] = due.isoformat()
        values["importance"] = ("通常", "通常", "重要", "緊急")[state]
        if state == 1 and draw() < 0.08:
            values["importance"] = "重要"
        if values["importance"] == "緊急":
            calls: list[JSON] = ["調整機関へ"]
            if scene.telling not in _ORG:
                calls = ["児童相談所へ", "所属へ"]
            values["phoned"] = calls
        if values["importance"] != "通常":
            values["review"] = "確認待ち" if draw() < 0.12 else "確認済み"

    def _scope(self, now: Now, writer: str, growth: float) -> list[str]:
        """Who may read it: narrow at first, the whole case team as people come to trust it."""
        wide = self._draw() < 0.35 + 0.6 * growth
        chosen = list(now.team if wide else now.team[:2])
        if writer not in chosen:
            chosen.append(writer)
        return chosen


def _episode(now: Now, channel: Channel) -> str:
    """What is told at length over the telephone: a school reports a scene, a parent talks."""
    if channel.lead == "telin.lead.org":
        return "ep.nur" if now.band in ("y0", "y1", "y3") else "ep.sch"
    return "ep.tel" if channel.lead == "telin.lead.guardian" else ""
