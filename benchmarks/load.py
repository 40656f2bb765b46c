"""Many people at once: Malmoi's server beside a plain Gradio ChatInterface over LlamaIndex' chat engine.

    python -m benchmarks.load --datasets ../shared/datasets [--people 50] [--minutes 5] [--rounds 2] [--documents 60]

Both servers run in processes of their own over the same documents with the same embedding, and are loaded in turn,
the other one idle. Each person asks a question of the set, reads the whole stream, thinks, and asks again. Malmoi
answers extractively over `POST /api/v1/ask`. The chat engine has no language model: LlamaIndex' `MockLLM` repeats its
prompt, so its time is that of retrieval and of the frames alone; its questions go through Gradio's own queue API.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from benchmarks.measures import arguments, collection_of, questions_of, table, write
from benchmarks.vanilla import vanilla

import malmoi

SYSTEMS = ("malmoi", "chat interface")
SET = "korquad"
PATIENCE_S = 60.0
START_S = 600.0


@dataclass
class Load:
    """What a system made of its share of the load; seconds.

    Attributes:
        first: to the first event of an answer.
        whole: to its end.
        rss: resident memory in MB when the load began, and at most.
    """

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    loaded_s: float = 0.0
    rss: tuple[float, float] = (0.0, 0.0)

    def to_json(self) -> dict[str, Any]:
        """Throughput a second, quantiles in seconds, errors, megabytes."""
        return {
            "answers": len(self.whole),
            "per_second": len(self.whole) / self.loaded_s if self.loaded_s else 0.0,
            "first_p50": _quantile(self.first, 50),
            **{f"p{q}": _quantile(self.whole, q) for q in (50, 95, 99)},
            "longest": max(self.whole, default=0.0),
            "errors": self.errors,
            "loaded_s": self.loaded_s,
            "rss_mb_begin": self.rss[0],
            "rss_mb_most": self.rss[1],
        }


def _quantile(values: Sequence[float], q: float) -> float:
    return float(np.percentile(values, q)) if values else 0.0


Ask = Callable[[httpx.AsyncClient, str], AsyncIterator[bool]]
"""Asks a question; yields at every event of its answer, True at the last."""


async def ask_malmoi(client: httpx.AsyncClient, question: str) -> AsyncIterator[bool]:
    async with client.stream("POST", "/api/v1/ask", json={"question": question, "stream": True}) as reply:
        reply.raise_for_status()
        async for line in reply.aiter_lines():
            if line == "event: error":
                raise RuntimeError("error event")
            if line.startswith("event: ") and line not in ("event: started", "event: queued"):
                yield line == "event: finished"


async def ask_interface(client: httpx.AsyncClient, question: str) -> AsyncIterator[bool]:
    called = await client.post("/gradio_api/call/chat", json={"data": [question]})
    called.raise_for_status()
    async with client.stream("GET", f"/gradio_api/call/chat/{called.json()['event_id']}") as reply:
        reply.raise_for_status()
        async for line in reply.aiter_lines():
            if line == "event: error":
                raise RuntimeError("error event")
            if line.startswith("event: ") and line != "event: heartbeat":
                yield line == "event: complete"


ASKS: dict[str, Ask] = {"malmoi": ask_malmoi, "chat interface": ask_interface}


async def person(system: str, url: str, questions: Sequence[str], until: float, think_s: float, load: Load) -> None:
    """Ask, read, think, until the time is over; an answer that is under way then still counts."""
    dice = random.Random(questions[0])
    await asyncio.sleep(dice.uniform(0, think_s))
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        for question in questions:
            if time.perf_counter() >= until:
                return
            began, first, finished = time.perf_counter(), 0.0, False
            try:
                async for last in ASKS[system](client, question):
                    first = first or time.perf_counter() - began
                    finished = last
            except (httpx.HTTPError, RuntimeError) as error:
                name = f"{type(error).__name__} {getattr(getattr(error, 'response', None), 'status_code', '')}".strip()
                load.errors[name] = load.errors.get(name, 0) + 1
            else:
                if finished:
                    load.first.append(first)
                    load.whole.append(time.perf_counter() - began)
                else:
                    load.errors["cut off"] = load.errors.get("cut off", 0) + 1
            await asyncio.sleep(dice.uniform(0.5, 1.5) * think_s)


async def put_under_load(
    system: str, server: Server, questions: Sequence[str], given: argparse.Namespace, seconds: float, load: Load
) -> None:
    """Let everybody ask for so many seconds."""
    began = time.perf_counter()
    before = server.rss_mb()
    async with asyncio.TaskGroup() as group:
        for number in range(given.people):
            asked = [questions[(number * 97 + n) % len(questions)] for n in range(len(questions))]
            group.create_task(person(system, server.url, asked, began + seconds, given.think, load))
    load.loaded_s += time.perf_counter() - began
    load.rss = (load.rss[0] or before, server.most_rss_mb())


@dataclass(frozen=True)
class Server:
    """A server's process."""

    url: str
    pid: int

    def rss_mb(self) -> float:
        """Resident memory now."""
        return self._status("VmRSS")

    def most_rss_mb(self) -> float:
        """The most that it ever had."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text("ascii"))
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def started(system: str, arguments: Sequence[str], log: Path) -> Iterator[Server]:
    """The server of a system, ready, in a process of its own that writes to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.load", *arguments, "--serve", system, "--port", str(port)]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_S
        while True:
            if process.poll() is not None:
                raise SystemExit(f"the server of {system} ended by itself")
            try:
                if httpx.get(f"{url}/", timeout=5).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline:
                raise SystemExit(f"the server of {system} does not answer")
            time.sleep(0.5)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def serve(given: argparse.Namespace) -> None:
    """Serve one of the systems in this process, which loads nothing that it does not need."""
    collection = malmoi.open(given.index, embedding__engine=given.engine)
    if given.serve == "malmoi":
        from malmoi.collections import Collections
        from malmoi.settings import Settings
        from malmoi.web.app import serve as serve_malmoi

        values = collection.settings.model_dump()
        values["server"] = {"port": given.port, "log_level": "error"}
        settings = Settings.model_validate(values)
        serve_malmoi(Collections(settings), settings)
        return
    serve_interface(vanilla(collection, given.out / "vanilla").index, given.port)


