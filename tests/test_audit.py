"""Row 19: known weaknesses of what is locked, and the waivers for those that are accepted for a time."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WAIVERS = ROOT / "deploy" / "audit-waivers.toml"
LONGEST = datetime.timedelta(days=120)


def waivers() -> list[dict[str, object]]:
    return list(tomllib.loads(WAIVERS.read_text("utf-8")).get("waiver", []))


def test_a_waiver_has_a_reason_and_runs_out() -> None:
    today = datetime.date.today()
    for waiver in waivers():
        assert set(waiver) == {"id", "package", "reason", "expires"}
        assert len(str(waiver["reason"]).split()) >= 5, waiver
        expires = waiver["expires"]
        assert isinstance(expires, datetime.date)
        assert today <= expires <= today + LONGEST, f"{waiver['id']} has run out, or runs too long"
        assert f"\n{waiver['package']}==" in (ROOT / "requirements-dev.lock").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-model.lock"])
def test_nothing_locked_has_a_known_weakness(lock: str, tmp_path: Path) -> None:
    """Needs the network, as `make audit` does."""
    found = tmp_path / "audit.json"
    waived = [part for waiver in waivers() for part in ("--ignore-vuln", str(waiver["id"]))]
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(ROOT / lock)]
    done = subprocess.run([*command, "-f", "json", "-o", str(found), *waived], capture_output=True, text=True)
    if not found.exists():
        pytest.skip(f"the advisories cannot be had: {done.stderr.strip().splitlines()[-1:]}")
    packages = json.loads(found.read_text("utf-8"))["dependencies"]
    weak = [f"{p['name']} {v['id']}" for p in packages for v in p.get("vulns", [])]
    print(f"row 19: {lock}: {len(weak)} unwaived in {len(packages)} packages")  # noqa: T201
    assert packages
    assert weak == []


@pytest.mark.slow
def test_nothing_locked_of_node_has_a_known_weakness() -> None:
    """Needs the network and a registry that offers advisories, which a mirror may not."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["npm", "audit", "--prefix", str(ROOT / "tests" / "node"), "--json"]
    done = subprocess.run(command, env={**os.environ, "PATH": tools}, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if "vulnerabilities" not in told:
        pytest.skip(f"the advisories cannot be had: {told.get('message', done.stderr.strip())}")
    packages = json.loads((ROOT / "tests" / "node" / "package-lock.json").read_text("utf-8"))["packages"]
    print(f"row 19: package-lock.json: {len(told['vulnerabilities'])} in {len(packages) - 1} packages")  # noqa: T201
    assert told["vulnerabilities"] == {}
