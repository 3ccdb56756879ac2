"""Every command answers good and bad input in words and with a status, never with a traceback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tsuzuri import __version__, resources
from tsuzuri.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
INTAKE = str(resources.APPS / "intake.json")


def tsuzuri(home: Path, *arguments: str, **settings: str) -> Result:
    """Give the command in a folder of files, to an installation of its own."""
    unset = {name: None for name in os.environ if name.startswith("TSUZURI_")}
    environment = {**unset, "TSUZURI_HOME": str(home / "data"), **settings}
    with contextlib.chdir(home):
        done = CliRunner().invoke(main, arguments, env=environment)
    # Anything but an ending with a status would be a traceback.
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out files of every sort."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "folder").mkdir()
    (folder / "garbage").write_bytes(bytes(range(256)) * 40)
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "nothing.json").touch()
    (folder / "half.json").write_text('{"app": "half"}')
    (folder / "large.json").write_bytes(b" " * (2 * 1024 * 1024 + 1))
    document = json.loads(Path(INTAKE).read_text(encoding="utf-8"))
    document["views"][0]["where"] = "nowhere = 1"
    (folder / "wrong.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


USAGE = 2
REFUSED = 1

MISTAKES: dict[str, tuple[int, str]] = {
    "": (USAGE, "Usage"),
    "nothing-like-this": (USAGE, "No such command"),
    "check": (USAGE, "Missing argument"),
    "check missing.json": (USAGE, "does not exist"),
    "check folder": (USAGE, "is a directory"),
    "check garbage": (REFUSED, "garbage: /: 文字コード"),
    "check deep.json": (REFUSED, "入れ子が深すぎます"),
    "check large.json": (REFUSED, "大きすぎます"),
    "check nothing.json": (REFUSED, "JSON として読めません"),
    "check half.json": (REFUSED, "half.json: /record: 入力してください。"),
    "check wrong.json": (REFUSED, "wrong.json: /views/0/where: 「nowhere」"),
    "publish missing.json": (USAGE, "does not exist"),
    "publish folder": (USAGE, "is a directory"),
    "publish garbage": (REFUSED, "文字コード"),
    "publish deep.json": (REFUSED, "入れ子が深すぎます"),
    "publish large.json": (REFUSED, "大きすぎます"),
    "publish half.json": (REFUSED, "/name: 入力してください。"),
    "publish wrong.json": (REFUSED, "/views/0/where: 「nowhere」"),
    "draft folder": (USAGE, "is a directory"),
    "draft garbage": (REFUSED, "文字コード"),
    "versions": (USAGE, "Missing argument"),
    "versions nobody": (REFUSED, "見つかりません"),
    "versions nobody --show 1": (REFUSED, "見つかりません"),
    "versions nobody --publish 1": (REFUSED, "見つかりません"),
    "versions nobody --publish 99999999999999999999": (USAGE, "not in the range"),
    "user": (USAGE, "Missing argument"),
    "user somebody": (USAGE, "Missing option '--name'"),
    "user x --name y --agency a/b": (REFUSED, "/code"),
    "people": (USAGE, "Usage"),
    "people import": (USAGE, "Missing argument"),
    "people import missing.csv": (USAGE, "does not exist"),
    "people import folder": (USAGE, "is a directory"),
    "people import garbage": (REFUSED, "文字コード"),
    "people import nothing.json": (REFUSED, "の列がありません"),
    "agency put a/b": (REFUSED, "/code"),
    "agency put new": (REFUSED, "/name: 入力してください。"),
    "agency put new --name n --parent nowhere": (REFUSED, "/parent"),
    "group put new": (REFUSED, "/name: 入力してください。"),
    "demo --records -1": (USAGE, "not in the range"),
    "demo --records many": (USAGE, "not a valid integer"),
    "demo --home garbage --no-server": (REFUSED, "garbage: File exists"),
    "run --port 65536": (USAGE, "not in the range"),
    "run --workers 0": (USAGE, "not in the range"),
    "run --threads -1": (USAGE, "not in the range"),
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_told_in_words(home: Path, line: str) -> None:
    status, words = MISTAKES[line]
    done = tsuzuri(home, *line.split())
    assert done.exit_code == status, done.stderr
    assert words in done.stdout + done.stderr


@pytest.mark.parametrize(
    "setting, value, words",
    [
        ("TSUZURI_DATABASE", "nonsense", "データベースを使えません"),
        ("TSUZURI_DATABASE", "oracle://x/y", "oracle is none of sqlite, postgresql"),
        ("TSUZURI_DATABASE", "postgresql+psycopg://x@127.0.0.1:1/x", "データベースを使えません"),
        ("TSUZURI_DATABASE", "sqlite:////proc/nowhere/x", "/proc/nowhere: No such file"),
        (
            "TSUZURI_DATABASE",
            "sqlite:///garbage",
            "データベースを使えません: file is not a database",
        ),
        ("TSUZURI_ZONE", "Moon/Sea", "TSUZURI_ZONE: "),
        ("TSUZURI_HOME", "/proc/nowhere", "No such file"),
        ("TSUZURI_HOME", "garbage", "garbage"),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_words(
    home: Path, setting: str, value: str, words: str
) -> None:
    done = tsuzuri(home, "versions", "intake", **{setting: value})
    assert done.exit_code == REFUSED
    assert words in done.stderr


def test_checking_many_files_tells_of_each(home: Path) -> None:
    done = tsuzuri(home, "check", INTAKE, "half.json", "garbage")
    assert done.exit_code == REFUSED
    first, *others = done.stdout.splitlines()
    assert first.endswith(" OK")
    assert {line.split(":")[0] for line in others} == {"half.json", "garbage"}
    assert tsuzuri(home, "check", INTAKE).exit_code == 0


def test_definitions_are_published_kept_as_drafts_and_brought_back(home: Path) -> None:
    settings = {"TSUZURI_HOME": str(home / "publishing")}

    def answer(*arguments: str) -> list[str]:
        done = tsuzuri(home, *arguments, **settings)
        assert done.exit_code == 0, done.stderr
        return done.stdout.splitlines()

    assert answer("publish", INTAKE) == ["intake: version 1"]
    assert answer("draft", INTAKE) == ["2"]
    states = [line.split()[:2] for line in answer("versions", "intake", "--publish", "2")]
    assert states[-1] == ["1", "earlier"]
    assert "published" in {state for _, state in states}
    shown = json.loads("\n".join(answer("versions", "intake", "--show", "1")))
    assert shown["app"] == "intake"
    assert len(answer("publish")) == len(list(resources.APPS.glob("*.json")))


def test_a_user_gets_a_password_and_its_agencies_and_groups(home: Path) -> None:
    done = tsuzuri(home, "user", "sato", "--name", "佐藤", "--agency", "A01", "--group", "g")
    code, password = done.stdout.split()
    assert (done.exit_code, code) == (0, "sato")
    assert len(password) >= 10
    again = tsuzuri(home, "user", "sato", "--name", "佐藤 花子")
    assert again.stdout.split()[1] != password


def answered(home: Path, *arguments: str, status: int = 0) -> str:
    """Give a command in an installation of people alone; return what it prints."""
    done = tsuzuri(home, *arguments, TSUZURI_HOME=str(home / "people"))
    assert done.exit_code == status, done.stderr
    return done.stdout + done.stderr


def test_what_is_not_given_of_a_user_stays(home: Path) -> None:
    answered(home, "user", "chief", "--name", "長", "--administers", "--group", "g")
    answered(home, "user", "chief", "--name", "新しい長")
    assert "chief,新しい長,,,g,,,,はい" in answered(home, "people", "export")
    refused = answered(home, "user", "chief", "--name", "長", "--no-administers", status=REFUSED)
    assert "管理者がいなくなります" in refused


def test_agencies_and_groups_are_listed_and_changed(home: Path) -> None:
    answered(home, "agency", "put", "city", "--name", "市")
    answered(home, "agency", "put", "haven", "--name", "避難先", "--parent", "city")
    answered(home, "agency", "put", "haven", "--confidential")
    shown = answered(home, "agency", "list")
    assert "city 市\n  haven 避難先 (confidential)\n" in shown
    answered(home, "group", "put", "board", "--name", "会議")
    assert "board 会議\n" in answered(home, "group", "list")
    assert "/parent" in answered(home, "agency", "put", "city", "--parent", "haven", status=REFUSED)


def test_people_come_from_a_file_after_a_look_at_what_changes(home: Path) -> None:
    header = "ログイン名,氏名,ふりがな,所属コード,グループコード,開始日,終了日,メール,有効"
    file = home / "people.csv"
    file.write_text(f"{header}\r\nfuji,藤,,,,,,,はい\r\n", encoding="cp932")
    told = answered(home, "people", "import", str(file))
    assert "added    fuji" in told
    assert "fuji" not in answered(home, "people", "export")
    assert "added: 1 changed: 0" in answered(home, "people", "import", str(file), "--apply")
    assert "fuji,藤,,,,,,,はい" in answered(home, "people", "export")
    file.write_text(f"{header}\r\nfuji,,,nowhere,,,,,\r\n", encoding="utf-8")
    refused = answered(home, "people", "import", str(file), "--apply", status=REFUSED)
    assert "2 氏名: 入力してください。" in refused
    assert "2 所属コード: 「nowhere」は登録されていません。" in refused


@pytest.mark.parametrize("code", ["", " ", "a b", "x" * 300])
def test_a_user_whose_code_nobody_could_type_is_refused(home: Path, code: str) -> None:
    done = tsuzuri(home, "user", code, "--name", "誰か")
    assert done.exit_code == REFUSED
    assert "/code" in done.stderr


def test_help_and_version_need_no_installation(home: Path) -> None:
    assert tsuzuri(home, "--version").stdout.endswith(f"{__version__}\n")
    for command in (
        "run",
        "demo",
        "check",
        "publish",
        "draft",
        "versions",
        "user",
        "people",
        "schemas",
    ):
        done = tsuzuri(home, command, "--help", TSUZURI_HOME="/proc/nowhere")
        assert done.exit_code == 0


def test_the_schemas_of_all_kinds_are_printed(home: Path) -> None:
    printed = json.loads(tsuzuri(home, "schemas").stdout)
    assert printed == json.loads((resources.SCHEMAS / "fields.schema.json").read_bytes())


def test_the_program_itself_tells_without_a_traceback(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tsuzuri", "versions", "nobody"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "platform"),
            "TSUZURI_HOME": str(home / "data"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert done.stderr == "見つかりません。\n"


def test_a_lost_second_factor_is_taken_away_for_a_reason(home: Path) -> None:
    tsuzuri(home, "user", "lost", "--name", "紛失 太郎")
    assert tsuzuri(home, "second-factor", "lost", "--reason", "端末の紛失").exit_code == 0
    for arguments in (("nobody", "--reason", "x"), ("lost", "--reason", " "), ("lost",)):
        refused = tsuzuri(home, "second-factor", *arguments)
        assert refused.exit_code in {1, 2}
        assert "Traceback" not in refused.output
