"""How well the judge of Malmoi's answers tells true sentences from false ones.

    python -m benchmarks.verification --datasets ../shared/datasets --news ../shared [--sentences 1000]

Sentences of korquad, squad2-en, news-ko and the samples are cited as an answer of a language model would be: from the
passage, by the resolver of spans. Rewritten safely they must pass; mutated they must not. Two mutators of different
logic make the mutations: `morphemes`, on which the judge was tuned, and `strings`, which was held out. Caught means
not called supported. A second opinion is klue-nli: verdicts by its labels. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measures import arguments, latency, rows, spread, table, write
from benchmarks.rewrites import Morphemes, Mutator, Sentence, Strings, kinds, rewrites

from malmoi import samples
from malmoi.answering.citations import SpanResolver, read_claim
from malmoi.answering.support import Cited, Judgement, SupportJudge
from malmoi.answering.verification.judge import RuleJudge
from malmoi.documents.load import read_bytes
from malmoi.korean import Analyser, get_analyser
from malmoi.types import Chunk, DocumentInfo, Hit, SectionKind, Support

_ELSEWHERE = 6
"""Other documents that names are drawn from."""


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of a data set and the passage it stands in."""

    set: str
    sentence: Sentence
    following: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that was judged. `kind` is that of the rewrite or mutation, `maker` who made it, "" for a true one."""

    set: str
    maker: str
    kind: str
    text: str
    original: str
    judgement: Judgement
    seconds: float

    @property
    def passed(self) -> bool:
        return self.judgement.support is Support.SUPPORTED


def hit_of(name: str, title: str, text: str, date: str | None, analyser: Analyser) -> Hit:
    """A document's text as one retrieved passage."""
    sentences = tuple(analyser.sentences(text))
    chunk = Chunk(name, 0, SectionKind.BODY, 0, len(text), text, sentences, context=title)
    info = DocumentInfo(name, name, name, title, date, None, None, None, len(text), 1, 0, "")
    return Hit(chunk, info, 1.0)


def sources(given: Any, analyser: Analyser) -> Iterator[Source]:
    """Sentences of all sets that are there, spread over them."""
    share = {"korquad": 0.5, "squad2-en": 0.38}
    for name, part in share.items():
        if given.datasets:
            documents = rows(given.datasets / name / "documents.jsonl")
            answers: dict[str, set[str]] = defaultdict(set)
            for row in rows(given.datasets / name / "questions.jsonl"):
                for document in row.get("relevant", ()):
                    answers[document].update(a for a in row.get("answers", ()) if a)
            texts = [(d["id"], d["title"], d["text"], None, tuple(sorted(answers[d["id"]]))) for d in documents]
            yield from _drawn(name, texts, round(part * given.sentences), analyser)
    folders = [("samples", samples.folder())]
    if given.news:
        folders.append(("news-ko", given.news / "corpus" / "news-ko"))
    for name, folder in folders:
        texts = []
        for path in sorted(folder.iterdir()):
            for document in read_bytes(path.name, path.read_bytes()):
                body = "\n".join(
                    document.text[s.start : s.end] for s in document.sections if s.kind is SectionKind.BODY
                )
                texts.append((document.name, document.title, body, document.date, ()))
        yield from _drawn(name, texts, round(0.06 * given.sentences), analyser)


