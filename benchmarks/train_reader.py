"""Trains the network of `malmoi.reader` over the frozen bundled embedding.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy onnxruntime tokenizers pydantic
    PYTHONPATH=src:. /tmp/torch/bin/python -m benchmarks.train_reader --datasets ../shared/datasets --weights new.npz

The bundled model must have been converted (`malmoi model prepare`). Sets: korquad and squad2-en. An example is a window
of a passage of at most 120 tokens. Positive: it holds an accepted string. Negative: other windows of the paragraph,
all windows of a paragraph that a question cannot be answered from, and the nearest windows of other paragraphs,
of the same article and of others. Loss: cross-entropy of the answer's presence, and 0.3 times the marginal
log-likelihood of all places of the accepted strings (Clark and Gardner 2018). Articles are dealt into five folds; the
first is left out and measured at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from benchmarks.folds import HELD_OUT, fold_of
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.embedding.onnx_engine import OnnxEmbedder, TokenStates
from malmoi.embedding.prepare import conversion_name, default_cache
from malmoi.reader.network import CENTRE, HEADS, SLOPE
from malmoi.reader.words import Matches, bare_words, read_words, telling, windows

SETS = ("korquad", "squad2-en")
NEGATIVES, MOST_POSITIVES = 2, 3
WIDTH, BLOCKS, DROPOUT = 96, 2, 0.1
RATE, WARM_UP, DECAY = 1.5e-3, 60, 0.05
BATCH, AVERAGED_EVERY = 16, 8
SPAN_LOSS = 0.3
SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")


class Text:
    """A question or paragraph with its states."""

    def __init__(self, states: TokenStates, title: str = "") -> None:
        self.text, self.offsets, self.sentences = states.text, states.offsets, states.sentences
        self.states = np.concatenate([states.middle, states.last], axis=1).astype(np.float16)
        self.words = read_words(self.text, self.offsets)
        self.title = bare_words(title)
        self.windows = windows([s for s in self.sentences if s[1] > s[0]])
        self.stems = {w[:2] if "가" <= w[0] <= "힣" else w[:5] for w in self.words.bare if telling(w)}

    def places(self, accepted: Sequence[str]) -> list[tuple[int, int]]:
        """First and last token of every place of the accepted strings."""
        found = set()
        for answer in accepted:
            for match in re.finditer(re.escape(re.sub("  +", " ", answer)), self.text):
                inside = [
                    i for i, (a, b) in enumerate(self.offsets) if a < match.end() and max(b, a + 1) > match.start()
                ]
                if inside:
                    found.add((inside[0], inside[-1]))
        return sorted(found)


class Example(NamedTuple):
    set: str
    id: str
    answerable: bool
    question: Text
    passage: Text
    window: tuple[int, int]
    places: list[tuple[int, int]]
    features: tuple[Any, Any]


def example(name: str, row: dict[str, Any], question: Text, passage: Text, window: tuple[int, int]) -> Example | None:
    """None where an accepted string stands across the window's border."""
    every = passage.places(row["answers"])
    inside = [(a - window[0], b - window[0]) for a, b in every if window[0] <= a and b < window[1]]
    if not inside and any(a < window[1] and b >= window[0] for a, b in every):
        return None
    features = Matches(question.words, passage.words, passage.title).features(window)
    return Example(name, row["id"], bool(row["answers"]), question, passage, window, inside, features)


