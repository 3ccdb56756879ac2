"""Who meets a child in which way: the ways in which a visit-log record comes about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from .world import Now

_NURSERIES = frozenset(("B01", "B02", "B03", "B04"))


class Channel(NamedTuple):
    """One way of contact, seen from the agency that writes it down."""

    telling: str
    agency: str
    method: str
    place: str
    lead: str
    hours: tuple[int, int]
    """Minutes since midnight in Tokyo between which it happens."""
    tail: str = ""
    always: bool = False
    """Whether it also happens on days when offices are closed."""


_MORNING = (9 * 60, 12 * 60)
_DAY = (9 * 60, 17 * 60)
_AFTERNOON = (13 * 60, 17 * 60 + 20)
_DUSK = (15 * 60 + 40, 18 * 60 + 20)
_DAILY = "日常の様子(所属)"

Weighted = Iterator[tuple[float, Channel]]


def channels(now: Now, growth: float) -> tuple[list[float], list[Channel]]:
    """The channels open to a child: cumulative weights, and the channels they belong to.

    ``growth`` runs from 0 to 1: with it, agencies write themselves instead of telephoning.
    """
    found = [pair for pair in _all(now, growth) if pair[0] > 0]
    return list(accumulate(weight for weight, _ in found)), [channel for _, channel in found]


def _all(now: Now, growth: float) -> Weighted:
    outside = 0.55 + 0.75 * growth
    by_phone = 1.5 - 0.8 * growth
    if now.arc == "pregnancy":
        yield from _pregnancy()
        return
    yield from ((weight * outside, channel) for weight, channel in _daily(now))
    yield from ((weight * outside, channel) for weight, channel in _partners(now))
    yield from _home(now)
    yield from _desk(now)
    yield from ((weight * by_phone, channel) for weight, channel in _incoming(now))


def _pregnancy() -> Weighted:
    city = "市役所・センター"
    yield 3.0, Channel("preg", "A02", "家庭訪問", "自宅", "preg.lead.home", _DAY)
    yield 1.5, Channel("preg", "A02", "面談(来所)", city, "preg.lead.desk", _DAY)
    yield 1.0, Channel("preg", "A01", "同行支援", "医療機関", "preg.lead.med", _DAY)
    yield 1.0, Channel("preg", "D01", "面談(来所)", "医療機関", "preg.lead.med", _DAY)


def _daily(now: Now) -> Weighted:
    place, in_school = now.belonging, now.band in ("e1", "e2")
    if place in _NURSERIES:
        yield (
            11.0,
            Channel(
                "nur", place or "", _DAILY, "保育所・園", "nur.lead", (8 * 60 + 30, 9 * 60 + 30)
            ),
        )
    elif place:
        yield 10.5, Channel("sch", place, _DAILY, "学校", "sch.lead", (8 * 60 + 10, 15 * 60))
        yield 0.5, Channel("telout", place, "電話(発)", "電話", "telout.lead", _DUSK)
    if "club" in now.child.traits and in_school:
        yield 3.0, Channel("club", "B10", _DAILY, "その他", "club.lead", (14 * 60 + 30, 18 * 60))
    if "centre" in now.child.traits and now.band in ("e2", "j"):
        yield 4.0, Channel("centre", "A07", _DAILY, "その他", "centre.lead", (9 * 60 + 40, 12 * 60))
    if "place" in now.child.traits and now.band in ("e1", "e2", "j", "h"):
        hours = (16 * 60 + 30, 19 * 60)
        yield 2.2, Channel("place", "E03", _DAILY, "その他", "place.lead", hours, always=True)
        yield 0.4, Channel("place", "E01", _DAILY, "その他", "place.lead", hours, always=True)


def _partners(now: Now) -> Weighted:
    small, traits = now.band in ("y0", "y1"), now.child.traits
    med = 0.9 if small else 0.5 if now.arc in ("bruise", "mother") else 0.1
    yield med, Channel("med", "D01", "面談(来所)", "医療機関", "med.lead", _DAY)
    if "dis" in traits:
        yield 1.4, Channel("visit", "A04", "家庭訪問", "自宅", "visit.lead.A04", _AFTERNOON)
        yield 0.7, Channel("office", "A04", "面談(来所)", "市役所・センター", "office.lead", _DAY)
        yield 0.7, Channel("visit", "E04", "家庭訪問", "自宅", "visit.lead.E04", _AFTERNOON)
    if now.arc == "bruise" and now.phase in ("e", "w") and now.belonging:
        yield (
            1.3,
            Channel(
                "jiso", "C01", "面談(所属先)", _site(now), "atorg.lead.C01", (10 * 60, 16 * 60)
            ),
        )
    if now.arc == "mother":
        yield 0.4, Channel("visit", "C02", "家庭訪問", "自宅", "visit.lead.A02", _AFTERNOON)
    if now.arc in ("growth", "parenting", "teen"):
        yield 0.4, Channel("office", "E02", "面談(来所)", "その他", "office.lead", _DAY)


def _home(now: Now) -> Weighted:
    small = now.band in ("y0", "y1")
    hours = _DAY if small or not now.belonging else _DUSK
    base = 1.5 if now.phase in ("n", "e") else 1.0
    yield 2.2 * base, Channel("visit", "A01", "家庭訪問", "自宅", "visit.lead.A01", hours)
    yield 0.45 * base, Channel("none", "A01", "家庭訪問", "玄関先", "none.lead", _DAY)
    yield 0.45 * base, Channel("alone", "A01", "家庭訪問", "玄関先", "alone.lead", _MORNING)
    if small or now.arc in ("baby", "mother"):
        weight = 2.6 if small else 0.9
        yield weight, Channel("visit", "A02", "家庭訪問", "自宅", "visit.lead.A02", hours)
        yield 0.3, Channel("none", "A02", "家庭訪問", "玄関先", "none.lead", _DAY)
        yield 0.5, Channel("telout", "A02", "電話(発)", "電話", "telout.lead", _MORNING)
    if "welfare" in now.child.traits:
        yield 1.0, Channel("visit", "A03", "家庭訪問", "自宅", "visit.lead.A03", _DUSK)
        yield 0.2, Channel("none", "A03", "家庭訪問", "玄関先", "none.lead", _DAY)
    if now.arc == "absence" and now.belonging:
        yield 1.0, Channel("visit", "A06", "家庭訪問", "自宅", "visit.lead.A06", _DUSK)


def _desk(now: Now) -> Weighted:
    city = "市役所・センター"
    yield 1.2, Channel("office", "A01", "面談(来所)", city, "office.lead", _DAY)
    yield 1.5, Channel("telout", "A01", "電話(発)", "電話", "telout.lead", _DAY)
    yield 0.3, Channel("meet", "A01", "会議", city, "meet.lead", _AFTERNOON)
    yield 0.12, Channel("acc", "A01", "同行支援", "医療機関", "acc.lead.med", _MORNING)
    yield 0.12, Channel("acc", "A01", "同行支援", city, "acc.lead.city", _DAY)
    yield 0.2, Channel("doc", "A01", "文書・ファクス", "その他", "doc.lead", _MORNING)
    yield 0.1, Channel("doc", "A01", "メール", "その他", "doc.lead", _MORNING)
    yield 0.08, Channel("office", "A01", "オンライン面談", "その他", "office.lead", _DAY)
    if now.arc == "dv" or (now.partner is None and now.arc in ("poverty", "moving")):
        weight = 1.6 if now.arc == "dv" else 0.7
        yield weight, Channel("office", "A05", "面談(来所)", city, "office.lead", _DAY)
        yield 0.4, Channel("telout", "A05", "電話(発)", "電話", "telout.lead", _MORNING)
    if "welfare" in now.child.traits:
        yield 0.6, Channel("office", "A03", "面談(来所)", city, "office.lead", _DAY)
        yield 0.2, Channel("acc", "A03", "同行支援", city, "acc.lead.city", _DAY)
    if now.belonging:
        site = _site(now)
        yield 1.1, Channel("atorg", "A01", "面談(所属先)", site, "atorg.lead.city", _DAY)
        if now.belonging not in _NURSERIES:
            weight = 1.6 if now.arc in ("absence", "carer", "teen") else 0.6
            yield weight, Channel("atorg", "A06", "面談(所属先)", site, "atorg.lead.A06", _DAY)
            yield 0.05, Channel("acc", "A01", "同行支援", site, "acc.lead.school", _DAY)


def _incoming(now: Now) -> Weighted:
    guardian = (0.8, "telin.lead.guardian", "telin.body.guardian", _DAY, False)
    callers = [
        (1.2 if now.belonging else 0.0, "telin.lead.org", "telin.body.org", _DAY, False),
        guardian,
        (0.35 if now.arc in ("dv", "teen", "parenting") else 0.03, "telin.lead.police",
         "telin.body.police", (9 * 60, 11 * 60), True),
        (0.3 if "F01" in now.team else 0.05, "telin.lead.cwc", "telin.body.cwc",
         _AFTERNOON, True),
        (0.15, "telin.lead.med", "telin.body.med", _DAY, False),
        (0.12, "telin.lead.family", "telin.body.family", _DAY, True),
    ]  # fmt: skip
    for weight, lead, body, hours, always in callers:
        yield weight, Channel("telin", "A01", "電話(受)", "電話", lead, hours, body, always)
    if now.band in ("y0", "y1"):
        yield 0.5, Channel("telin", "A02", "電話(受)", "電話", guardian[1], _DAY, guardian[2])


def _site(now: Now) -> str:
    return "保育所・園" if now.belonging in _NURSERIES else "学校"