def serve_interface(index: Any, port: int) -> None:
    """The chat interface of a tutorial."""
    import gradio
    from llama_index.core.llms import MockLLM

    def chat(message: str, history: list[dict[str, str]]) -> str:
        return str(index.as_chat_engine(chat_mode="context", llm=MockLLM()).chat(message))

    gradio.ChatInterface(chat).launch(server_name="127.0.0.1", server_port=port, quiet=True)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0, help="of load on each system, in all rounds together")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each system")
    parser.add_argument("--think", type=float, default=2.0, help="seconds between an answer and the next question")
    parser.add_argument("--serve", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--index", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.datasets is None:
        parser.error("--datasets is needed")
    if given.serve:
        serve(given)
        return
    questions = [row["question"] for row in questions_of(given.datasets / SET, given.limit)]
    collection = collection_of(given.datasets / SET / "documents.jsonl", given)
    vanilla(collection, given.out / "vanilla")  # both indexes are made before anybody asks
    documents, index = len(collection.documents()), collection.settings.index_dir
    collection.close()
    loads = {system: Load() for system in SYSTEMS}
    passed = [*sys.argv[1:], "--index", str(index)]
    with ExitStack() as stack:
        servers = {
            system: stack.enter_context(started(system, passed, given.out / f"{system}.log")) for system in SYSTEMS
        }
        for system in SYSTEMS:  # one question each, which nobody has to wait for
            asyncio.run(put_under_load(system, servers[system], questions[:1], _alone(given), 0.1, Load()))
        for number in range(given.rounds):
            for system in SYSTEMS if number % 2 == 0 else SYSTEMS[::-1]:
                seconds = given.minutes * 60 / given.rounds
                asyncio.run(put_under_load(system, servers[system], questions, given, seconds, loads[system]))
                print(f"round {number + 1}, {system}: {len(loads[system].whole)} answers", file=sys.stderr)
    found = {system: load.to_json() for system, load in loads.items()}
    header = ["", "answers", "a second", "first p50 s", "p50 s", "p95 s", "p99 s", "errors", "RSS MB", "most MB"]
    lines = [
        [
            system,
            str(of["answers"]),
            f"{of['per_second']:.2f}",
            *(f"{of[key]:.3f}" for key in ("first_p50", "p50", "p95", "p99")),
            str(sum(of["errors"].values())),
            f"{of['rss_mb_begin']:.0f}",
            f"{of['rss_mb_most']:.0f}",
        ]
        for system, of in found.items()
    ]
    print(f"{given.people} people, {given.minutes:g} minutes each, {given.think:g} s between, {documents} documents")
    print(table(header, lines))
    facts = {"people": given.people, "minutes": given.minutes, "think_s": given.think, "documents": documents}
    write("load", given, None, {**facts, "cores": os.cpu_count(), "systems": found})


def _alone(given: argparse.Namespace) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(given), "people": 1, "think": 0.0})


if __name__ == "__main__":
    main()
