"""House limits as rules that run; each rule is shown to catch a planted violation.

Import contracts stand in `pyproject.toml` and lint rules too. What is here neither can say.
"""

import ast
import io
import platform
import re
import subprocess
import sysconfig
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "platform/tsuzuri/"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file, read once."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)

    def functions(self) -> Iterator[Function]:
        """Every function in it, methods and inner ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def public(self) -> Iterator[ast.ClassDef | Function]:
        """What other modules may use: public classes, and public functions outside and in them."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                yield node
                if isinstance(node, ast.ClassDef):
                    yield from (
                        part
                        for part in node.body
                        if isinstance(part, Function) and not part.name.startswith("_")
                    )


def lines_of(function: Function) -> int:
    """Count a function as a reader scrolls it, docstring and blank lines included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def names_of(function: Function) -> tuple[list[str], list[str]]:
    """Name the positional and the keyword-only parameters, the object itself left out."""
    positional = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
    if positional[:1] in (["self"], ["cls"]):
        positional = positional[1:]
    return positional, [part.arg for part in function.args.kwonlyargs]


def long_functions(source: Source) -> Iterator[str]:
    """Nobody holds more than a screenful in mind: split what has more than 60 lines."""
    for function in source.functions():
        if lines_of(function) > 60:
            yield f"{function.name} has {lines_of(function)} lines"


def long_files(source: Source) -> Iterator[str]:
    """A file of more than 400 lines has more than one subject: split it by subject."""
    if (lines := len(source.text.splitlines())) > 400:
        yield f"{lines} lines"


def many_parameters(source: Source) -> Iterator[str]:
    """Six parameters are a thing without a name: name it, as a frozen dataclass."""
    for function in source.functions():
        head = source.text.splitlines()[function.lineno - 1]
        if re.search(r"noqa: [A-Z0-9, ]*PLR0913[A-Z0-9, ]* \(", head):
            continue  # a signature that a library dictates, and the line says which
        if sum(map(len, names_of(function))) > 5:
            yield f"{function.name} takes {sum(map(len, names_of(function)))} parameters"


PLACES = re.compile(
    r"(Platform|Database|Connection|Desk|Access|Actor|App|AppTables|Scene|BulkWriter|str)\b"
)
"""Types that say where a call happens and for whom; a dialect's name is one of them."""


def arguments_of(function: Function) -> list[str]:
    """Name what a call says by position beyond where it happens and for whom."""
    parts = {
        part.arg: part.annotation for part in (*function.args.posonlyargs, *function.args.args)
    }
    leading = True
    found = []
    for name in names_of(function)[0]:
        kind = ast.unparse(annotation) if (annotation := parts[name]) else ""
        is_place = PLACES.match(kind) and (kind != "str" or name in {"dialect", "user"})
        leading = leading and bool(is_place)
        if not leading and not is_place:
            found.append(name)
    return found


def positional_parameters(source: Source) -> Iterator[str]:
    """The fourth argument of a call says nothing without its name: make it keyword-only.

    Where it happens and for whom (a platform, a connection, an access, an app) does not count,
    and what a decorator hands to a framework is called by name.
    """
    for function in source.public():
        if isinstance(function, Function) and not function.decorator_list:
            arguments = arguments_of(function)
            if len(arguments) > 3:
                yield f"{function.name} takes {', '.join(arguments)} by position"


def silent_modules(source: Source) -> Iterator[str]:
    """A module says in its first line what it is for, an empty one too."""
    if not ast.get_docstring(source.tree):
        yield "the module has no docstring"


def silent_classes(source: Source) -> Iterator[str]:
    """A public class says what it stands for."""
    for node in source.public():
        if isinstance(node, ast.ClassDef) and not ast.get_docstring(node):
            yield f"class {node.name} has no docstring"


def silent_functions(source: Source) -> Iterator[str]:
    """Contracts, the gate and the use cases are read more than written: each function says why."""
    for node in source.public():
        if isinstance(node, Function) and not ast.get_docstring(node):
            yield f"{node.name} has no docstring"


