"""What templates, scripts and style sheets may not hold; each rule is shown to catch a violation.

The content policy forbids most of it in the browser too.  Here it fails before anybody sees it,
and for the attributes of htmx, which no browser knows, it fails at all.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform" / "tsuzuri"

VALUE = r"\"(?:\{\{.*?\}\}|\{%.*?%\}|[^\"])*\"|'[^']*'"
TAG = re.compile(
    rf"<(?!/|!--)([a-z][a-z0-9-]*)\b((?:{VALUE}|\{{\{{.*?\}}\}}|\{{%.*?%\}}|[^>])*)>",
    re.DOTALL | re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    rf"(?<![\w{{.('\"-])([a-z][\w:.-]*)\s*=\s*({VALUE})", re.IGNORECASE | re.DOTALL
)
ASKS = re.compile(r"^(?:data-)?hx-(get|post|put|patch|delete)$")

MARKUP = {
    "fields/links.py": 1,
    "fields/rich_text.py": 1,
    "fields/table.py": 7,
    "fields/timed_log.py": 4,
    "web/items.py": 3,
    "web/rows.py": 9,
    "web/shown.py": 1,
}
"""Where text is declared to be markup, and how often: constants with ``format``, which escapes, and
``rich_text``, which cleans.  One more is to be reviewed before the number here is raised."""
SAFE: frozenset[str] = frozenset()
"""Templates that may say ``|safe``: none."""
WRITING_MARKUP = {"js/live.js": 6, "js/page.js": 2, "js/presence.js": 1, "js/rich.js": 1}
"""Scripts that touch ``innerHTML``: two swap in what our own templates made, as htmx does, one
copies our own row template, one reads."""
NAMES_ONLY = re.compile(
    r"http://www\.w3\.org/(?:2000/svg|1999/xlink)|\"https://\"(?=\))|https:// など"
)
"""Names of XML dialects, what a person is asked to type: nothing that anything is loaded from."""


@dataclass(frozen=True)
class Text:
    """One file, by its path below the project's own folders."""

    path: str
    text: str

    def attributes(self) -> Iterator[tuple[str, str, str]]:
        """Yield (tag, name, value) of everything that looks like an attribute."""
        for tag in TAG.finditer(re.sub(r"\{#.*?#\}", "", self.text, flags=re.DOTALL)):
            for found in ATTRIBUTE.finditer(tag[2]):
                yield tag[1], found[1].lower(), found[2][1:-1]


def running_attributes(file: Text) -> Iterator[str]:
    """An attribute that htmx or the browser runs as a program needs eval or inline script."""
    for _, name, value in file.attributes():
        plain = name.removeprefix("data-")
        if plain.startswith(("hx-on", "hx-vars", "hx-ext")) or re.match(r"on[a-z]+$", name):
            yield name
        if plain.startswith("hx-") and re.search(r"\b(js|javascript):", value, re.IGNORECASE):
            yield f"{name}={value}"
        if plain == "hx-trigger" and "[" in re.sub(r"\{\{.*?\}\}", "", value):
            yield f"{name}={value}"
        if plain in {"href", "src", "action"} and re.match(
            r"\s*(javascript|data):", value, re.IGNORECASE
        ):
            yield f"{name}={value}"


def inline_parts(file: Text) -> Iterator[str]:
    """Script and style come from files of ours alone: the policy names no nonce and no hash."""
    for tag in TAG.finditer(file.text):
        if tag[1] == "style" or (tag[1] == "script" and " src=" not in tag[2]):
            yield tag[0]
        if tag[1] in {"object", "embed", "iframe", "base", "frame", "applet"}:
            yield tag[0]
    yield from (f"style={value}" for _, name, value in file.attributes() if name == "style")


def unescaped(file: Text) -> Iterator[str]:
    """Whatever is shown is escaped, where it is shown."""
    if file.path not in SAFE:
        yield from re.findall(r"\|\s*safe\b|\bautoescape\b|\bforceescape\b|Markup\(", file.text)


def unprotected_forms(file: Text) -> Iterator[str]:
    """A form that changes something carries the token of its session."""
    for form in re.finditer(r"<form\b.*?</form>", file.text, re.DOTALL):
        head = form[0][: form[0].index(">")]
        if re.search(r"(?i)method=\"post\"", head) and 'name="csrf_token"' not in form[0]:
            yield head
        if not re.search(r"method=\"(get|post)\"", head):
            yield f"{head} says no method"


def literal_addresses(file: Text) -> Iterator[str]:
    """An address that htmx asks for is made by ``url_for``, never put together in a template."""
    for _, name, value in file.attributes():
        if ASKS.match(name) and not re.fullmatch(r"\{\{[^{}]*\}\}", value):
            yield f"{name}={value}"
        if name in {"action", "formaction"} and not re.fullmatch(r"\{\{[^{}]*\}\}", value):
            yield f"{name}={value}"


def outside_hosts(file: Text) -> Iterator[str]:
    """Everything comes from our own server, in a closed network too."""
    for found in re.finditer(r"(?:https?:)?//[\w{]|@import\b", NAMES_ONLY.sub("", file.text)):
        before = file.text[max(0, found.start() - 1) : found.start()]
        if not file.path.endswith(".js") or "http" in found[0] or before in {'"', "'", "`"}:
            yield file.text[found.start() : found.start() + 60]


def written_markup(file: Text) -> Iterator[str]:
    """A script that makes markup out of text makes markup out of what somebody typed."""
    found = re.findall(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b", file.text
    )
    if len(found) != WRITING_MARKUP.get(file.path, 0):
        yield from found