def read_set(folder: Path, embedder: OnnxEmbedder, limit: int | None) -> tuple[list[Example], list[Example]]:
    """Examples to train on, and those of the articles that are left out."""
    rows = [json.loads(line) for line in (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()][:limit]
    used = {id_ for row in asked for id_ in row["relevant"]} if limit else {row["id"] for row in rows}
    titles = {row["id"]: row["title"] for row in rows}
    passages = {
        row["id"]: Text(embedder.token_states(SENTENCE.split(row["text"])), row["title"])
        for row in rows
        if row["id"] in used
    }
    fold = fold_of(titles.values())
    seen = Counter(stem for passage in passages.values() for stem in passage.stems)
    chance = random.Random(5)
    train: list[Example] = []
    test: list[Example] = []
    for row in asked:
        question = Text(embedder.token_states([row["question"]], question=True))
        title = titles[row["relevant"][0]]
        own = [passages[id_] for id_ in row["relevant"]]
        made = [example(folder.name, row, question, p, w) for p in own for w in p.windows]
        positive = [e for e in made if e and e.places]
        negative = [e for e in made if e and not e.places]
        if fold[title] == HELD_OUT:
            test += positive + negative
            continue
        for id_ in distractors(row, question, passages, titles, fold, seen, chance):
            met = [
                Matches(question.words, passages[id_].words, passages[id_].title).features(w)[0][:, 0].sum()
                for w in passages[id_].windows
            ]
            found = example(folder.name, row, question, passages[id_], passages[id_].windows[int(np.argmax(met))])
            negative += [found] if found else []
        chance.shuffle(negative)
        train += chance.sample(positive, min(len(positive), MOST_POSITIVES))
        train += negative[: NEGATIVES if positive else MOST_POSITIVES]
    return train, test


def distractors(
    row: dict[str, Any],
    question: Text,
    passages: dict[str, Text],
    titles: dict[str, str],
    fold: dict[str, int],
    seen: Counter[str],
    chance: random.Random,
) -> list[str]:
    """The two nearest silent paragraphs of the article, and the nearest of some others; never of another fold."""
    title = titles[row["relevant"][0]]

    def nearness(id_: str) -> float:
        return sum(math.log(len(passages) / seen[s]) for s in question.stems if s in passages[id_].stems)

    def silent(id_: str) -> bool:
        return id_ not in row["relevant"] and not passages[id_].places(row["answers"])

    same = sorted((id_ for id_ in passages if titles[id_] == title and silent(id_)), key=nearness, reverse=True)
    drawn = chance.sample(sorted(passages), min(40, len(passages)))
    others = [id_ for id_ in drawn if titles[id_] != title and fold[titles[id_]] == fold[title] and silent(id_)]
    return same[:2] + sorted(others, key=nearness, reverse=True)[:1]


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.f1, self.f2 = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(3 * WIDTH, WIDTH)
        self.n1, self.n2, self.drop = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), nn.Dropout(DROPOUT)
        self.bias = nn.Parameter(torch.tensor([2.0, 1.0, 0.0, 0.0]))
        self.sim = nn.Parameter(torch.tensor([5.0, 0.0, 5.0, 0.0]))
        self.dist = nn.Parameter(torch.tensor([0.0, 0.5, 0.0, 0.1]))

    def forward(self, x: Tensor, mask: Tensor, similar: Tensor, crossing: Tensor, apart: Tensor) -> Tensor:
        count, length, width = x.shape
        mixed = self.qkv(self.n1(x)).view(count, length, 3, HEADS, width // HEADS)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)
        fixed = self.bias.view(1, -1, 1, 1) * crossing - self.dist.abs().view(1, -1, 1, 1) * apart
        bias = self.sim.view(1, -1, 1, 1).to(similar.dtype) * similar[:, None] + fixed.to(similar.dtype)
        read = F.scaled_dot_product_attention(q, k, v, attn_mask=bias + mask.to(similar.dtype))
        x = x + self.drop(self.o(read.transpose(1, 2).reshape(count, length, width)))
        return x + self.drop(self.f2(F.gelu(self.f1(self.n2(x)))))


class Net(nn.Module):
    """The network of `malmoi.reader.network` over batches."""

    def __init__(self, inputs: int = 768) -> None:
        super().__init__()
        self.norm, self.proj = nn.LayerNorm(inputs), nn.Linear(inputs, WIDTH)
        self.qf, self.pf = nn.Linear(3, WIDTH), nn.Linear(3, WIDTH)
        self.seg = nn.Parameter(torch.randn(2, WIDTH) * 0.02)
        self.indrop = nn.Dropout(2 * DROPOUT)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.out, self.span = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 2)
        self.att, self.attq = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 1)
        self.cls = nn.Sequential(nn.Linear(2 * WIDTH + 6, 64), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(64, 1))

    def forward(self, q: Tensor, p: Tensor, qf: Tensor, pf: Tensor, qm: Tensor, pm: Tensor) -> tuple[Tensor, Tensor]:
        asked, read = q.shape[1], p.shape[1]
        cosines = F.normalize(q[..., -384:], dim=-1) @ F.normalize(p[..., -384:], dim=-1).transpose(1, 2)
        cosines = (cosines - CENTRE) * SLOPE * (qm[:, :, None] & pm[:, None])
        total = asked + read
        similar = torch.zeros(len(q), total, total, dtype=cosines.dtype)
        similar[:, :asked, asked:], similar[:, asked:, :asked] = cosines, cosines.transpose(1, 2)
        crossing = torch.zeros(1, total, total)
        crossing[:, :asked, asked:] = crossing[:, asked:, :asked] = 1
        places = torch.arange(read).float()
        apart = torch.zeros(1, 1, total, total)
        apart[0, 0, asked:, asked:] = (places[:, None] - places[None]).abs()
        mask = torch.zeros(len(q), 1, 1, total).masked_fill(~torch.cat([qm, pm], 1)[:, None, None], -1e4)
        left = self.proj(self.indrop(self.norm(q))) + self.qf(qf) + self.seg[0]
        right = self.proj(self.indrop(self.norm(p))) + self.pf(pf) + self.seg[1]
        x = torch.cat([left, right], 1)
        for block in self.blocks:
            x = block(x, mask, similar, crossing, apart)
        x = self.out(x)
        q, p = x[:, :asked], x[:, asked:]
        ends = self.span(p).masked_fill(~pm[..., None], -1e4)
        in_p = torch.softmax(self.att(p)[..., 0].masked_fill(~pm, -1e4), 1)
        in_q = torch.softmax(self.attq(q)[..., 0].masked_fill(~qm, -1e4), 1)
        telling_ = qf[..., 2] * qm
        count = telling_.sum(1).clamp(min=1)
        summary = [
            (qf[..., 0] * telling_).sum(1) / count,
            (qf[..., 1] * telling_).sum(1) / count,
            (cosines.max(2).values * telling_).sum(1) / count,
            pf[..., 1].max(1).values,
            *(torch.logsumexp(ends[..., i], 1) / 5 for i in range(2)),
        ]
        pooled = [(in_p[:, None] @ p)[:, 0], (in_q[:, None] @ q)[:, 0], torch.stack(summary, 1)]
        return ends, self.cls(torch.cat(pooled, 1))[:, 0]