def _drawn(
    name: str, texts: Sequence[tuple[str, str, str, str | None, tuple[str, ...]]], most: int, analyser: Analyser
) -> Iterator[Source]:
    found: list[Source] = []
    texts = spread(texts, max(most // 2, 1) if len(texts) > most // 2 else None)
    for position, (key, title, text, date, names) in enumerate(texts):
        hit = hit_of(key, title, text, date, analyser)
        others = [t for i, t in enumerate(texts) if i != position and t[1] != title]
        near = spread(others[position % 7 :], _ELSEWHERE)
        said = [hit.chunk.between(s.start, s.end) for s in hit.chunk.sentences]
        for i, sentence in enumerate(said):
            language = "ko" if any("가" <= c <= "힣" for c in sentence) else "en"
            whole = sentence.endswith(("다.", ".")) and "\n" not in sentence and 20 <= len(sentence) <= 260
            if whole and any(c.isalpha() for c in sentence) and said.count(sentence) == 1:
                drawn = Sentence(
                    sentence,
                    language,
                    said[i - 1] if i else "",
                    text,
                    names,
                    tuple(sorted({n for t in near for n in t[4]})),
                    "\n".join(t[2] for t in near),
                )
                found.append(Source(name, drawn, said[i + 1] if i + 1 < len(said) else "", hit))
    yield from spread(found, most)


def judged(source: Source, text: str, analyser: Analyser, judge: SupportJudge) -> tuple[Judgement, float]:
    """The verdict on a sentence that cites the source's passage, and the processor time that it took."""
    claim = read_claim(text, analyser)
    cited = [Cited(c, source.hit) for c in SpanResolver(None).resolve(claim, source.hit)]
    began = time.thread_time()
    judgement = judge.judge(claim, cited, question="", language="en")
    return judgement, time.thread_time() - began


def cases(given: Any, analyser: Analyser, judge: SupportJudge) -> Iterator[Case]:
    """Every rewrite and mutation, judged. The same seed gives the same ones."""
    makers: tuple[Mutator, ...] = (Morphemes(analyser), Strings())
    for number, source in enumerate(sources(given, analyser)):
        rng = random.Random(f"{given.seed} {number}")
        made = [("", kind, text) for kind, text in rewrites(source.sentence, source.following, analyser)]
        for maker in makers:
            made += [(maker.name, kind, text) for kind, text in maker.mutations(source.sentence, rng)]
        for maker_name, kind, text in made:
            if maker_name and text == source.sentence.text:
                continue
            judgement, seconds = judged(source, text, analyser, judge)
            yield Case(source.set, maker_name, kind, text, source.sentence.text, judgement, seconds)


def wilson(hits: int, n: int) -> dict[str, float]:
    """A rate with its 95 % interval after Wilson (1927)."""
    if not n:
        return {"n": 0}
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"mean": p, "low": (middle - half) / (1 + z * z / n), "high": (middle + half) / (1 + z * z / n), "n": n}


def percent(rate: dict[str, float]) -> str:
    return f"{100 * rate['mean']:.1f} [{100 * rate['low']:.1f}, {100 * rate['high']:.1f}]" if rate["n"] else "-"


def nli(path: Path, limit: int | None, analyser: Analyser, judge: SupportJudge) -> list[tuple[str, dict[str, Any]]]:
    """Verdicts on the hypotheses of klue-nli, each citing its premise."""
    found = []
    for row in spread(rows(path), limit):
        hit = hit_of(row["id"], "", row["premise"], None, analyser)
        blank = Source("klue-nli", Sentence("", "ko", "", "", (), (), ""), "", hit)
        judgement, _ = judged(blank, row["hypothesis"], analyser, judge)
        found.append((row["label"], {**row, "support": judgement.support.value, "reason": judgement.reason}))
    return found


def summed(every: Sequence[Case]) -> tuple[dict[str, Any], str]:
    """Rates by kind, as JSON and as tables."""
    true, lines, results = [c for c in every if not c.maker], [], {}
    for kind in ["all", *dict.fromkeys(c.kind for c in true)]:
        some = [c for c in true if kind in ("all", c.kind)]
        rate = wilson(sum(not c.passed for c in some), len(some))
        accused = wilson(sum(c.judgement.support is Support.CONTRADICTED for c in some), len(some))
        results[f"false alarms: {kind}"] = rate
        lines.append([kind, str(len(some)), percent(rate), percent(accused)])
    shown = table(["true sentences", "n", "false alarms %", "called contradicted %"], lines)
    makers = list(dict.fromkeys(c.maker for c in every if c.maker))
    lines = []
    groups = [(f"**{name}**", members) for name, members in kinds().items()]
    groups += [(kind, (kind,)) for _, members in kinds().items() for kind in members]
    for name, members in groups:
        line = [name]
        for maker in makers:
            some = [c for c in every if c.maker == maker and c.kind in members]
            rate = wilson(sum(not c.passed for c in some), len(some))
            results[f"caught by {maker}: {name.strip('*')}"] = rate
            line += [str(len(some)), percent(rate)]
        lines.append(line)
    header = ["mutation", *(word for maker in makers for word in (f"n ({maker})", "caught %"))]
    return results, f"{shown}\n\n{table(header, lines)}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder with corpus/news-ko")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", help="print cases that went wrong whose kind or maker contains this")
    given = parser.parse_args()
    analyser = get_analyser()
    judge = RuleJudge(analyser)
    analyser.terms("준비")
    every = list(cases(given, analyser, judge))
    results, text = summed(every)
    print(f"{len({c.original for c in every})} sentences, {len(every)} cases\n\n{text}")
    results["by set"] = {
        name: {
            "false alarms": wilson(
                sum(not c.passed for c in every if c.set == name and not c.maker),
                sum(c.set == name and not c.maker for c in every),
            ),
            "caught": wilson(
                sum(not c.passed for c in every if c.set == name and c.maker),
                sum(c.set == name and bool(c.maker) for c in every),
            ),
        }
        for name in dict.fromkeys(c.set for c in every)
    }
    print(
        "\n"
        + table(
            ["set", "n true", "false alarms %", "n false", "caught %"],
            [
                [
                    n,
                    str(r["false alarms"]["n"]),
                    percent(r["false alarms"]),
                    str(r["caught"]["n"]),
                    percent(r["caught"]),
                ]
                for n, r in results["by set"].items()
            ],
        )
    )
    taken = latency([c.seconds for c in every])
    results["latency"] = taken
    print(f"\nprocessor time of a sentence: p50 {taken['p50_ms']:.1f} ms, p95 {taken['p95_ms']:.1f} ms")
    if given.datasets and (given.datasets / "klue-nli").is_dir():
        verdicts = nli(given.datasets / "klue-nli" / "pairs.jsonl", given.limit, analyser, judge)
        counts = Counter((label, row["support"]) for label, row in verdicts)
        labels = ("entailment", "neutral", "contradiction")
        lines = []
        for label in labels:
            n = sum(counts[label, s.value] for s in Support)
            rates = {s.value: wilson(counts[label, s.value], n) for s in Support}
            results[f"klue-nli {label}"] = rates
            lines.append([label, str(n), *(percent(r) for r in rates.values())])
        print("\n" + table(["klue-nli", "n", *(f"{s.value} %" for s in Support)], lines))
        results["klue-nli wrong"] = [
            r for label, r in verdicts if label == "entailment" and r["support"] == "contradicted"
        ]
        if given.show and given.show in "klue-nli":
            for row in results["klue-nli wrong"]:
                print(f"  {row['premise']}\n  {row['hypothesis']}\n    {row['reason']}")
    wrong = [c for c in every if c.passed == bool(c.maker)]
    for case in wrong:
        if given.show and given.show in f"{case.maker or 'true'}/{case.kind}":
            judged_as = f"{case.judgement.support.value} {case.judgement.reason}"
            print(f"\n[{case.set} {case.maker or 'true'}/{case.kind}] {judged_as}\n  {case.original}\n  {case.text}")
    results["wrong"] = [
        {
            "set": c.set,
            "maker": c.maker,
            "kind": c.kind,
            "original": c.original,
            "text": c.text,
            "reason": c.judgement.reason,
        }
        for c in wrong
    ]
    write("verification", given, None, results)


if __name__ == "__main__":
    main()
