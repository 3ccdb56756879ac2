"""Apps drawn at random: fields of many kinds, and who may see which of them where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from noninterference.channels import ANYTHING, Channel
from noninterference.kinds import (
    CATALOGUE,
    EVERY,
    FIRST,
    LINKING,
    SECOND,
)
from worlds.town import EVERYTHING, document_of

ADMIN = "abe"
"""Sees and does everything; what others do unseen is done in this name."""

LEVELS = ("open", "open", "hidden", "hidden", "guarded", "guarded", "masked", "view", "mixed")
PRINCIPALS = (
    *("everyone", "user:sato", "user:takahashi", "group:heads", "group:caseworkers"),
    *(
        "agency:CARE",
        "agency:DESK",
        "agency:DESK/*",
        "agency:HEALTH/*",
        "agency:NURSERY",
        "agency:CITY/*",
        "agency:CARE/*",
    ),
    *("creator", "creator-agency", "creator-agency/*"),
)
NAMING = {
    "staff": ("field:staff",),
    "scope": ("field:scope", "field:scope/*"),
    "team": ("field:team",),
}
LIKELY = ("papers", "papers", "papers", "no", "no", "n", "m", "drop", "staff", "scope", "sum")
"""Fields through which many channels lead."""

RIGHTS = (
    *("view edit delete comment export print",) * 2,
    "view edit delete comment export print unmask",
    "view",
    "view comment",
    "",
)


@dataclass(frozen=True)
class Drafts:
    """The two definitions of one example."""

    first: Mapping[str, Any]
    second: Mapping[str, Any]

    def __iter__(self) -> Any:
        """Yield both documents in the order in which they are published."""
        return iter((self.first, self.second))


def draw(rng: Random, channel: Channel = ANYTHING) -> Drafts:
    """Draw both apps, the first one so that ``channel`` may lead through it."""
    return Drafts(_first(rng, channel), _second(rng, channel))


def _first(rng: Random, channel: Channel) -> dict[str, Any]:
    some = rng.sample([*CATALOGUE, *LIKELY], rng.randint(5, 10))
    moves = not rng.randrange(3)
    codes = _with_needed(["t", *channel.fields, *some, *(("state", "turn") if moves else ())])
    document = {**_document(rng, FIRST, codes, channel), "notify": _notify(codes)}
    return {**document, "process": _process(rng, codes)} if moves else document


def _notify(codes: Sequence[str]) -> dict[str, Any]:
    """Draw whom the app tells of what; by chance of its own, which shifts nothing else."""
    rng = Random(" ".join(codes))
    rule: dict[str, Any] = {"on": ["added", "edited", "commented"], "to": ["everyone"]}
    if rng.randrange(2):
        rule["when"] = condition(rng, codes)
    found: dict[str, Any] = {"rules": [rule]}
    if not rng.randrange(3):
        found["urgent"] = {"when": condition(rng, codes)}
    return found


STATES = ("受付", "終結")


def _process(rng: Random, codes: Sequence[str]) -> dict[str, Any]:
    """Draw how records move to and fro; conditions and people may be of any field."""
    turn = {"rule": rng.choice(["ONE", "ALL", "ANY"]), "who": rng.sample(PRINCIPALS[1:], 3)}
    first: dict[str, Any] = {"code": STATES[0]}
    if rng.randrange(2):
        first["assignee"] = {"rule": "ONE", "who": ["creator"]}
    actions = [
        _action(rng, codes, "go", STATES),
        _action(rng, codes, "back", STATES[::-1]),
        _action(rng, codes, "more", STATES),
    ]
    return {
        "status": "state",
        "assignee": "turn",
        "statuses": [first, {"code": STATES[1], "assignee": turn}],
        "actions": actions,
    }


def _action(rng: Random, codes: Sequence[str], code: str, way: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"code": code, "name": code, "from": [way[0]], "to": way[1]}
    if rng.randrange(2):
        found["where"] = condition(rng, codes)
    if not rng.randrange(3):
        named = [one for each in codes for one in NAMING.get(each, ())]
        found["who"] = rng.sample([*PRINCIPALS, *named], 2)
    return found


def _second(rng: Random, channel: Channel) -> dict[str, Any]:
    chosen = [
        "t",
        *rng.sample(list(LINKING), rng.randint(1, 3)),
        *rng.sample(["u", "m", "sure", "staff"], 2),
    ]
    return _document(rng, SECOND, _with_needed(chosen), replace(channel, fields=()))


def _with_needed(codes: Sequence[str]) -> list[str]:
    """Return the codes with those they are made of, each once, in the catalogue's order."""
    wanted = {*codes, *(need for code in codes for need in EVERY[code].needs)}
    return [code for code in EVERY if code in wanted]


def _document(rng: Random, app: str, codes: Sequence[str], channel: Channel) -> dict[str, Any]:
    properties = {code: dict(EVERY[code].schema) for code in codes}
    more: dict[str, Any] = {
        "views": [_view(rng, codes, place) for place in range(rng.randint(0, 3))],
        "comments": {"acknowledge": ["確認しました", "助かりました"]},
    }
    titles = [code for code in codes if EVERY[code].shape in {"text", "number", "choice"}]
    if rng.randrange(3):
        more["recordTitle"] = rng.sample(titles, min(len(titles), rng.randint(1, 2)))
    if not rng.randrange(4):
        more["form"] = [{"group": "まとまり", "rows": [[code] for code in codes[:3]]}]
    # Whatever the field says to whom: the list of what is due may tell no more.
    more["retention"] = {"months": 1, "from": "day" if "day" in codes else "$created"}
    access = {
        "app": _app_rules(rng, app, channel),
        "record": _record_rules(rng, codes, channel),
        "field": _field_rules(rng, codes, channel),
    }
    return document_of(properties, access, code=app, **more)


