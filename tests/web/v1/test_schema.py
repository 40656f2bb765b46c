"""Row 13: whatever is sent, the API replies as its own OpenAPI document says, and never with a fault."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from malmoi.people import ApiKeys, Scope
from malmoi.people.database import PeopleDatabase
from malmoi.types import Role
from web.v1.served import COST, running, settings_in

NO_LIMITS = {
    "key_questions_per_minute": 0,
    "key_questions_per_day": 0,
    "address_questions_per_minute": 0,
    "address_questions_per_day": 0,
    "uploads_per_hour": 0,
    "upload_bytes_per_hour": 0,
}
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
]  # fmt: skip
"""All but `positive_data_acceptance`: no schema can say that a question needs a letter, or what a file must hold."""


def attack(folder: Path, *options: str) -> int:
    """Send what schemathesis makes of the OpenAPI document; how many requests it sent."""
    settings = settings_in(folder, sign_in={"method": "local"}, limits=NO_LIMITS)
    with running(settings) as url:
        database = PeopleDatabase(settings.index_dir)
        secret = ApiKeys(database).make("all", role=Role.ADMIN, scopes=list(Scope))[1]
        database.close()
        evals = folder / "evals"
        evals.mkdir()
        question = {"id": "cost", "question": COST, "answerable": True, "answers": ["55억"]}
        (evals / "공지.jsonl").write_text(json.dumps(question, ensure_ascii=False) + "\n", "utf-8")
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/api/v1/openapi.json",
            "-H", f"Authorization: Bearer {secret}", "--no-color", "--continue-on-failure",
            "--checks", ",".join(CHECKS), *options,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONWARNINGS": "default"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 0, done.stdout[-8000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    sent = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert tested and sent and int(tested[1]) >= 26, done.stdout
    sys.stdout.write(f"{tested[1]} operations, {sent[1]} requests, 0 server errors, 0 schema violations\n")
    return int(sent[1])


def test_a_few_requests_to_every_operation(tmp_path: Path) -> None:
    assert attack(tmp_path, "--phases", "fuzzing", "--max-examples", "3", "--seed", "1") > 50


@pytest.mark.slow
def test_many_requests_to_every_operation(tmp_path: Path) -> None:
    assert attack(tmp_path, "--phases", "coverage,fuzzing,stateful", "--max-examples", "100") > 2000
