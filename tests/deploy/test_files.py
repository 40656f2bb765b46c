"""What is handed to container engines, Kubernetes and systemd, as far as it can be checked without them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from malmoi.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
MANIFEST = ROOT / "deploy" / "kubernetes" / "malmoi.yaml"
UNIT = (ROOT / "deploy" / "malmoi.service").read_text("utf-8")
MANIFESTS: dict[str, Any] = {m["kind"]: m for m in yaml.safe_load_all(MANIFEST.read_text("utf-8"))}


def run(*command: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)


def lint(dockerfile: Path) -> subprocess.CompletedProcess[str]:
    tool = ROOT / "tests" / "node" / "node_modules" / "dockerfile-utils" / "bin" / "dockerfile-utils"
    node = shutil.which("node", path=f"{BIN}:{os.environ['PATH']}")
    if not tool.exists() or node is None:
        pytest.skip("the packages of tests/node are not installed")
    return run(node, tool, "lint", dockerfile)


def test_the_dockerfile_is_well_formed(tmp_path: Path) -> None:
    done = lint(ROOT / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.replace("WORKDIR /data", "WORKDIRS /data"), "utf-8")
    assert lint(tmp_path / "Dockerfile").returncode != 0


def test_the_image_is_made_of_what_there_is_and_runs_without_rights() -> None:
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    assert copied
    assert not [name for names in copied for name in names if not (ROOT / name).exists()]
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER malmoi$", last, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert "ADD " not in DOCKERFILE
    assert not re.search(r"(?i)(key|secret|password)\S*=\S", DOCKERFILE)


def test_settings_that_are_named_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "Dockerfile": dict(re.findall(r"(MALMOI_\w+)=(\S+)", last_stage())),
        "compose.yaml": {k: re.sub(r"\$\{\w+:-(.*)\}", r"\1", v) for k, v in services()["environment"].items()},
        "malmoi.yaml": MANIFESTS["ConfigMap"]["data"],
        "malmoi.service": dict(re.findall(r"(MALMOI_\w+)=(\S+)", UNIT.split("[Service]")[1])),
    }
    for where, variables in named.items():
        assert variables, where
        with monkeypatch.context() as patched:
            for key, value in variables.items():
                patched.setenv(key, value)
            load_settings()
    with monkeypatch.context() as patched, pytest.raises(Exception, match="NO_SUCH"):
        patched.setenv("MALMOI_SERVER__NO_SUCH", "1")
        load_settings()


def last_stage() -> str:
    return DOCKERFILE.rpartition("\nFROM ")[2]


def services() -> dict[str, Any]:
    (service,) = COMPOSE["services"].values()
    return dict(service)


def test_compose_follows_its_schema_and_gives_no_rights(tmp_path: Path) -> None:
    check = BIN / "check-jsonschema"
    done = run(check, "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml")
    assert done.returncode == 0, done.stdout
    (tmp_path / "wrong.yaml").write_text("services: {a: {prots: [1]}}", "utf-8")
    assert run(check, "--builtin-schema", "vendor.compose-spec", tmp_path / "wrong.yaml").returncode != 0
    service = services()
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_manifests_are_valid_and_probed_where_the_server_answers(tmp_path: Path) -> None:
    check = BIN / "kubernetes-validate"
    done = run(check, "--strict", MANIFEST)
    assert done.returncode == 0, done.stderr
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MANIFEST.read_text("utf-8").replace("periodSeconds", "periodSecond"), "utf-8")
    assert run(check, "--strict", wrong).returncode != 0
    pod = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    paths = {
        probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert MANIFESTS["Deployment"]["spec"]["replicas"] == 1


def test_a_stop_leaves_the_time_that_answers_have() -> None:
    within = load_settings().server.stop_within_s
    assert int(services()["stop_grace_period"].removesuffix("s")) > within
    assert MANIFESTS["Deployment"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > within
    assert int(re.findall(r"TimeoutStopSec=(\d+)", UNIT)[0]) > within


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    assert shlex.split(re.findall(r"ExecStart=(.*)", UNIT)[0])[1:] == ["serve"]
    unit = tmp_path / "malmoi.service"
    unit.write_text(UNIT.replace("/opt/malmoi/bin/malmoi", str(BIN / "malmoi")), "utf-8")
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(UNIT.replace("NoNewPrivileges", "NoNewPrivilege"), "utf-8")
    assert "NoNewPrivilege" in run("systemd-analyze", "verify", "--man=no", unit).stderr
