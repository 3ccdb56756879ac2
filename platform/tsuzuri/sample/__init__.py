"""A made-up town with its agencies, people, children and two years of records.

Everything comes from a seed and a day: the same two give the same bytes. No person, place or
case in it is real. ``build_town(today=…)`` makes the town, ``records(town)`` streams its records.
"""

from .model import (
    JSON,
    SampleAcknowledgement,
    SampleAgency,
    SampleChild,
    SampleComment,
    SampleGroup,
    SampleHousehold,
    SamplePerson,
    SampleRecord,
    SampleTown,
    SampleUser,
    Values,
)
from .records import records
from .town import DEFAULT_SEED, build_town

__all__ = [
    "DEFAULT_SEED",
    "JSON",
    "SampleAcknowledgement",
    "SampleAgency",
    "SampleChild",
    "SampleComment",
    "SampleGroup",
    "SampleHousehold",
    "SamplePerson",
    "SampleRecord",
    "SampleTown",
    "SampleUser",
    "Values",
    "build_town",
    "records",
]