def names_without_subject(source: Source) -> Iterator[str]:
    """Such a name says that the code has no subject; put each part where its subject is."""
    if re.search(r"(^|/)(utils?|helpers?|common|misc|\w*managers?)(\.py|/)", source.path):
        yield source.path


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Every comment with its line; what merely looks like one inside a string is none."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def orphaned_promises(source: Source) -> Iterator[str]:
    """A promise without an issue is kept by nobody: write its number, as in #12, or do it."""
    for line, comment in comments(source):
        if re.search(r"\b(TODO|FIXME|XXX)\b", comment) and not re.search(r"#\d+", comment):
            yield f"line {line}: {comment}"


EXCEPTION = re.compile(
    r"(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(\[[\w\-, ]+\])?)(?P<reason>.*)"
)


def silent_exceptions(source: Source) -> Iterator[str]:
    """Whoever silences a check says why on the same line: `noqa: S104 (the test refuses it)`."""
    for line, comment in comments(source):
        found = EXCEPTION.search(comment)
        if found and not re.search(r"\w\w", found["reason"]):
            yield f"line {line}: {comment}"


MAKERS = re.compile(r"^(list|dict|set|bytearray|defaultdict|deque|Counter|OrderedDict)$")
# mypy lets nobody change what is declared as one of these, whatever it was made as.
READ_ONLY = re.compile(r"\b(Mapping|Sequence|Collection|AbstractSet|MappingProxyType)\b")
CHANGES = re.compile(
    r"^(append|extend|insert|add|update|setdefault|pop|popitem|remove|discard|clear|sort)$"
)


def shared_state(source: Source) -> Iterator[str]:
    """All threads and all municipalities share a module: declare its tables Mapping or Sequence.

    A private table may stay as it is, if its own file, the only one to see it, never changes it.
    """
    changed = frozenset(changed_names(source.tree))
    for node in source.tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        if isinstance(node, ast.AnnAssign) and READ_ONLY.search(ast.unparse(node.annotation)):
            continue
        name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        private = name.startswith("_") and name not in changed
        if name != "__all__" and not private and is_mutable(node.value):
            yield f"line {node.lineno}: {name} can be changed"


def changed_names(tree: ast.Module) -> Iterator[str]:
    """Name whatever is written into, or told to change, by a statement of the file."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)):
                if CHANGES.match(verb):
                    yield name
            case ast.Global(names=names):
                yield from names


def is_mutable(value: ast.expr) -> bool:
    """Whether an expression plainly makes a container that can be changed."""
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)
        return bool(MAKERS.match(name))
    return isinstance(
        value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    )


def anywhere(_path: str) -> bool:
    """Choose every Python file."""
    return True


def in_package(path: str) -> bool:
    """Choose what ships."""
    return path.startswith(PACKAGE)


def in_contracts(path: str) -> bool:
    """Choose the field contract, the gate and the use cases."""
    return path.startswith(
        tuple(PACKAGE + name for name in ("fields/base", "access/", "services/"))
    )


@dataclass(frozen=True)
class Rule:
    """A check, where it holds, and one source that breaks it beside one that does not."""

    check: Callable[[Source], Iterator[str]]
    where: Callable[[str], bool]
    broken: str
    kept: str
    path: str = "platform/tsuzuri/sample.py"


DOCUMENTED = '"""Says."""\n'
RULES = (
    Rule(long_functions, anywhere, "def f():\n" + " x\n" * 60, "def f():\n" + " x\n" * 59),
    Rule(long_files, anywhere, "x\n" * 401, "x\n" * 400),
    Rule(
        many_parameters,
        in_package,
        "def f(a, b, *, c, d, e, g): ...",
        "class C:\n def f(self, a, b, *, c, d, e): ...\n"
        " def g(a, b, c, d, e, f):  # noqa: PLR0913 (the driver's signature)\n  ...",
    ),
    Rule(
        positional_parameters,
        in_package,
        "class C:\n def f(self, a, b, c, d): ...",
        "def f(app: App, a, b, c, *, d): ...\ndef _g(a, b, c): ...",
    ),
    Rule(silent_modules, anywhere, "", DOCUMENTED),
    Rule(silent_classes, in_package, "class C: ...", f"class C:\n {DOCUMENTED}class _D: ..."),
    Rule(
        silent_functions,
        in_contracts,
        f"class C:\n {DOCUMENTED} def f(self): ...",
        f"def f():\n {DOCUMENTED}def _g(): ...",
    ),
    Rule(orphaned_promises, anywhere, "x = 1  # TODO later", "x = '# TODO'  # TODO #12 later"),
    Rule(silent_exceptions, anywhere, "x  # noqa: S104", "x  # noqa: S104, S603 (a reason)"),
    Rule(silent_exceptions, anywhere, "x  # type: ignore[x]", "x  # type: ignore[x]  # a reason"),
    Rule(
        shared_state,
        in_package,
        "from typing import Final\nA: Final = {}",
        "A: Mapping[str, int] = {}\nB = (1,)\nC = frozenset({1})\n_D = {1: 2}\n__all__ = ['A']",
    ),
    Rule(shared_state, in_package, "_A = {}\ndef f(): _A[1] = 2", "_A = {1: 2}\nb = _A[1]"),
    Rule(shared_state, in_package, "_A = []\ndef f(): _A.append(1)", "_A = [1]\n_A.index(1)"),
    Rule(names_without_subject, anywhere, "", "", path="platform/tsuzuri/web/helpers.py"),
)
EACH = [pytest.param(rule, id=rule.check.__name__) for rule in RULES]
# A rule with several examples is asked once of the project.
ONCE = [pytest.param(rule, id=name) for name, rule in {r.check.__name__: r for r in RULES}.items()]


@cache
def tracked() -> tuple[str, ...]:
    """Name the files that are committed, or would be."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(sorted(name for name in listing.stdout.split("\0") if (ROOT / name).is_file()))


