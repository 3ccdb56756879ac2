"""Tells what happened: puts sentences of the phrase bank together into one body of text."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from .bank import Draw, Reader

CORE = "core"
"""Stands for the sentences of the child's own story (``arc.…``)."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A place in a telling: which section speaks, in which paragraph, how surely.

    Weight 0 marks an episode: a scene of its own, for long tellings only.
    """

    section: str
    paragraph: int
    order: int
    weight: float
    again: bool


def _beats(text: str) -> tuple[Beat, ...]:
    """Read ``section*weight`` words; ``/`` starts a paragraph, ``+`` lets it speak twice."""
    found, paragraph = [], 0
    for order, word in enumerate(text.split()):
        if word == "/":
            paragraph += 1
            continue
        section, _, weight = word.rstrip("+").partition("*")
        again = word.endswith("+")
        found.append(Beat(section, paragraph, order, float(weight or 1), again))
    return tuple(found)


TELLINGS: Mapping[str, tuple[Beat, ...]] = {
    "nur": _beats(
        "lead*9 nur.look nur.play*1.2+ nur.friend+ nur.meal nur.nap / nur.word*1.3+ core*5+ "
        "ep.nur*0+ / nur.home*.8+ nur.pick nur.act*.8+ close.org*.5"
    ),
    "sch": _beats(
        "lead*9 sch.look sch.class*1.2+ sch.recess+ sch.lunch / sch.word*1.3+ core*5+ ep.sch*0+ "
        "sch.after*.8 / sch.home+ sch.act*.9+ close.org*.5"
    ),
    "club": _beats(
        "lead*9 club.play*1.3+ club.snack / club.word*1.3+ core*2+ ep.club*0 / "
        "club.pick club.act*.9 close.org*.5"
    ),
    "place": _beats(
        "lead*9 place.play*1.3 place.meal / place.word*1.3 core*.6 ep.place*0 / place.act"
    ),
    "centre": _beats(
        "lead*9 centre.study*2+ / centre.word*1.6+ core*2+ ep.centre*0 / centre.act close.org*.5"
    ),
    "visit": _beats(
        "lead*9 visit.room*1.1+ visit.child*1.4+ / visit.talk*1.5+ core*5+ ep.visit*0+ / "
        "visit.advice*1.1+ close.city*.9"
    ),
    "none": _beats("lead*9 none.trace*2 none.act*2+"),
    "alone": _beats("lead*9 visit.talk*2+ core*3+ / visit.advice+ close.city*.9"),
    "office": _beats(
        "lead*9 office.mood*1.1 / office.talk*1.6+ core*4+ ep.office*0+ / "
        "office.advice*1.1+ close.city*.9"
    ),
    "atorg": _beats(
        "lead*9 atorg.report*1.3+ atorg.child*1.1 / atorg.word*1.4+ core*2+ ep.atorg*0+ / "
        "atorg.act+ close.city*.9"
    ),
    "jiso": _beats(
        "lead*9 atorg.child / atorg.word*1.2+ jiso.talk*2+ ep.atorg*0 / atorg.act*.6 close.city*.9"
    ),
    "telin": _beats("lead*60 telin.body*40 core*4+ ep.call*0+ / telin.reply*1.2+ close.city*.8"),
    "telout": _beats("lead*60 telout.talk*40 core*2+ ep.tel*0+ / close.city*.9"),
    "meet": _beats("lead*9 meet.report*3+ / core meet.view*1.5+ ep.meet*0+ / meet.decide*1.5"),
    "acc": _beats("lead*9 acc.course*2+ / acc.talk*1.5+ core*.5 / close.city*.6"),
    "doc": _beats("lead*9 doc.content*3+ / close.city*.5"),
    "med": _beats("lead*9 med.find*2 / med.talk*1.5+ ep.med*0 / med.act"),
    "preg": _beats("lead*9 preg.body*2 / preg.talk*2+ ep.preg*0 preg.ready+ / preg.act"),
}

_WORRY_ODDS = (0.0, 0.34, 0.68, 0.85)
_LONG = 500
_SCENES = 2
_LEAST = 42
_GUARD = 488
"""A body that is meant to stay short of 500 characters does."""

_REMEMBERED_STARTS = 160
_REMEMBERED_BODIES = 20_000


@dataclass(slots=True)
class Scene:
    """What one record is about, as far as its wording is concerned."""

    telling: str
    lead: str
    core: str
    tail: str
    """A section that may speak instead of ``telin.body`` (who calls)."""
    episode: str
    """The section that tells a scene over the telephone."""
    state: int
    """0 變わりなし … 3 at once."""
    flags: int
    slots: dict[str, str]
    target: int
    tones: dict[str, str] = field(default_factory=dict)
    said: set[int] = field(default_factory=set)
    used: list[str] = field(default_factory=list)
    """The worried sections that spoke; the boxes on the form are ticked from these."""


class Narrator:
    """Writes bodies; remembers recent ones so that no list looks copied."""

    def __init__(self, reader: Reader, draw: Draw) -> None:
        self._reader = reader
        self._draw = draw
        self._starts: deque[str] = deque()
        self._counted: Counter[str] = Counter()
        self._bodies: deque[int] = deque()
        self._known: set[int] = set()
        self._resolved: dict[tuple[str, str], str] = {}

    def tell(self, scene: Scene) -> str:
        """A body for this scene, unlike the ones before."""
        body = ""
        for _ in range(6):
            scene.used.clear()
            scene.said.clear()
            scene.tones.clear()
            body = self._compose(scene)
            if self._is_new(body):
                break
            if scene.target < _GUARD - 60:
                scene.target += 12
        self._remember(body)
        return body

    def _is_new(self, body: str) -> bool:
        return self._counted[body[:12]] < 1 and hash(body) not in self._known

    def _remember(self, body: str) -> None:
        start = body[:12]
        self._starts.append(start)
        self._counted[start] += 1
        if len(self._starts) > _REMEMBERED_STARTS:
            old = self._starts.popleft()
            self._counted[old] -= 1
            if not self._counted[old]:
                del self._counted[old]
        # hash() of text differs between runs of Python, but only equality is asked of it.
        key = hash(body)
        self._bodies.append(key)
        self._known.add(key)
        if len(self._bodies) > _REMEMBERED_BODIES:
            self._known.discard(self._bodies.popleft())

    def _compose(self, scene: Scene) -> str:
        draw = self._draw
        long = scene.target >= _LONG
        # Exponential keys: a weighted order without drawing twice.
        queue = sorted(
            TELLINGS[scene.telling],
            key=lambda beat: draw() ** (1 / beat.weight) if beat.weight else 0.6 * long,
            reverse=True,
        )
        parts: list[tuple[int, int, str]] = []
        size = 0
        limit = 10_000 if long else _GUARD
        for turn in range(4 if long else 1):
            for beat in queue:
                if size >= scene.target and len(parts) > 1 and size > _LEAST:
                    break
                if (turn and not beat.again) or not (beat.weight or (long and turn < _SCENES)):
                    continue
                sentence = self._say(beat.section, scene)
                if sentence and size + len(sentence) <= limit:
                    # A scene stands in a paragraph of its own.
                    paragraph = beat.paragraph if beat.weight else 100 + len(parts)
                    parts.append((beat.order, paragraph, sentence))
                    size += len(sentence)
        parts.sort(key=_place)
        return _join(parts, size)

    def _say(self, section: str, scene: Scene) -> str:
        if section == "lead":
            return self._reader.say(scene.lead, scene.flags, slots=scene.slots, said=scene.said)
        if section == CORE:
            if not scene.core:
                return ""
            sentence = self._reader.say(scene.core, scene.flags, slots=scene.slots, said=scene.said)
            if sentence:
                scene.used.append(scene.core)
            return sentence
        if section == "telin.body":
            section = scene.tail
        elif section == "ep.call":
            section = scene.episode
        tone = scene.tones.get(section)
        if tone is None:
            # One section speaks in one tone: what is fine at first is not bad a line later.
            worried = scene.state > 0 and self._draw() < _WORRY_ODDS[scene.state]
            tone = scene.tones[section] = "worry" if worried else "ok"
        name = self._name(section, tone)
        sentence = self._reader.say(name, scene.flags, slots=scene.slots, said=scene.said)
        if tone == "worry" and sentence:
            scene.used.append(section)
        return sentence

    def _name(self, section: str, tone: str) -> str:
        key = (section, tone)
        found = self._resolved.get(key)
        if found is None:
            toned = f"{section}.{tone}"
            found = self._resolved[key] = toned if self._reader.has(toned) else section
        return found


def _place(part: tuple[int, int, str]) -> int:
    return part[0]


def _join(parts: list[tuple[int, int, str]], size: int) -> str:
    """Paragraphs for a long telling, one run of text for a short one."""
    if size < 230:
        return "".join(text for _, _, text in parts)
    lines: list[str] = []
    last = -1
    for _, paragraph, text in parts:
        if paragraph == last:
            lines[-1] += text
        else:
            lines.append(text)
        last = paragraph
    return "\n".join(lines)
