"""The monthly attendance slip (定期的情報提供連絡票) of nurseries and schools."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

from .days import fiscal_year, is_office_day, is_vacation, utc
from .desk import Desk
from .model import JSON, SampleRecord, Values
from .world import Now, When

_BASE = {"absence": 0.26, "teen": 0.14, "neglect": 0.11, "mother": 0.1, "carer": 0.09, "dv": 0.08}
_FACTOR = {"n": 1.2, "e": 1.0, "w": 1.15, "s": 0.45}
_REASONS = (
    "病気・けが", "病気・けが", "家庭の事情", "不登校傾向", "連絡なし・不明", "その他",
)  # fmt: skip
_KINDS = {
    "病気・けが": "欠席(病気)",
    "家庭の事情": "欠席(家庭の都合)",
    "不登校傾向": "欠席(理由不明)",
    "連絡なし・不明": "欠席(連絡なし)",
    "その他": "欠席(家庭の都合)",
}


class Attendance(Desk):
    """Makes the slips; each tells of the month before the day it is sent in."""

    def record(self, now: Now, when: When) -> SampleRecord:
        """The slip of one child for last month."""
        day, growth = when.day, when.growth
        draw, place = self.draw, now.belonging or "B05"
        last = day.replace(day=1) - timedelta(days=1)
        days = self._open_days(last, school=place not in ("B01", "B02", "B03"))
        rate = _BASE.get(now.arc, 0.05) * _FACTOR[now.phase]
        absent = [one for one in days if draw() < rate]
        worried = len(absent) >= 4 or (now.phase in ("n", "w") and draw() < 0.3)
        values = self.head(now, day)
        values |= {
            "org": [place],
            "year": fiscal_year(last),
            "month": f"{last.month}月",
            "school_days": len(days),
            "absent_days": len(absent),
        }
        self._absences(values, absent)
        self._look(values, now, worried=worried)
        scope = ["A01", place]
        if now.band in ("e1", "e2", "j"):
            scope.append("A06")
        elif now.band in ("y0", "y1"):
            scope.append("A02")
        values["scope"] = scope
        longest = values.get("consecutive_absent", 0)
        serious = isinstance(longest, int) and longest >= 7
        values["importance"] = "緊急" if serious else "重要" if len(absent) >= 8 else "通常"
        author = self.world.author(now.child, place)
        at = utc(day, self.minute(9 * 60, 17 * 60))
        return self.saved("attendance", author, at=at, entry=(values, scope, growth * 0.6))

    def _open_days(self, last: date, *, school: bool) -> list[date]:
        days = [last.replace(day=n + 1) for n in range(monthrange(last.year, last.month)[1])]
        return [d for d in days if is_office_day(d) and not (school and is_vacation(d))]

    def _absences(self, values: Values, absent: list[date]) -> None:
        draw = self.draw
        late = int(draw() * draw() * 6)
        if late:
            values["late_days"] = late
        if draw() < 0.2:
            values["early_days"] = 1 + int(draw() * 2)
        if not absent:
            values["home_contact"] = "欠席なし"
            values["consecutive_absent"] = 0
            return
        reasons: list[str] = []
        rows: list[JSON] = []
        for one in absent:
            reason = _REASONS[int(draw() * draw() * len(_REASONS))]
            if reason not in reasons:
                reasons.append(reason)
            rows.append({"day": one.isoformat(), "kind": _KINDS[reason]})
        values["daily"] = rows
        none = "連絡なし・不明" in reasons
        values["home_contact"] = "なし" if none and len(reasons) == 1 else (
            "ときどきあり" if none else "毎回あり"
        )  # fmt: skip
        values["reasons"] = reasons
        values["consecutive_absent"] = _longest(absent)

    def _look(self, values: Values, now: Now, *, worried: bool) -> None:
        draw, say = self.draw, self.speaker(now)
        tone = "worry" if worried else "ok"
        if worried:
            values["child_state"] = "とても気になる" if draw() < 0.2 else "少し気になる"
            sign = "眠そう・疲れ" if draw() < 0.5 else "表情が乏しい"
            values["signs"] = [sign]
        else:
            values["child_state"] = "変わりなし"
            values["nothing"] = draw() < 0.5
        values["meals"] = "ときどき気になる" if worried and draw() < 0.4 else "問題なし"
        values["clothing"] = "ときどき気になる" if now.arc == "neglect" and worried else "問題なし"
        if not values.get("nothing"):
            values["note"] = say(f"att.note.{tone}")
            if draw() < 0.5:
                values["guardian_contact"] = say(f"att.guardian.{tone}")


def _longest(days: list[date]) -> int:
    """The longest run of absence, over weekends."""
    best = run = 1
    for before, after in pairwise(days):
        gap = (after - before).days
        run = run + 1 if gap == 1 or (gap == 3 and before.weekday() == 4) else 1
        best = max(best, run)
    return best
