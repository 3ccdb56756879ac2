"""What was said and done, minute by minute: an interview, a call, a night on duty."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, ClassVar

from markupsafe import Markup

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.fields.documents import Document
from tsuzuri.fields.listed import SIZES
from tsuzuri.fields.moments import CLOCK
from tsuzuri.fields.wording import lines, one_line
from tsuzuri.japanese.calendar import parse_time

_LINE = re.compile(r"\s*(\S+)(?:\s+(.*))?")
_SPOKEN = re.compile(r"【([^】]*)】\s*(.*)")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 4000, "not": {"pattern": "[\n\r]"}}
_SPEAKER = {"type": "string", "minLength": 1, "maxLength": 64, "not": {"pattern": "[\n\r【】]"}}


def _tidy(entry: Any) -> Any:
    """Return an entry on one line, without outer spaces and without an empty speaker."""
    if not isinstance(entry, dict):
        return entry
    plain = {k: one_line(v.strip()) if isinstance(v, str) else v for k, v in entry.items()}
    return {k: v for k, v in plain.items() if k != "speaker" or v not in ("", None)}


class TimedLog(Document):
    """Entries in the order they were written, which past midnight is not that of the clock.

    Typed as lines ``15:05 【母】来所した``; a line without a time goes on from the one before.
    """

    name = "timed_log"
    family = Family.TIMES
    label = message("時刻付きの経過")
    about = message("いつ、だれが、何を言ったかを順に書く")
    shape: ClassVar[Keywords] = MappingProxyType(
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "text"],
                "properties": {"at": dict(CLOCK), "text": _TEXT, "speaker": _SPEAKER},
                "additionalProperties": False,
            },
        }
    )
    options: ClassVar[Keywords] = MappingProxyType(SIZES)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxItems": 3},
            accepted=(
                [
                    {"at": "15:05", "text": "来所"},
                    {"at": "00:10", "text": "「帰る」", "speaker": "母"},
                ],
                [{"at": "09:00", "text": '【緊急】入電, "警察"'}],
            ),
            rejected=(
                *([{"at": "9:00", "text": "a"}], [{"at": "09:00"}], [{"text": "a"}], "15:05 来所"),
                *([{"at": "09:00", "text": "a\nb"}], [{"at": "09:00", "text": "a"}] * 4, [1]),
                [{"at": "09:00", "text": "a", "mood": "b"}],
            ),
            typed=(
                (
                    "15:05 来所\r\n　体調は良い\n１５時１０分　【母】 帰りたい",
                    [
                        {"at": "15:05", "text": "来所 体調は良い"},
                        {"at": "15:10", "text": "帰りたい", "speaker": "母"},
                    ],
                ),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(
            control=Control.LOG, parts=(("at", "時刻"), ("speaker", "話した人"), ("text", "内容"))
        )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        entries: list[dict[str, str]] = []
        for line in lines(text):
            match = _LINE.match(line)
            at = parse_time(match[1]) if match else None
            if match and at:
                entries.append({"at": f"{at:%H:%M}", "text": match[2] or ""})
            elif entries:
                entries[-1]["text"] += f" {line.strip()}"
            else:
                return text
        for entry in entries:
            if spoken := _SPOKEN.match(entry["text"]):
                entry["speaker"], entry["text"] = spoken[1], spoken[2]
        return self.normal(field, entries)

    def normal(self, field: Field, wire: Wire) -> Wire:
        return [_tidy(entry) for entry in wire] if isinstance(wire, list) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> Markup:
        item = Markup("<li><time>{at}</time> {speaker}{text}</li>")
        named = Markup("<b>{}</b> ")
        entries = (
            item.format(
                at=entry["at"],
                text=entry["text"],
                speaker=named.format(entry["speaker"]) if "speaker" in entry else "",
            )
            for entry in wire
        )
        return Markup('<ol class="log">{}</ol>').format(Markup().join(entries))

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        """Return one line an entry; an empty 【】 shields a text that begins with brackets."""
        found = []
        for entry in wire:
            speaker = entry.get("speaker", "")
            mark = f"【{speaker}】" if speaker or entry["text"].startswith("【") else ""
            found.append(f"{entry['at']} {mark}{entry['text']}")
        return "\n".join(found)
