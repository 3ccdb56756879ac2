"""W0, the catalogue's world, in definitions of ours; and its twin.

Agencies A and B; apps CASE, CONTACT and SECRET.  Cases A1 to A5 belong to A, B1 to B5 to B, X1 to A
but sealed.  What the readers of A may not see carries a canary, ``ZQX-field-row``; hidden numbers
begin with 98765.  The twin agrees on everything that they may see and differs in everything else,
in the number of records as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from tsuzuri.config import Config
from tsuzuri.services import people
from tsuzuri.services.platform import Platform
from tsuzuri.storage import people as stored_people
from tsuzuri.storage import threads
from tsuzuri.storage.people import Agency, Group, User
from tsuzuri.storage.threads import Comment
from worlds.town import ERRAND, TOKYO, Clock, World

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
CANARY = "ZQX"
NUMBER = "98765"
KEY = "of-these-tests-only"

AGENCIES = (
    Agency(code="A", name="甲課"),
    Agency(code="B", name="乙課"),
)
OPEN_GROUPS = ("readers", "workers", "chiefs", "masked", "nofield")
GROUPS = (
    *(Group(code=code, name=code) for code in OPEN_GROUPS),
    Group(code="SHELTER", name="ZQX-group-SHELTER", confidential=True),
)
USERS = (
    User(code="viewer_a", name="甲の閲覧者", agencies=("A",), groups=("readers",)),
    User(code="viewer_nofield", name="項目なし", agencies=("A",), groups=("nofield",)),
    User(code="masked_a", name="甲の伏せ字", agencies=("A",), groups=("masked",)),
    User(code="writer_a", name="甲の記入者", agencies=("A",), groups=()),
    User(code="worker_a", name="甲の担当", agencies=("A",), groups=("workers",)),
    User(code="viewer_b", name="乙の閲覧者", agencies=("B",), groups=("readers",)),
    User(code="worker_b", name="乙の担当", agencies=("B",), groups=("workers",)),
    User(code="chief_a", name="甲の長", agencies=("A",), groups=("workers", "chiefs")),
    User(code="shelter", name="保護所", agencies=("B",), groups=("SHELTER",)),
    User(code="admin", name="管理者", administers=True),
    User(code="auditor", name="監査人", audits=True),
)
READING = ["view", "comment", "export", "print"]
WRITING = [*READING, "add", "edit", "delete", "import", "unmask"]
HIDDEN = (
    "address", "reporter", "risk", "birthday", "schools", "files_sealed", "seal",
)  # fmt: skip
SEALED = 'seal in ("はい")'

CASE: Mapping[str, Any] = {
    "name": {"kind": "name"},
    "kana": {"kind": "kana"},
    "status": {"kind": "status", "enum": ["受付", "公開", "終結"], "initial": "受付"},
    "owner": {"kind": "text"},
    "unit": {"kind": "agencies", "initial": "my-agency"},
    "case_no": {"kind": "text", "unique": True},
    "memo": {"kind": "rich_text"},
    "assignee": {"kind": "users"},
    "team": {"kind": "groups"},
    "parent_case": {"kind": "reference", "reference": {"app": "case"}},
    "age": {"kind": "age", "of": "birthday", "form": "age"},
    "birthday": {"kind": "date"},
    "children": {
        "kind": "table",
        "items": {"properties": {"child": {"kind": "text", "title": "child"}}},
    },
    "schools": {
        "kind": "table",
        "items": {"properties": {"school": {"kind": "text", "title": "school"}}},
    },
    "files": {"kind": "attachment"},
    "files_sealed": {"kind": "attachment"},
    "address": {"kind": "text"},
    "reporter": {"kind": "text"},
    "risk": {"kind": "number"},
    "verdict": {"kind": "calculated_text", "expression": '"判定" & reporter'},
    "seal": {"kind": "yes_no"},
    "plan": {"kind": "text"},
    "link": {"kind": "link"},
    "contacts": {
        "kind": "related",
        "related": {
            "app": "contact",
            "key": "case_no",
            "match": "case",
            "columns": ["title", "cost"],
            "size": 5,
        },
    },
}
CASE_RULES: Mapping[str, Any] = {
    "app": [
        {"who": ["group:readers", "group:nofield"], "allow": READING},
        {"who": ["agency:A", "agency:B"], "allow": WRITING},
    ],
    "record": [
        {"where": SEALED, "who": ["group:chiefs"], "allow": WRITING},
        {"where": SEALED, "who": ["everyone"], "allow": []},
        {"where": "", "who": ["field:unit", "field:assignee"], "allow": WRITING},
    ],
    "field": [
        {"fields": [*CASE], "who": ["group:nofield"], "allow": "none"},
        {"fields": [*HIDDEN], "who": ["group:workers"], "allow": "edit"},
        {"fields": ["address"], "who": ["group:masked"], "allow": "masked"},
        {"fields": [*HIDDEN], "who": ["everyone"], "allow": "none"},
        {"fields": ["plan"], "who": ["group:workers"], "allow": "edit"},
        {"fields": ["plan"], "who": ["everyone"], "where": 'status in ("公開")', "allow": "edit"},
        {"fields": ["plan"], "who": ["everyone"], "allow": "none"},
        {"fields": [*CASE], "who": ["everyone"], "allow": "edit"},
    ],
}
CASE_VIEWS = [
    {"name": "新しい順", "columns": ["name", "status", "owner"], "sort": "$created desc"},
    {"name": "危険の順", "columns": ["name", "risk"], "sort": "risk desc"},
    {"name": "至急ZQX-view", "columns": ["name"], "where": "risk >= 3"},
]
CONTACT: Mapping[str, Any] = {
    "title": {"kind": "text"},
    "unit": {"kind": "agencies", "initial": "my-agency"},
    "case": {
        "kind": "lookup",
        "lookup": {"app": "case", "key": "case_no", "copy": {"name": "child"}, "pick": ["name"]},
    },
    "child": {"kind": "text"},
    "cost": {"kind": "number"},
}
CONTACT_RULES: Mapping[str, Any] = {
    "app": [
        {"who": ["group:readers"], "allow": READING},
        {"who": ["agency:A", "agency:B"], "allow": WRITING},
    ],
    "record": [{"where": "", "who": ["field:unit"], "allow": WRITING}],
}
SECRET_RULES: Mapping[str, Any] = {"app": [{"who": ["group:SHELTER"], "allow": WRITING}]}

FIRST = 1_800_000_000_000_000
STEP = 1_000_000

ROWS = ("A1", "B1", "A2", "B2", "A3", "B3", "A4", "B4", "A5", "B5", "X1")
"""As they were made: the two agencies in turns."""


def record_id(row: str) -> int:
    """Return the id of a row, the same in both worlds."""
    place = ROWS.index(row) if row in ROWS else len(ROWS) + int(row[1:])
    return FIRST + place * STEP


@dataclass(frozen=True)
class Variant:
    """What is unseen in one of the two worlds."""

    number: int

    def secret(self, field: str, row: str) -> str:
        """Return the text of a hidden field; the twin's is another, and longer."""
        return f"ZQX-{field}-{row}" + "-twin" * self.number

    def risk(self, row: str) -> int:
        """Return the hidden number; the twin orders the rows the other way round."""
        place = ROWS.index(row) if row in ROWS else 0
        return 987651 + (place if not self.number else 20 - place)

    @property
    def others(self) -> tuple[str, ...]:
        """The rows of agency B: their number tells the worlds apart as well."""
        return ("B1", "B2", "B3", "B4", "B5") + ("B6", "B7", "B8") * self.number


