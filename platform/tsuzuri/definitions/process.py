"""What is wrong with a process that is well-formed: names, options, ways that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tsuzuri.definitions.model import App, Label, Process
from tsuzuri.definitions.naming import field_principal, no_field, top_field, trait_of
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Problem, message
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import People, Staged


def problems(app: App) -> Iterator[Problem]:
    """Yield what is wrong with the process of an app; conditions are checked further up."""
    process = app.process
    if process is None:
        return
    yield from _fields(app, process)
    yield from _statuses(app, process)
    yield from _steps(app, process)
    yield from _unreachable(process)


def _fields(app: App, process: Process) -> Iterator[Problem]:
    """Yield what is wrong with the two fields a process writes."""
    status = top_field(app, process.status)
    if status is None:
        yield no_field("/process/status", process.status)
    elif not isinstance(trait_of(status), Staged):
        sentence = message("「{code}」は状態のフィールドではありません。", code=process.status)
        yield Problem("/process/status", sentence)
    else:
        yield from _initial(app, process)
    if not process.assignee:
        return
    assignee = top_field(app, process.assignee)
    trait = trait_of(assignee) if assignee is not None else None
    if assignee is None:
        yield no_field("/process/assignee", process.assignee)
    elif not isinstance(trait, People) or not trait.turn:
        sentence = message("「{code}」は作業者のフィールドではありません。", code=process.assignee)
        yield Problem("/process/assignee", sentence)


def _initial(app: App, process: Process) -> Iterator[Problem]:
    """Yield a problem where the field would begin with another status than the process."""
    given = app.document["record"]["properties"][process.status].get("initial")
    if given not in {None, process.first.code}:
        yield Problem(
            f"/record/properties/{escape(process.status)}/initial",
            message("はじめの状態「{code}」と違う初期値です。", code=process.first.code),
        )


def _statuses(app: App, process: Process) -> Iterator[Problem]:
    base = "/process/statuses"
    yield from _options(top_field(app, process.status), process)
    yield from _repeated(base, "code", [one.code for one in process.statuses])
    codes = {one.code for one in process.statuses}
    for place, one in enumerate(process.statuses):
        if codes & _spelled(one.name) - {one.code}:
            sentence = message("名前が、ほかの状態のコードと同じです。")
            yield Problem(f"{base}/{place}/name", sentence)
        for at, who in enumerate(one.who):
            yield from field_principal(app, who, f"{base}/{place}/assignee/who/{at}")
        if one.rule and not process.assignee:
            sentence = message(
                "作業者を決めるには、process の assignee に作業者のフィールドを書いてください。"
            )
            yield Problem(f"{base}/{place}/assignee", sentence)
    yield from _names(base, [one.name for one in process.statuses])
    first = process.first
    if first.rule and not (first.rule == "ONE" and first.is_creators):
        sentence = message("はじめの状態の作業者は、作成者だけか、なしにしてください。")
        yield Problem(f"{base}/0/assignee", sentence)


def _options(status: Field | None, process: Process) -> Iterator[Problem]:
    """Yield where the statuses and the options of their field differ."""
    trait = trait_of(status) if status is not None else None
    if not isinstance(trait, Staged):
        return
    for place, one in enumerate(process.statuses):
        if one.code not in trait.options:
            sentence = message(
                "「{code}」は、フィールド「{field}」の選択肢にありません。",
                code=one.code,
                field=process.status,
            )
            yield Problem(f"/process/statuses/{place}/code", sentence)
    missing = [code for code in trait.options if process.at(code) is None]
    if missing:
        sentence = message(
            "選択肢のうち、状態になっていないものがあります: {codes}", codes="、".join(missing)
        )
        yield Problem("/process/statuses", sentence)


def _steps(app: App, process: Process) -> Iterator[Problem]:
    base = "/process/actions"
    yield from _repeated(base, "code", [one.code for one in process.steps])
    yield from _names(base, [one.name for one in process.steps])
    for place, one in enumerate(process.steps):
        at = f"{base}/{place}"
        for number, code in enumerate(one.origins):
            if process.at(code) is None:
                yield _no_status(f"{at}/from/{number}", code)
        target = process.at(one.target)
        if target is None:
            yield _no_status(f"{at}/to", one.target)
        elif target.retired:
            sentence = message("「{code}」は使わなくなった状態です。", code=one.target)
            yield Problem(f"{at}/to", sentence)
        if one.target in one.origins:
            yield Problem(f"{at}/to", message("もとの状態と同じ状態へは進めません。"))
        for number, who in enumerate(one.who):
            yield from field_principal(app, who, f"{at}/who/{number}")


def _unreachable(process: Process) -> Iterator[Problem]:
    """Yield the statuses that no action leads to.

    Records may stand in one that is not used any more: whoever means that says so (``retired``).
    """
    reached, before = {process.first.code}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {one.target for one in process.steps if reached.intersection(one.origins)}
    for place, one in enumerate(process.statuses):
        if one.code not in reached and not one.retired:
            sentence = message(
                "「{code}」へ進む操作がありません。使わなくなった状態には"
                " retired を true にしてください。",
                code=one.code,
            )
            yield Problem(f"/process/statuses/{place}", sentence)


def _no_status(pointer: str, code: str) -> Problem:
    return Problem(pointer, message("「{code}」という状態はありません。", code=code))


def _names(base: str, names: list[Label]) -> Iterator[Problem]:
    """Yield names that two bear, in either language."""
    yield from _repeated(base, "name", [one.ja for one in names])
    yield from _repeated(base, "name/en", [one.en for one in names])


def _spelled(name: Label) -> set[str]:
    return {name.ja, name.en} - {""}


def _repeated(base: str, key: str, given: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(given):
        if one and one in seen:
            yield Problem(f"{base}/{place}/{key}", message("「{name}」が二度あります。", name=one))
        seen.add(one)
