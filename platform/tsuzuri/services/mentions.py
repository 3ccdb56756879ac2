"""To whom a comment is addressed: people, agencies and groups, named as ``user:CODE`` and so on.

Only those can be addressed of whom the writer may know that they read the record.  Everybody else
is refused in the same words, whether there is such a person or not.  Who is reached is found out
when the comment is told of: an agency means those who belong to it, or below it, at that moment,
and each of them is asked by the rules like anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Invalid, Message, Problem, message
from tsuzuri.japanese.folding import fold
from tsuzuri.services import readership
from tsuzuri.services.platform import Platform
from tsuzuri.storage import threads
from tsuzuri.storage.people import Directory
from tsuzuri.storage.records import Records
from tsuzuri.storage.threads import Comment

MOST = 30
REFUSED: Message = message("宛先にできない人や所属が含まれています。選び直してください。")

Names = tuple[str, ...]


def must_comment(records: Records, record_id: int) -> None:
    """Refuse where the person does not see the record, or sees it without the right to comment."""
    records.get(record_id)
    access = records.access
    if not access.may("comment") or not records.allows(record_id, [access.rows["comment"]])[0]:
        raise Denied


def offered(platform: Platform, access: Access, record_id: int) -> Names:
    """Return whom somebody may address under a record: agencies, then people, then groups.

    Where hidden values decide who else reads, those who spoke there can be answered all the same.
    """
    quiet = readership.quietly(platform, access)
    with platform.reading(quiet) as records:
        must_comment(records, record_id)
        found = readership.readers(platform, records, record_id)
        said = threads.comments_of(records.connection, access.whole, record_id)
    directory = platform.directory_for(access.actor)
    others = [one for one in found.readers if one.user != access.actor.user]
    names = {
        *(f"agency:{code}" for one in others for code in one.above),
        *(f"user:{one.user}" for one in others),
        *(f"group:{code}" for one in others for code in one.groups),
    }
    if found.uncertain:
        names.update(spoke(access.actor, said))
    return tuple(sorted(known(directory, names), key=lambda name: _order(directory, name)))


def spoke(actor: Actor, said: Iterable[Comment]) -> Names:
    """Return whom an answer to all is for: who wrote or was addressed, by agency if there is one.

    Colleagues of one's own agency are answered by themselves.
    """
    found: dict[str, None] = {}
    for one in said:
        if one.withdrawn_at:
            continue
        elsewhere = one.agency and one.agency not in actor.agencies
        found[f"agency:{one.agency}" if elsewhere else f"user:{one.author}"] = None
        found.update(dict.fromkeys(one.mentions))
    found.pop(f"user:{actor.user}", None)
    own = {f"agency:{code}" for code in actor.agencies}
    return tuple(name for name in found if name not in own)


def known(directory: Directory, names: Iterable[str]) -> Names:
    """Return those of ``names`` that are there in somebody's directory."""
    return tuple(name for name in names if _is_known(directory, *parted(name)))


def _is_known(directory: Directory, kind: str, code: str) -> bool:
    return kind in {"user", "agency", "group"} and directory.knows(kind, code)


def parted(name: str) -> tuple[str, str]:
    """Return the kind and the code of a name."""
    kind, _, code = name.partition(":")
    return kind, code


def matching(directory: Directory, names: Iterable[str], asked: str) -> Iterator[str]:
    """Yield those who are called like ``asked``, by name or reading, themselves or their agency."""
    wanted = fold(asked)
    for name in names:
        if wanted in fold(" ".join(_words(directory, *parted(name)))):
            yield name


def _words(directory: Directory, kind: str, code: str) -> Iterator[str]:
    if kind == "user":
        user = directory.users[code]
        # A reading is often typed without the space between family and given name.
        yield from (user.name, user.kana, user.kana.replace(" ", "").replace("\u3000", ""))
        for agency in user.agencies:
            yield directory.name("agency", agency)
    else:
        yield from (directory.name(kind, code), directory.name(kind, code, "en"))


def _order(directory: Directory, name: str) -> tuple[int, str, str]:
    kind, code = parted(name)
    reading = directory.users[code].kana if kind == "user" else ""
    return ("agency", "user", "group").index(kind), reading, code


def taken(
    platform: Platform, access: Access, record_id: int, asked: Sequence[str], kept: Names = ()
) -> Names:
    """Return whom a comment is addressed to, each once; ``kept`` were accepted before.

    Raises ``Invalid`` for too many, and in the same words for who may not be addressed and for
    who is not there.
    """
    names = tuple(dict.fromkeys(asked))
    if len(names) > MOST:
        raise Invalid([Problem("/mentions", message("宛先は{limit}件までです。", limit=MOST))])
    fresh = set(names) - set(kept)
    if fresh and not fresh <= set(offered(platform, access, record_id)):
        raise Invalid([Problem("/mentions", REFUSED)])
    return names


def answered(platform: Platform, access: Access, record_id: int) -> Names:
    """Return whom an answer to all reaches: who spoke and can be addressed."""
    with platform.reading(access) as records, records.searching():
        records.get(record_id)
        said = threads.comments_of(records.connection, access.whole, record_id)
    wanted = set(spoke(access.actor, said))
    return tuple(one for one in offered(platform, access, record_id) if one in wanted)[:MOST]


def concern(user: str, above: Iterable[str], groups: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether somebody of these agencies (with all above them) and groups is addressed."""
    mine = {
        f"user:{user}",
        *(f"agency:{code}" for code in above),
        *(f"group:{code}" for code in groups),
    }
    return not mine.isdisjoint(names)