def case(row: str, variant: Variant) -> dict[str, Any]:
    """Return a case as stored: of A, with secrets in hidden fields; of B, secret all over."""
    ours = row[0] == "A"

    def text(field: str) -> str:
        return f"{field} of {row}" if ours else variant.secret(field, row)

    return {
        "$id": record_id(row),
        "$creator": "worker_b" if row[0] == "B" else "worker_a",
        "$creator_agency": "B" if row[0] == "B" else "A",
        "name": text("name"),
        "kana": "アイ",
        "status": "公開" if row == "A2" else "受付",
        "owner": text("owner"),
        "unit": ["B"] if row[0] == "B" else ["A"],
        "case_no": f"ZQ-{row}" if ours else f"ZQX-no-{row}",
        "memo": f"<p>{text('memo')}</p>",
        "assignee": ["worker_b" if row[0] == "B" else "worker_a"],
        "birthday": f"201{variant.number}-0{1 + ROWS.index(row) % 9 if row in ROWS else 9}-02",
        "children": [{"id": str(record_id(row) + 1), "child": text("child")}],
        "schools": [{"id": str(record_id(row) + 2), "school": variant.secret("school", row)}],
        "address": variant.secret("address", row),
        "reporter": variant.secret("reporter", row),
        "verdict": "判定" + variant.secret("reporter", row),
        "risk": variant.risk(row),
        "seal": row[0] == "X",
        "plan": "open plan of A2" if row == "A2" else variant.secret("plan", row),
        "link": "https://example.invalid/",
    }