def _view(rng: Random, codes: Sequence[str], place: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"一覧{place}",
        "columns": rng.sample(list(codes), min(len(codes), rng.randint(1, 4))),
    }
    if rng.randrange(2):
        found["where"] = condition(rng, codes)
    sortable = [code for code in codes if EVERY[code].sortable]
    if rng.randrange(2):
        found["sort"] = (
            f"{rng.choice([*sortable, '$updated', '$id'])} {rng.choice(['asc', 'desc'])}"
        )
    return found


def condition(rng: Random, codes: Sequence[str], *, parts: int = 2) -> str:
    """Draw a condition over any of ``codes``; empty where none of them can be asked for."""
    asked = [code for code in codes if EVERY[code].operators and EVERY[code].shape]
    if not asked:
        return ""
    found = [_comparison(rng, rng.choice(asked)) for _ in range(rng.randint(1, parts))]
    return rng.choice([" and ", " or "]).join(found)


def _comparison(rng: Random, code: str) -> str:
    drawn = EVERY[code]
    operator = rng.choice(drawn.operators)
    if operator.startswith("is "):
        return f"{code} {operator}"
    value = literal(rng, code)
    return (
        f"{code} {operator} ({value})" if operator.endswith("in") else f"{code} {operator} {value}"
    )


def literal(rng: Random, code: str) -> str:
    """Draw a value of a field as a condition writes it."""
    if code == "staff" and not rng.randrange(3):
        return "LOGINUSER()"
    if code == "scope" and not rng.randrange(3):
        return "PRIMARY_ORGANIZATION()"
    if code == "day" and not rng.randrange(4):
        return rng.choice(["TODAY()", "TOMORROW()"])
    return f'"{rng.choice(EVERY[code].asked)}"'


def _app_rules(rng: Random, app: str, channel: Channel) -> list[dict[str, Any]]:
    """Mostly everybody may do everything; sometimes less, or only add, or nothing at all."""
    admin = {"who": [f"user:{ADMIN}"], "allow": [*EVERYTHING]}
    rest: list[str] = [*EVERYTHING]
    fate = rng.randrange(20 if channel is ANYTHING else 60)
    if fate == 0:
        rest = ["add"]
    elif fate == 1:
        rest = [] if app == FIRST else ["view"]
    elif fate < 5:
        rest = ["view", *(one for one in EVERYTHING if one != "view" and rng.randrange(2))]
    return [admin, *([{"who": ["everyone"], "allow": rest}] if rest else [])]


def _record_rules(rng: Random, codes: Sequence[str], channel: Channel) -> list[dict[str, Any]]:
    if not (channel.unseen or channel.who or rng.randrange(6)):
        return []
    named = [one for code in codes for one in NAMING.get(code, ())]
    admin = {"who": [f"user:{ADMIN}"], "allow": [*EVERYTHING]}
    return [admin, *(_record_rule(rng, codes, named, channel) for _ in range(rng.randint(1, 3)))]


def _record_rule(
    rng: Random, codes: Sequence[str], named: Sequence[str], channel: Channel
) -> dict[str, Any]:
    rights = channel.rights if channel.rights and rng.randrange(3) else RIGHTS
    bare = not channel.unseen and not rng.randrange(3)
    fitting = [one for one in channel.who if not one.startswith("field:") or one in named]
    if fitting and rng.randrange(4):
        who = [rng.choice(fitting)]
    elif rng.randrange(2):
        who = rng.sample([*PRINCIPALS, *named, *named], rng.randint(1, 2))
    else:
        who = ["everyone"]
    return {
        "who": who,
        "where": "" if bare else condition(rng, codes),
        "allow": rng.choice(rights).split(),
    }


def _field_rules(rng: Random, codes: Sequence[str], channel: Channel) -> list[dict[str, Any]]:
    """Give each field a level for everybody but the one who sees all."""
    levels = {code: rng.choice(LEVELS) for code in codes}
    if channel.levels:
        levels |= {code: rng.choice(channel.levels) for code in channel.fields}
    closed = [code for code, level in levels.items() if level != "open"]
    rules = [{"fields": closed, "who": [f"user:{ADMIN}"], "allow": "edit"}] if closed else []
    for code in closed:
        rules += _levels(rng, code, levels[code], codes)
    return rules


def _levels(rng: Random, code: str, level: str, codes: Sequence[str]) -> list[dict[str, Any]]:
    everyone = {"fields": [code], "who": ["everyone"]}
    if level == "hidden":
        return [{**everyone, "allow": "none"}]
    if level in {"masked", "view"}:
        return [{**everyone, "allow": level}]
    where = condition(rng, codes)
    who = ["everyone"] if level == "guarded" else rng.sample(PRINCIPALS, 2)
    opened = {"fields": [code], "who": who, "where": where, "allow": rng.choice(["edit", "view"])}
    return [opened, {**everyone, "allow": rng.choice(["none", "none", "masked"])}]
