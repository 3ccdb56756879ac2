"""Formulas, templates and JSON: what somebody types into a definition or a request as code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from attacks.cases import case
from attacks.oracles import alike, as_unknown, silent, stored
from attacks.serving import Site, Town
from attacks.world import CASE, CASE_RULES, CASE_VIEWS, record_id
from tsuzuri.errors import Invalid
from tsuzuri.storage import people
from tsuzuri.storage.people import Group
from worlds.town import OPEN_TO_ALL

A1 = f"/apps/case/records/{record_id('A1')}"
RESULT = "60481729"
"""7777 * 7777, which stands nowhere unless somebody works it out."""
TEMPLATES = (
    "{{7777*7777}}",
    "{{config}} ${7777*7777} #{7777*7777}",
    "{% print 7777*7777 %}",
    "{0.__class__.__mro__} {self} {n} %(n)s %s",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
)
CODE = (
    *TEMPLATES,
    '__import__("os").getcwd()',
    'open("/etc/passwd")',
    "().__class__",
    "9**9**9",
    '"a"*10**9',
    "lambda: 1",
    "(" * 5000 + "1" + ")" * 5000,
)
PATIENCE = 5.0
"""Seconds that an odd request may take, on a machine with much else to do."""


def refused(site: Site, fields: Mapping[str, Any]) -> bool:
    """Publish an app with these fields; tell whether that was refused."""
    try:
        site.world.publish(fields, OPEN_TO_ALL, code="odd", by="chief_a")
    except Invalid:
        return True
    return False


@case("D07", guard="formulas-are-templates")
def test_a_formula_is_a_formula_and_no_program(fresh: Town) -> None:
    site = fresh.here
    for kind in ("calculated_text", "calculated"):
        for text in CODE:
            began = time.monotonic()
            fields = {"a": {"kind": "text"}, "f": {"kind": kind, "expression": text}}
            assert refused(site, fields), f"taken for a formula: {text}"
            assert time.monotonic() - began < PATIENCE, text
    # What is a formula has an end, and what it is worked out from is text.
    fields = {
        "a": {"kind": "text"},
        "big": {"kind": "calculated", "expression": "9^9^9^9^9"},
        "long": {"kind": "calculated_text", "expression": " & ".join(["a"] * 2000)},
        "told": {"kind": "calculated_text", "expression": 'a & "{{7777*7777}}"'},
    }
    site.world.publish(fields, OPEN_TO_ALL, code="odd", by="chief_a")
    worker = fresh.visitor("worker_a")
    for text in TEMPLATES:
        began = time.monotonic()
        made = worker.fill("/apps/odd/new", f__a=text)
        assert made.status_code == 303, text
        page = worker.get(made.headers["location"])
        assert page.status_code == 200
        assert RESULT not in page.text
        assert time.monotonic() - began < PATIENCE, text
        number = int(made.headers["location"].split("?")[0].rsplit("/", 1)[1])
        assert stored(site, "odd", number)["told"] == text + "{{7777*7777}}"


@case("K20", guard="titles-are-templates")
def test_the_words_of_a_definition_are_words(fresh: Town) -> None:
    site, worker = fresh.here, fresh.visitor("worker_a")
    with site.platform.database.platform(writing=True) as connection:
        people.put_groups(connection, [Group(code="odd", name=TEMPLATES[0])])
    for number, text in enumerate(TEMPLATES):
        fields: Mapping[str, Mapping[str, Any]] = {
            "a": {"kind": "text", "title": text, "titles": {"en": text}, "help": text},
            "b": {"kind": "radio", "title": text + "b", "enum": [text, "other"]},
            "c": {"kind": "label", "title": text + "c", "text": text},
            "d": {"kind": "groups", "title": "d"},
        }
        app = site.world.publish(
            fields,
            OPEN_TO_ALL,
            code=f"odd{number}",
            by="chief_a",
            name=text,
            description=text,
            views=[{"name": text, "columns": ["a", "b"]}],
            recordTitle=["a"],
            comments={"acknowledge": [text[:20]]},
        )
        base = f"/apps/{app.code}"
        made = worker.fill(f"{base}/new", f__a=text, f__b=text, f__d="odd")
        record = made.headers["location"].split("?")[0]
        for path in (f"{base}/", f"{base}/new", record, f"{record}/edit", f"{record}/history", "/"):
            answer = worker.get(path)
            assert answer.status_code == 200, (path, text)
            _literal(answer)
        _literal(worker.get(f"{base}/export.csv"))
        assert _as_written(worker.get(record).text, text)


def _literal(answer: httpx.Response) -> None:
    for word in (RESULT, "<class", "&lt;class", "SECRET_KEY", "Markup(", "object at 0x"):
        assert word not in answer.text, (str(answer.url), word)


def _as_written(page: str, text: str) -> bool:
    return text.replace("'", "&#39;") in page


@case("I08", guard="hidden-fields-can-be-asked")
def test_no_error_depends_on_what_a_hidden_text_looks_like(fresh: Town) -> None:
    for site, text in ((fresh.here, "12"), (fresh.there, "ZQX")):
        changed = {"f__address": text, "f__reporter": text, "f__risk": "3"}
        assert site.visitor("worker_a").fill(A1 + "/edit", **changed).status_code == 303
    viewer = fresh.visitor("viewer_a")
    for code in ("address", "reporter", "verdict"):
        for form in ("{} >= 10", "{} < 13", '{} = "12"', "{} = 12", '{} like "12"', '{} in ("12")'):
            asked = f"/api/apps/case/records?query={form}"
            assert as_unknown(viewer, asked, code).status_code == 400
            alike(fresh, "viewer_a", asked.replace("{}", code))
        for form in ("/apps/case/?sort={}+desc", "/apps/case/?f.0.field={}&f.0.op=%3E&f.0.value=1"):
            silent(alike(fresh, "viewer_a", form.replace("{}", code)))
    # A formula that takes the text for a number fails for its reader in no way of its own.
    computing = {
        **CASE,
        "double": {"kind": "calculated", "expression": "reporter * 2"},
        "level": {"kind": "calculated_text", "expression": 'IF(address > 10, "high", "low")'},
    }
    for site in (fresh.here, fresh.there):
        site.world.publish(
            computing, CASE_RULES, code="case", by="chief_a", views=CASE_VIEWS, recordTitle=["name"]
        )
        assert site.visitor("worker_a").fill(A1 + "/edit", f__risk="4").status_code == 303
    for path in (A1, A1 + "/edit", "/apps/case/", "/apps/case/export.csv", "/search?q=memo"):
        silent(alike(fresh, "viewer_a", path))


@case("M03", guard="json-is-read-as-it-comes")
def test_json_of_any_depth_and_size_is_refused_in_time(fresh: Town) -> None:
    worker = fresh.visitor("worker_a")
    bodies = {
        "nested arrays": b"[" * 100_000 + b"]" * 100_000,
        "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "open brackets": b'{"record": ' + b"[" * 100_000,
        "fifty megabytes": b'{"record": {"name": "' + b"a" * 50 * 1024 * 1024 + b'"}}',
        "a million keys": b"{" + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}",
        "many keys": b"{" + b",".join(b'"k%d":1' % n for n in range(49_000)) + b"}",
        "many fields": b'{"record": {' + b",".join(b'"k%d":1' % n for n in range(49_000)) + b"}}",
        "a megabyte of text": b'{"record": {"name": "' + b"a" * 1024 * 1024 + b'"}}',
        "a megabyte of digits": b'{"record": {"risk": ' + b"9" * 1024 * 1024 + b"}}",
        "a hundred kilobytes of quotes": b'{"record": "' + b'\\"' * 100_000,
    }
    api = "/api/apps/case/records"
    for name, body in bodies.items():
        for method, path in (("POST", api), ("PUT", f"{api}/{record_id('A1')}")):
            headers = {"Content-Type": "application/json", "X-CSRFToken": worker.token}
            began = time.monotonic()
            answer = worker.http.request(method, path, content=body, headers=headers)
            # A text has no limit but what its field sets.
            taken = {200, 201} if name == "a megabyte of text" else {400, 413, 422}
            assert answer.status_code in taken, (name, method, answer.status_code)
            assert time.monotonic() - began < PATIENCE, (name, method)
