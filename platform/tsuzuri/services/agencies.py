"""Looking after agencies, which form a tree, and groups, which do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.services import wellformed
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, people
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.people import Agency, Group

TAKEN = message("このコードはもう使われています。")


def put_agency(platform: Platform, actor: Actor, wanted: Agency, *, new: bool) -> None:
    """Add an agency or change it.

    Raises ``Unknown`` for one that is not there to change, ``Invalid`` with everything wrong:
    a code that is taken, a parent that is not there or stands below the agency itself.
    """
    with platform.changing(actor) as connection:
        people.touch(connection)
        known = people.agencies(connection)
        problems = [*_wrong(wanted, known, new=new), *_parent(wanted, known)]
        if problems:
            raise Invalid(problems)
        people.put_agencies(connection, [wanted])
        audit.note(connection, _entry("agency", wanted, known.get(wanted.code)))


def put_group(platform: Platform, actor: Actor, wanted: Group, *, new: bool) -> None:
    """Add a group or change it; raises as for agencies."""
    with platform.changing(actor) as connection:
        people.touch(connection)
        known = people.groups(connection)
        problems = list(_wrong(wanted, known, new=new))
        if problems:
            raise Invalid(problems)
        people.put_groups(connection, [wanted])
        audit.note(connection, _entry("group", wanted, known.get(wanted.code)))


def _wrong(
    wanted: Agency | Group, known: Mapping[str, Agency | Group], *, new: bool
) -> Iterator[Problem]:
    if not new and wanted.code not in known:
        raise Unknown
    if new:
        yield from wellformed.code(wanted.code, "/code")
        if wanted.code in known:
            yield Problem("/code", TAKEN)
    yield from wellformed.text(wanted.name, "/name", needed=True)
    yield from wellformed.text(wanted.name_en, "/name_en")
    if isinstance(wanted, Agency):
        yield from wellformed.text(wanted.kind, "/kind")
        yield from wellformed.text(wanted.phone, "/phone")


def _parent(wanted: Agency, known: Mapping[str, Agency]) -> Iterator[Problem]:
    """Yield a problem with the agency over this one; the tree must stay one."""
    if wanted.parent and wanted.parent not in known:
        sentence = message("「{code}」は登録されていません。", code=wanted.parent)
        yield Problem("/parent", sentence)
    climbing, seen = wanted.parent, {wanted.code}
    while climbing in known:
        if climbing in seen:
            sentence = message("上位の所属に、この所属自身やその下の所属は選べません。")
            yield Problem("/parent", sentence)
            return
        seen.add(climbing)
        climbing = known[climbing].parent


def _entry(entity: str, after: Agency | Group, before: Agency | Group | None) -> Entry:
    if before is None:
        return Entry(action=f"{entity}.add", detail={entity: after.code})
    changed = [n for n in after.__slots__ if getattr(after, n) != getattr(before, n)]
    detail = {entity: after.code, "fields": changed}
    return Entry(action=f"{entity}.change", detail=detail)


def tree(known: Mapping[str, Agency]) -> list[tuple[int, Agency]]:
    """Return agencies as a tree is read: (depth, agency), each under the one above it."""
    below: dict[str, list[Agency]] = {}
    for one in sorted(known.values(), key=lambda one: one.code):
        below.setdefault(one.parent if one.parent in known else "", []).append(one)
    found: list[tuple[int, Agency]] = []
    waiting = [(0, one) for one in reversed(below.get("", []))]
    while waiting:
        depth, one = waiting.pop()
        found.append((depth, one))
        waiting += [(depth + 1, child) for child in reversed(below.get(one.code, []))]
    return found