def contact(number: int, *, unit: str, variant: Variant) -> dict[str, Any]:
    """Return a contact about A1; those of B are unseen by A, and the twin has more of them."""
    title = f"contact {number}" if unit == "A" else variant.secret("contact", str(number))
    return {
        "$id": FIRST + STEP * (100 + number),
        "title": title,
        "unit": [unit],
        "case": "ZQ-A1",
        "child": "name of A1" if unit == "A" else variant.secret("child", "A1"),
        "cost": number if unit == "A" else variant.risk("A1"),
    }


def build(url: str, folder: Path, number: int) -> None:
    """Make one of the two worlds on an empty database."""
    variant = Variant(number)
    platform, clock = opened(url, folder)
    try:
        people.put_everybody(platform, AGENCIES, GROUPS, USERS)
        _give_passwords(platform)
        world = World(platform=platform, clock=clock)
        _publish(world)
        _fill(world, variant)
    finally:
        platform.database.close()


def opened(url: str, folder: Path, **settings: Any) -> tuple[Platform, Clock]:
    """Open the platform of a world, whose clock stands still until a test moves it."""
    clock = Clock(NOW)
    config = Config(database=url, files=folder, secret_key=KEY, zone=TOKYO, **settings)
    return Platform.open(config, clock=clock), clock


def _give_passwords(platform: Platform) -> None:
    """Give everybody the one password, hashed cheaply: hundreds of sign-ins are to be tried."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with platform.database.platform(writing=True) as connection:
        for one in USERS:
            stored_people.put_password(connection, one.code, cheap)


def _publish(world: World) -> None:
    world.publish(CONTACT, CONTACT_RULES, code="contact", by="chief_a", recordTitle=["title"])
    world.publish(
        CASE,
        CASE_RULES,
        code="case",
        by="chief_a",
        views=CASE_VIEWS,
        recordTitle=["name", "address"],
        comments={"acknowledge": ["確認しました"]},
    )
    secret = {"title": {"kind": "text"}, "body": {"kind": "multiline"}}
    world.publish(secret, SECRET_RULES, code="secret", by="shelter", name="ZQX-app-SECRET")


def _fill(world: World, variant: Variant) -> None:
    apps = world.platform.apps
    ours = ("A1", "A2", "A3", "A4", "A5", "X1")
    rows = sorted({*ours, *variant.others}, key=record_id)
    world.put(apps["case"], *(case(row, variant) for row in rows))
    contacts = [contact(one, unit="A", variant=variant) for one in (1, 2)]
    contacts += [contact(10 + n, unit="B", variant=variant) for n in range(2 + 5 * variant.number)]
    world.put(apps["contact"], *contacts)
    world.put(apps["secret"], *_secrets(variant))
    said = [(record_id("A1"), _comment(1, "worker_a", "the school called"))]
    said += [
        (record_id("B1"), _comment(2 + n, "worker_b", variant.secret("comment", "B1")))
        for n in range(1 + variant.number)
    ]
    with world.platform.database.write(ERRAND) as connection:
        threads.add(connection, apps["case"], said)


def _secrets(variant: Variant) -> Iterator[Mapping[str, Any]]:
    for number in range(2 + variant.number):
        yield {"$id": FIRST + STEP * (200 + number), "title": variant.secret("title", "S1")}


def _comment(number: int, author: str, body: str) -> Comment:
    agency = "B" if author.endswith("_b") else "A"
    at = f"2026-11-01T00:00:{number:02}Z"
    return Comment(id=FIRST + number, author=author, agency=agency, at=at, body=body)