def collate(examples: Sequence[Example]) -> list[Tensor]:
    asked = max(len(e.question.states) for e in examples)
    read = max(e.window[1] - e.window[0] for e in examples)
    made = [np.zeros((len(examples), n, w), np.float32) for w in (768, 3) for n in (asked, read)]
    masks = [np.zeros((len(examples), n), bool) for n in (asked, read)]
    for i, e in enumerate(examples):
        sides = (e.question.states, e.passage.states[e.window[0] : e.window[1]], *e.features)
        for target, values in zip(made, sides, strict=True):
            target[i, : len(values)] = values
        for mask, values in zip(masks, sides, strict=False):
            mask[i, : len(values)] = True
    return [torch.from_numpy(array) for array in (*made, *masks)]


def batches(examples: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Without end, of similar lengths."""
    while True:
        order = chance.sample(range(len(examples)), len(examples))
        parts = []
        for start in range(0, len(order), 20 * BATCH):
            block = sorted(
                order[start : start + 20 * BATCH], key=lambda i: examples[i].window[1] - examples[i].window[0]
            )
            parts += [block[i : i + BATCH] for i in range(0, len(block), BATCH)]
        chance.shuffle(parts)
        yield from ([examples[i] for i in part] for part in parts)


def loss_of(net: Net, examples: Sequence[Example]) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ends, present = net(*collate(examples))
    labels = torch.tensor([float(bool(e.places)) for e in examples])
    loss = F.binary_cross_entropy_with_logits(present.float(), labels)
    start, end = (F.log_softmax(ends.float()[..., i], 1) for i in range(2))
    told = [
        -torch.logsumexp(torch.stack([start[i, a] + end[i, b] for a, b in e.places]), 0)
        for i, e in enumerate(examples)
        if e.places
    ]
    return loss + SPAN_LOSS * torch.stack(told).sum() / len(examples) if told else loss


def train(net: Net, examples: Sequence[Example], epochs: int, rank: int, workers: int) -> None:
    """Each worker has its share of the examples; their weights are averaged every few steps."""
    chance = random.Random(100 + rank)
    torch.manual_seed(100 + rank)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps, began = epochs * (len(examples) // workers // BATCH), time.perf_counter()
    for step, batch in zip(range(steps), batches(examples[rank::workers], chance), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
        loss = loss_of(net, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if workers > 1 and (step % AVERAGED_EVERY == AVERAGED_EVERY - 1 or step == steps - 1):
            flat = nn.utils.parameters_to_vector(net.parameters()).detach()
            torch.distributed.all_reduce(flat)
            nn.utils.vector_to_parameters(flat / workers, net.parameters())
        if rank == 0 and step % 40 == 39:
            print(f"{step + 1} of {steps}: loss {loss.item():.3f}, {time.perf_counter() - began:.0f} s", flush=True)


def auc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    y, s = np.array(labels), np.array(scores)
    wins = (s[y][:, None] > s[~y]).mean() + 0.5 * (s[y][:, None] == s[~y]).mean()
    return float(wins)


def report(net: Net, examples: Sequence[Example]) -> None:
    """Presence, by window and by question, and whether the likeliest start lies in the sentence of the answer."""
    net.eval()
    for name in SETS:
        own = [e for e in examples if e.set == name]
        if not own:
            continue
        scores, hits = [], []
        with torch.no_grad():
            for i in range(0, len(own), 32):
                ends, present = net(*collate(own[i : i + 32]))
                scores += present.tolist()
                for e, start in zip(own[i : i + 32], ends[..., 0].argmax(1).tolist(), strict=True):
                    ranges = [(a - e.window[0], b - e.window[0]) for a, b in e.passage.sentences]
                    if e.places:
                        hits.append(any(a <= start < b and a <= p < b for a, b in ranges for p, _ in e.places))
        best: dict[str, float] = {}
        for e, score in zip(own, scores, strict=True):
            best[e.id] = max(score, best.get(e.id, -math.inf))
        answerable = {e.id: e.answerable for e in own}
        line = f"{name}: {len(best)} questions, AUC of windows {auc([bool(e.places) for e in own], scores):.3f}"
        if len(set(answerable.values())) > 1:
            line += f", of questions {auc([answerable[id_] for id_ in best], list(best.values())):.3f}"
        print(f"{line}, right sentence {np.mean(hits):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="file to write")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=3, help="processes; figures differ a little with their number")
    parser.add_argument("--limit", type=int, help="so many questions of each set: to try the script out")
    given = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(1)
    torch.manual_seed(1)
    embedder = OnnxEmbedder(default_cache() / conversion_name())
    parts = [read_set(given.datasets / name, embedder, given.limit) for name in SETS]
    examples, held = ([e for part in parts for e in part[i]] for i in range(2))
    print(f"{len(examples)} examples, {len(held)} of articles left out", flush=True)
    net = Net()
    rank = next((i for i in range(1, given.workers) if os.fork() == 0), 0)
    if given.workers > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29577")
        torch.distributed.init_process_group("gloo", rank=rank, world_size=given.workers)
    train(net, examples, given.epochs, rank, given.workers)
    if rank == 0:
        stored = {name: value.numpy().astype(np.float16) for name, value in net.state_dict().items()}
        np.savez_compressed(given.weights, **stored)
        report(net, held)
    if given.workers > 1:
        torch.distributed.barrier()
    if rank:
        os._exit(0)


if __name__ == "__main__":
    main()