@cache
def sources() -> tuple[Source, ...]:
    """Read the Python files among them."""
    return tuple(
        Source(name, (ROOT / name).read_text(encoding="utf-8"))
        for name in tracked()
        if name.endswith(".py")
    )


@pytest.mark.parametrize("rule", ONCE)
def test_rule_holds(rule: Rule) -> None:
    broken = [
        f"{source.path}: {finding}"
        for source in sources()
        if rule.where(source.path)
        for finding in rule.check(source)
    ]
    assert not broken, f"{rule.check.__doc__}\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", EACH)
def test_rule_catches_a_planted_violation(rule: Rule) -> None:
    assert list(rule.check(Source(rule.path, rule.broken)))


@pytest.mark.parametrize("rule", EACH)
def test_rule_lets_good_code_pass(rule: Rule) -> None:
    assert not list(rule.check(Source("platform/tsuzuri/web/commons.py", rule.kept)))


def ninth_decile(lengths: list[int]) -> int:
    """Give the length that nine in ten do not exceed."""
    return sorted(lengths)[max(0, -(-len(lengths) * 9 // 10) - 1)]


def test_nine_in_ten_functions_have_at_most_24_lines() -> None:
    lengths = [
        lines_of(function)
        for source in sources()
        if in_package(source.path)
        for function in source.functions()
    ]
    assert ninth_decile(lengths) <= 24, "Long functions are becoming the habit: split some."


def test_ninth_decile_is_what_nine_in_ten_do_not_exceed() -> None:
    assert ninth_decile([1] * 9 + [50]) == 1
    assert ninth_decile([1] * 8 + [50] * 2) == 50
    assert ninth_decile([7]) == 7


def test_platform_is_a_folder_and_never_a_package() -> None:
    reason = "platform/ with an __init__.py shadows the standard library's module, and uuid breaks."
    assert not (ROOT / "platform/__init__.py").exists(), reason
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    assert Path(platform.__file__).resolve().is_relative_to(standard), reason


# Put together here, so that this file does not name what it forbids.
REGISTRY_HOST = re.compile(
    "|".join(
        r"\.".join(parts)
        for parts in (
            ("pypi", "org"),
            ("python" + "hosted", "org"),
            ("npm" + "js", "(org|com)"),
            ("yarn" + "pkg", "com"),
            ("deb", "debian", "org"),
        )
    )
    + "|file:"
    + "///"
)


def test_no_file_names_a_package_registry() -> None:
    """A lock that names a host fails, or asks the wrong one, inside a closed network."""
    naming = [
        name
        for name in tracked()
        if REGISTRY_HOST.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not naming


@pytest.mark.parametrize("host", ["files.python" + "hosted.org", "registry.npm" + "js.org"])
def test_registry_pattern_finds_a_host(host: str) -> None:
    assert REGISTRY_HOST.search(f'"resolved": "https://{host}/x"')
