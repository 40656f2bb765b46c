"""Counts of what was asked."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from malmoi.types import Answer, Verdict
from malmoi.web.usage import FAILED, FILE_NAME, STOPPED, UsageStore, today


def answer(verdict: Verdict, seconds: float | None, answerer: str = "extractive") -> Answer:
    timings = {} if seconds is None else {"total": seconds}
    question = "푸른다리의 길이는 비밀인가?"
    return Answer(question, "", (), verdict, "비밀입니다.", (), question, answerer, "ko", timings=timings)


def test_a_day_holds_verdicts_and_times(tmp_path: Path) -> None:
    store = UsageStore(tmp_path)
    for number in range(1, 21):
        store.add("default", answer(Verdict.ANSWERED, number / 100))
    store.add("default", answer(Verdict.ABSTAINED, None, "llm:small"), tokens=70)
    store.add("other", answer(Verdict.ANSWERED, 9.0))
    store.add_unfinished("default", STOPPED)
    store.add_unfinished("default", FAILED)
    days = store.days("default", 7)
    assert len(days) == 7 and days[-1].day == today().isoformat() and [d.questions for d in days[:-1]] == [0] * 6
    last = days[-1]
    assert dict(last.verdicts) == {"answered": 20, "abstained": 1, "stopped": 1, "failed": 1}
    assert (last.p50, last.p95, last.tokens, last.questions) == (110.0, 200.0, 70, 23)
    assert days[0].p50 is None
    store.close()


def test_no_text_is_kept_and_old_days_go(tmp_path: Path) -> None:
    store = UsageStore(tmp_path)
    store.add("default", answer(Verdict.ANSWERED, 0.1))
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        old = (today() - timedelta(days=31)).isoformat()
        raw.execute("INSERT INTO question VALUES (?, 'default', 'answered', 0, 5.0, 0)", (old,))
    raw.close()
    assert store.sweep(0) == 0
    assert store.sweep(30) == 1
    assert store.days("default", 60)[-1].questions == sum(d.questions for d in store.days("default", 60)) == 1
    store.close()
    files = b"".join(p.read_bytes() for p in tmp_path.glob(f"{FILE_NAME}*"))
    assert b"answered" in files and "비밀".encode() not in files


def test_a_file_without_a_version_stays_readable(tmp_path: Path) -> None:
    UsageStore(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("PRAGMA user_version = 0")
        raw.execute("INSERT INTO question VALUES (?, 'default', 'answered', 0, 5.0, 0)", (today().isoformat(),))
    raw.close()
    store = UsageStore(tmp_path)
    store.add("default", answer(Verdict.ANSWERED, 0.1))
    assert store.days("default", 1)[0].questions == 2
    store.close()
