"""What the sample town is made of: plain frozen records, ready to be loaded by anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that a JSON document can hold."""

Values: TypeAlias = dict[str, JSON]
"""The fields of one record, by field code."""


@dataclass(frozen=True, slots=True)
class SampleAgency:
    """An agency of the network (所属)."""

    code: str
    name: str
    name_en: str
    kind: str
    parent: str | None
    phone: str


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """A group of users; access rules name these."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class SampleUser:
    """A login, with the agency and the groups it belongs to."""

    code: str
    name: str
    kana: str
    agency: str
    groups: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A member of a household, child or adult."""

    rel: str
    name: str
    kana: str
    birth: date
    job: str
    living: str
    custody: bool


@dataclass(frozen=True, slots=True)
class SampleHousehold:
    """A household: an address and the adults whom its children share."""

    number: int
    surname: str
    kana: str
    town: str
    street: str
    building: str
    postal: str
    phone: str
    adults: tuple[SamplePerson, ...]
    arc: str
    nationality: str
    secret: bool
    moved_in: date | None


@dataclass(frozen=True, slots=True)
class SampleChild:
    """A child, what is registered about it, and the story that its records tell."""

    number: int
    household: int
    case_no: str
    name: str
    kana: str
    sex: str
    birth: date
    """For an expected birth, the due date."""
    unborn: bool
    name_unknown: bool
    arc: str
    received: date
    closed: date | None
    status: str
    case_class: str
    consult_type: str
    abuse_type: tuple[str, ...]
    severity: str
    route: str
    worker: str
    supervisor: str
    nursery: str | None
    school: str
    special: bool
    traits: tuple[str, ...]
    """What adds agencies to the story: club, place, disability, welfare."""
    phases: tuple[tuple[int, str], ...]
    """(day ordinal, phase) in time order; the phase holds until the next one."""
    taste: int
    """Picks the constant details of one child's story (what it likes, its class)."""


@dataclass(frozen=True, slots=True)
class SampleTown:
    """The whole town, without its records: see ``tsuzuri.sample.records``."""

    name: str
    name_en: str
    today: date
    seed: int
    agencies: tuple[SampleAgency, ...]
    groups: tuple[SampleGroup, ...]
    users: tuple[SampleUser, ...]
    households: tuple[SampleHousehold, ...]
    children: tuple[SampleChild, ...]


@dataclass(frozen=True, slots=True)
class SampleComment:
    """A comment under a record."""

    author: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class SampleAcknowledgement:
    """A one-tap word under a record: 確認しました, ありがとうございます, 助かります."""

    author: str
    at: datetime
    phrase: str


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One record of one app, as its writer saved it."""

    app: str
    author: str
    at: datetime
    values: Values
    comments: tuple[SampleComment, ...] = ()
    acknowledgements: tuple[SampleAcknowledgement, ...] = ()