def declared_markup(file: Text) -> Iterator[str]:
    """``Markup`` is called where ``MARKUP`` says, and as often."""
    calls = [
        node
        for node in ast.walk(ast.parse(file.text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Markup"
    ]
    # Markup() of nothing and of a constant declare nothing.
    given = [one for one in calls if one.args and not isinstance(one.args[0], ast.Constant)]
    if len(calls) > MARKUP.get(file.path, 0):
        yield f"{len(calls)} calls of Markup, {len(given)} of them not of a constant"


TEMPLATES, SCRIPTS, STYLES, PYTHON = "templates", "scripts", "styles", "python"


@dataclass(frozen=True)
class Rule:
    """A rule, the files it is about, a violation of each sort it must find, and good text."""

    check: Callable[[Text], Iterator[str]]
    about: tuple[str, ...]
    broken: tuple[str, ...]
    kept: tuple[str, ...]


RULES = (
    Rule(
        running_attributes,
        (TEMPLATES,),
        (
            '<b hx-on:click="x()">',
            '<b data-hx-on--load="x()">',
            '<b hx-vars="a:b()">',
            "<b hx-vals='js:{a: b()}'>",
            '<b hx-headers="javascript:x()">',
            '<b hx-trigger="click[ctrlKey]">',
            '<b hx-ext="sse">',
            '<b data-hx-ext="x">',
            '<a\n  onclick="x()">',
            '<a onmouseover = "x()">',
            '<a href="javascript:x()">',
            "<svg ONLOAD='x()'>",
        ),
        ('<b hx-trigger="every 1s" data-only="x" hx-vals=\'{"a": 1}\'>', '<a href="{{ one }}">'),
    ),
    Rule(
        inline_parts,
        (TEMPLATES,),
        (
            "<style>a{}</style>",
            "<script>x()</script>",
            '<script type="module">',
            '<p style="color:red">',
            '<iframe src="/x">',
            '<base href="/">',
        ),
        ('<script src="{{ asset("a.js") }}" defer></script>', '<p class="style">'),
    ),
    Rule(
        unescaped,
        (TEMPLATES,),
        ("{{ a|safe }}", "{{ a | safe }}", "{% autoescape false %}", "{{ Markup(a) }}"),
        ("{{ a|escape }}", "safe"),
    ),
    Rule(
        unprotected_forms,
        (TEMPLATES,),
        ('<form action="{{ a }}" method="post"><input></form>', '<form action="{{ a }}"></form>'),
        (
            '<form action="{{ a }}" method="post"><input name="csrf_token"></form>',
            '<form action="{{ a }}" method="get"></form>',
        ),
    ),
    Rule(
        literal_addresses,
        (TEMPLATES,),
        (
            '<b hx-get="/apps/{{ a }}">',
            '<b data-hx-post="/x">',
            '<b hx-delete="{{ a }}/{{ b }}">',
            '<form action="/x" method="get">',
        ),
        ("<b hx-get=\"{{ url_for('a.b', c=d) }}\">", '<form action="{{ a }}" method="get">'),
    ),
    Rule(
        outside_hosts,
        (TEMPLATES, SCRIPTS, STYLES),
        (
            '<img src="https://outside.example/x.png">',
            '<img src="//outside.example/x.png">',
            "a { background: url(http://outside.example/x) }",
            '@import "other.css";',
        ),
        ('"http://www.w3.org/2000/svg"', "a { background: url(./x.woff2) }"),
    ),
    Rule(
        written_markup,
        (SCRIPTS,),
        ("a.innerHTML = b;", 'eval("x")', "document.write(a)", "b.insertAdjacentHTML('x', a)"),
        ("a.textContent = b;",),
    ),
    Rule(
        declared_markup,
        (PYTHON,),
        ("Markup(text)", "markupsafe.Markup(f'<b>{text}</b>')", "Markup('<b>{}</b>').format(x)"),
        ("escape(text)",),
    ),
)


def files(sort: str) -> Iterator[Text]:
    """Yield the files of a sort; what npm brought is only asked for outside hosts in its CSS."""
    places = {
        TEMPLATES: (ROOT / "templates", "*.html"),
        SCRIPTS: (PACKAGE / "static", "*.js"),
        STYLES: (PACKAGE / "static", "*.css"),
        PYTHON: (PACKAGE, "*.py"),
    }
    folder, pattern = places[sort]
    for path in sorted(folder.rglob(pattern)):
        name = path.relative_to(folder).as_posix()
        if not (sort == SCRIPTS and name.startswith("vendor/")):
            yield Text(name, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.check.__name__))
def test_no_file_breaks_a_rule(rule: Rule) -> None:
    read = [file for sort in rule.about for file in files(sort)]
    assert len(read) > 5
    broken = [f"{file.path}: {found}" for file in read for found in rule.check(file)]
    assert not broken, f"{rule.check.__doc__}\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "text"),
    [(rule, text) for rule in RULES for text in rule.broken],
    ids=lambda one: one if isinstance(one, str) else one.check.__name__,
)
def test_each_rule_finds_a_planted_violation(rule: Rule, text: str) -> None:
    assert list(rule.check(Text("planted", text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.check.__name__))
def test_each_rule_lets_good_text_pass(rule: Rule) -> None:
    for text in rule.kept:
        assert not list(rule.check(Text("planted.html", text))), text


def test_no_more_markup_is_allowed_than_there_is() -> None:
    counted = Counter(
        {
            file.path: sum(
                isinstance(node, ast.Call) and ast.unparse(node.func) == "Markup"
                for node in ast.walk(ast.parse(file.text))
            )
            for file in files(PYTHON)
        }
    )
    assert {path: many for path, many in counted.items() if many} == MARKUP
