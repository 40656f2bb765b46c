"""What needs no collection: help, version, settings, and how failures are told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Command

COMMANDS = ["demo", "add", "sync", "list", "remove", "ask", "serve", "index", "doctor", "config", "model"]
COMMANDS += ["eval", "people", "keys", "collections", "documents", "mcp", "names", "widget"]
COMMAND_GROUPS = {"index", "config", "model", "eval", "people", "keys", "collections", "documents", "widget"}
LEAVES = [c for c in COMMANDS if c not in COMMAND_GROUPS] + [
    "index verify", "index rebuild", "index status", "config show", "model prepare", "eval run",
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]


def test_help_lists_every_command(process: Command) -> None:
    shown = process("--help", LANG="C.UTF-8")
    assert shown.status == 0
    listed = re.findall(r"^  ([a-z]+)  ", shown.out.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_help_is_korean_under_a_korean_locale(process: Command) -> None:
    assert "문서에 묻고" in process("--help", LC_ALL="", LANG="ko_KR.UTF-8").out
    assert "문서에 묻고" in process("--help", MALMOI_LANGUAGE="ko").out


def test_help_loads_neither_settings_nor_rich(process: Command) -> None:
    script = (
        "import sys; sys.argv = ['malmoi', '--help']\n"
        "from malmoi.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(m for m in ('pydantic', 'rich', 'numpy', 'malmoi.engine') if m in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


@pytest.mark.parametrize("command", LEAVES)
def test_every_command_takes_an_index_folder(command: str, malmoi: Command) -> None:
    shown = malmoi(*command.split(), "--help")
    assert shown.status == 0
    assert "--index DIR" in shown.out
    assert "--set KEY=VALUE" in shown.out


def test_the_version(malmoi: Command) -> None:
    from malmoi import __version__

    assert malmoi("--version").out.strip() == f"malmoi {__version__}"


def test_an_unknown_command_is_a_usage_error(malmoi: Command) -> None:
    ran = malmoi("askk")
    assert ran.status == 2
    assert "ask" in ran.err


@pytest.mark.parametrize(("language", "word"), [("en", "Error"), ("ko", "오류")])
def test_a_failure_is_told_in_two_lines(language: str, word: str, malmoi: Command, tmp_path: Path) -> None:
    ran = malmoi("ask", "?", "--index", tmp_path / "none", language=language)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"{word}: ")
    assert "malmoi add" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "none").exists()


def test_a_wrong_setting_names_the_right_one(process: Command) -> None:
    ran = process("list", "--set", "llm.base_ur=x")
    assert ran.status == 1
    assert "llm.base_url" in ran.err
    ran = process("list", MALMOI_SERVER__PROT="1")
    assert ran.status == 1
    assert "MALMOI_SERVER__PORT" in ran.err


def test_a_setting_without_a_value_is_refused(malmoi: Command) -> None:
    assert "KEY=VALUE" in malmoi("config", "show", "--set", "language").err


def test_config_show_says_where_each_value_came_from(malmoi: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LLM__API_KEY", "hush")
    Path("malmoi.toml").write_text("[retrieval]\npassages = 3\n", encoding="utf-8")
    shown = malmoi("config", "show", "--set", 'llm.extra_body={"a": 1}', "--json")
    rows = {row["key"]: (row["value"], row["origin"]) for row in shown.json}
    assert rows["retrieval.passages"] == ("3", "malmoi.toml")
    assert rows["llm.extra_body"] == ("{'a': 1}", "option")
    assert rows["language"] == ("en", "MALMOI_LANGUAGE")
    assert rows["server.port"] == ("7860", "default")
    assert "hush" not in shown.out + malmoi("config", "show").out


def test_config_reference_is_the_page_of_the_documentation(malmoi: Command) -> None:
    assert malmoi("config", "reference").out == (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("day", ["yesterday", "2025-13-01", "2025-02-30"])
def test_a_day_that_is_none_is_a_usage_error(day: str, malmoi: Command) -> None:
    ran = malmoi("list", "--from", day)
    assert ran.status == 2
    assert day in ran.err


def test_days_in_the_wrong_order_are_a_usage_error(malmoi: Command) -> None:
    ran = malmoi("list", "--from", "2025-03-01", "--to", "2025-02-01")
    assert ran.status == 2
    assert "2025-03-01" in ran.err


def test_furniture_cannot_be_asked_for(malmoi: Command) -> None:
    assert malmoi("list", "--kind", "furniture").status == 2
    assert "furniture" not in malmoi("list", "--help").out


def test_the_page_is_served_to_this_machine_only(malmoi: Command, tmp_path: Path) -> None:
    ran = malmoi("serve", "--index", tmp_path / "index", "--host", "0.0.0.0")
    assert ran.status == 1
    assert "0.0.0.0" in ran.err


def test_the_page_of_the_documentation_is_what_help_prints(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "malmoi.cli.reference"],
        env={**os.environ, "MALMOI_LANGUAGE": "en"}, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert done.stdout == written, "run: MALMOI_LANGUAGE=en python -m malmoi.cli.reference > docs/cli.md"
