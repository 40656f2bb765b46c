from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from malmoi.errors import IndexBusy
from malmoi.index.lock import WriterLock

HOLD = """
import sys
from pathlib import Path
from malmoi.index.lock import WriterLock
with WriterLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        with pytest.raises(IndexBusy, match=f"by process {holder.pid} on "), WriterLock(tmp_path):
            pass
        holder.communicate()
    with WriterLock(tmp_path):
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with WriterLock(tmp_path):
            pass


def test_the_same_thread_may_take_it_again(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    with lock, lock, pytest.raises(IndexBusy):
        WriterLock(tmp_path).acquire()
    with WriterLock(tmp_path):
        pass


def test_another_thread_may_not(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    refused = []

    def work() -> None:
        try:
            lock.acquire()
        except IndexBusy as error:
            refused.append(error)

    with lock:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(refused) == 1
