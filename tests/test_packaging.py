"""What a person installs holds everything that Malmoi needs, and the locks hold nothing of a machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-model.lock"]
PACKAGE = ROOT / "src" / "malmoi"
DATA = ["samples/documents", "locale", "web/static", "web/templates"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("malmoi-*.whl"))


def test_the_wheel_holds_modules_prompts_samples_texts_and_page(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"malmoi/prompts/{p.name}" for p in (ROOT / "prompts").glob("*.md")}
    assert expected, "there are no prompts to ship"
    expected |= {f"malmoi/{p.relative_to(PACKAGE)}" for p in PACKAGE.rglob("*.py")}
    for folder in DATA:
        files = [p for p in (PACKAGE / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        assert files, f"{folder} is empty"
        expected |= {f"malmoi/{p.relative_to(PACKAGE)}" for p in files}
    assert not {name for name in expected - held if "__pycache__" not in name}
    assert "malmoi/py.typed" in held
    assert not {name for name in held if name.startswith(("tests/", "evals/", "benchmarks/"))}


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, with the checkout out of sight, the command finds its texts, prompts and samples."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        "import malmoi, sys; assert malmoi.__file__.startswith(sys.argv[1]), malmoi.__file__\n"
        "from malmoi import samples; assert list(samples.folder().iterdir())\n"
        "from malmoi.answering.prompts import load_prompt; assert load_prompt('answer')\n"
        "from malmoi.i18n import text; assert text('cli.error', 'ko')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "site")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_names_versions_and_hashes_only(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    allowed = re.compile(r"#.*|[a-z0-9.-]+(\[[a-z,]+\])?==\S+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert not [line for line in lines if not allowed.fullmatch(line)]
    names = [line for line in lines if "==" in line and not line.startswith("#")]
    assert names
    pinned = (ROOT / name).read_text(encoding="utf-8")
    assert len(re.findall(r"^\S+==.*\\\n    --hash", pinned, re.MULTILINE)) == len(names)


def test_the_locks_agree_with_each_other_and_cover_the_project() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9.-]+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = {pin.partition("==")[0] for pin in pins("requirements-dev.lock")}
    wanted = [
        *project["project"]["dependencies"],
        *(d for d in project["dependency-groups"]["dev"] if isinstance(d, str)),
    ]
    names = {re.split(r"[<>=;\[ ]", line)[0].lower() for line in wanted}
    assert not names - locked, "run: make lock"


def test_make_knows_its_targets() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "lint", "hardening", "benchmark", "lock"} <= {
        line.split()[0] for line in shown.splitlines()
    }


@pytest.mark.slow
def test_the_command_runs_from_an_installation_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """As `uvx --from . malmoi --help` does it; needs the network or a warm cache."""
    uvx = shutil.which("uvx", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if uvx is None:
        pytest.skip("uv is not installed")
    done = subprocess.run(
        [uvx, "--python", sys.executable, "--from", wheel, "malmoi", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "doctor" in done.stdout
