"""What the READMEs tell a reader to type is really there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from malmoi.settings import load_settings

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(name: str) -> list[list[str]]:
    lines = [line.split("#")[0].split() for block in blocks(name, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("name", READMES)
def test_commands_exist(name: str) -> None:
    import typer

    from malmoi.cli import app

    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    seen = set()
    for program, *arguments in commands(name):
        seen.add(program)
        if program == "make":
            assert arguments[0] in targets
        elif program == "malmoi":
            assert arguments[0] in known
            options = {o for p in known[arguments[0]].params for o in p.opts}
            assert {a for a in arguments if a.startswith("--")} <= options
        else:
            assert program in {"export", "pip"}
    assert seen == {"make", "malmoi", "export", "pip"}
    inline = re.findall(r"`malmoi ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert set(inline) <= set(known)


@pytest.mark.parametrize("name", READMES)
def test_variables_are_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = [c[1].split("=", 1) for c in commands(name) if c[0] == "export"]
    for variable, value in exported:
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.llm.base_url and settings.llm.model and settings.llm.api_key.get_secret_value()


@pytest.mark.parametrize("name", (*READMES, "docs/concepts.md"))
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert links
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_both_readmes_show_the_same_code() -> None:
    def without_remarks(name: str) -> list[list[str]]:
        return [c for c in commands(name) if c[:2] != ["malmoi", "ask"]]

    assert blocks("README.md", "python") == blocks("README.ko.md", "python")
    assert without_remarks("README.md") == without_remarks("README.ko.md")


def test_the_python_example_runs(tmp_path: Path) -> None:
    (code,) = blocks("README.md", "python")
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8", "MALMOI_EMBEDDING__ENGINE": "none"},  # words are quick
    )
    assert done.returncode == 0, done.stderr
    assert "억 원" in done.stdout and re.search(r"^\S+\.(?:txt|md|html) \d+ \d+ ", done.stdout, flags=re.MULTILINE)
    assert (tmp_path / "index").is_dir()
