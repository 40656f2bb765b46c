"""Trains the ranker of `malmoi.retrieval.ranker` and writes it with its card.

    python -m benchmarks.train_ranker --datasets ../shared/datasets --news ../shared [--write]

Asks the questions of every set over its own collection, reads the features of the first passages, and boosts trees
on all sets at once, each with its share in SHARES. The table holds, beside the fused order, the order by trees that
saw neither the question's document nor its neighbours (by folds) and by trees that saw nothing of its set (left out).
Features are kept in `--out`/ranker and read again only when their file is deleted. The same features give the same
trees; `--write` puts them into the package.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.boosting import Floats, Lists, Recipe, boost
from benchmarks.measures import arguments, collection_of, rows, spread, table

from malmoi import samples
from malmoi.engine import Malmoi
from malmoi.evaluation.ranking import ndcg
from malmoi.evaluation.statistics import figure
from malmoi.language.question import read_question
from malmoi.retrieval import ranker as package
from malmoi.retrieval.features import read_features, take_apart
from malmoi.retrieval.fusion import fuse
from malmoi.retrieval.nearest import nearest_sentences
from malmoi.retrieval.ranker import Ranker
from malmoi.retrieval.reranking import RANKED, READ
from malmoi.retrieval.retriever import comments_only
from malmoi.types import Filters, Hit

SHARES = {"korquad": 1.0, "welfare-ko": 1.0, "squad2-en": 0.5, "news-ko": 0.05, "samples": 0.05}
"""Weight of a set in training; the last two are small."""
ARTICLES = frozenset({"korquad", "squad2-en"})
"""Sets whose documents are paragraphs of articles; an article is never on both sides of a fold."""
PARTS = {"korquad": 4, "squad2-en": 2}
"""One question in so many of the large sets is trained on; the others stay unseen."""
FOLDS = 3
RECIPE = Recipe(trees=300, rate=0.05, ridge=10.0)
STARTS = {"both": ("fused_behind", 0.5), "words": ("words_behind", 0.5)}
CARD = "ranker.md"
SAMPLES = Path(__file__).resolve().parents[1] / "evals" / "samples.jsonl"
PACKAGE = Path(package.__file__).parent


@dataclass(frozen=True)
class Found:
    """The passages found for a question.

    Attributes:
        group: documents that belong together have the same.
        names, features: of the columns, and their values of shape (passages, features), float32.
        gold: by evidence group or relevant document, which passages meet it.
        documents: of each passage.
    """

    set: str
    group: str
    names: tuple[str, ...]
    features: Floats
    gold: list[list[bool]]
    documents: list[str]

    @property
    def relevant(self) -> Floats:
        return np.array(self.gold, dtype=np.float64).max(axis=0)

    def measures(self, order: Sequence[int]) -> tuple[float, float]:
        """nDCG@10 over documents, or evidence-group recall@5 where passages are wanted; and 1 if the first is right."""
        first = float(self.relevant[order[0]])
        if self.set in ("samples", "news-ko"):
            return float(np.mean([any(group[i] for i in order[:5]) for group in self.gold])), first
        wanted = [frozenset(d for d, is_ in zip(self.documents, group, strict=True) if is_) for group in self.gold]
        ranked = list(dict.fromkeys(self.documents[i] for i in order))
        return ndcg(ranked, [group or frozenset({"-"}) for group in wanted]), first


def gold_of(row: Mapping[str, Any], hits: Sequence[Hit]) -> list[list[bool]]:
    if row.get("relevant"):
        return [[hit.document.name == name for hit in hits] for name in row["relevant"]]
    texts = ["".join(hit.chunk.text.split()) for hit in hits]
    return [
        [
            any(hit.document.name == q["doc"] and "".join(q["quote"].split()) in text for q in group)
            for hit, text in zip(hits, texts, strict=True)
        ]
        for group in row.get("evidence", ())
    ]


def ask(collection: Malmoi, name: str, asked: Sequence[dict[str, Any]], *, words: bool) -> Iterator[Found]:
    retriever, catalog = collection.retriever, collection.catalog
    total = catalog.chunk_count()
    for row in asked:
        if row.get("history") or not (row.get("relevant") or row.get("evidence")):
            continue
        text = row["question"]
        question = replace(read_question(text, collection.analyser), alternatives=retriever.alternatives(text))
        filters = comments_only(Filters()) if question.comments else Filters()
        lexical = retriever.lexical(text, filters)
        dense = [] if words else retriever.dense(text, filters)
        fused = fuse(lexical, dense, collection.settings.retrieval.candidates)[:RANKED]
        stored, bm25, cosine = catalog.hits([id_ for id_, _ in fused]), dict(lexical), dict(dense)
        hits = [Hit(*stored[id_], score, bm25.get(id_), cosine.get(id_)) for id_, score in fused if id_ in stored]
        gold = gold_of(row, hits)
        if len(hits) > 1:
            vectors = None if words else retriever.sentences
            near = vectors and nearest_sentences(vectors, text, [hit.chunk for hit in hits[:READ]])
            nearest = [] if near is None else near.tolist()
            columns = read_features(take_apart(question, catalog.document_frequency, total), hits, nearest)
            values = np.stack(list(columns.values()), axis=1).astype(np.float32)
            first = row["relevant"][0] if row.get("relevant") else row["id"]
            group = first.rsplit("-", 1)[0] if name in ARTICLES else first
            yield Found(name, group, tuple(columns), values, gold, [hit.document.name for hit in hits])


def read_all(given: argparse.Namespace, *, words: bool) -> dict[str, list[Found]]:
    """The passages of every set by its name; kept in a file a set."""
    sources = {"samples": (samples.folder(), SAMPLES)}
    if given.news:
        sources["news-ko"] = (given.news / "corpus" / "news-ko", given.news / "qa" / "news-ko.dev.jsonl")
    for name in given.sets if given.datasets else ():
        sources[name] = (given.datasets / name / "documents.jsonl", given.datasets / name / "questions.jsonl")
    found: dict[str, list[Found]] = {}
    for name, (documents, questions) in sources.items():
        path = given.out / "ranker" / f"{name}-{'words' if words else 'both'}-{given.limit or 'all'}.npz"
        if not path.is_file():
            asked = spread(chosen(name, rows(questions)), given.limit)
            with collection_of(documents, given) as collection:
                _keep(path, list(ask(collection, name, asked, words=words)))
        found[name] = list(_kept(path))
        print(f"{name}: {len(found[name])} questions", flush=True)
    return found


def chosen(name: str, every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions of a set that are trained on."""
    random.Random(1).shuffle(every)
    return every[:: PARTS.get(name, 1)]


def _keep(path: Path, found: Sequence[Found]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = [[one.set, one.group, one.names, one.gold, one.documents] for one in found]
    np.savez_compressed(path, about=json.dumps(about), features=np.concatenate([one.features for one in found]))


def _kept(path: Path) -> Iterator[Found]:
    with np.load(path) as data:
        about, features = json.loads(str(data["about"])), data["features"]
    at = 0
    for name, group, names, gold, documents in about:
        yield Found(name, group, tuple(names), features[at : at + len(documents)], gold, documents)
        at += len(documents)


def train(found: Sequence[Found], start: tuple[str, float]) -> Ranker:
    """Trees for the questions that have a right passage among those found."""
    useful = [one for one in found if one.relevant.any()]
    names = useful[0].names
    features = np.concatenate([one.features for one in useful]).astype(np.float64)
    sizes = [len(one.documents) for one in useful]
    counts = {name: sum(one.set == name for one in useful) for name in SHARES}
    lists = Lists(
        features=features,
        relevant=np.concatenate([one.relevant for one in useful]),
        starts=np.cumsum([0, *sizes[:-1]]),
        weights=np.array([SHARES[one.set] / counts[one.set] for one in useful]),
        base=start[1] * features[:, names.index(start[0])],
    )
    columns, thresholds, leaves = boost(lists, RECIPE)
    used = np.unique(columns)
    return Ranker(
        features=tuple(names[i] for i in used),
        start=start,
        columns=np.searchsorted(used, columns),
        thresholds=np.round(thresholds, 7),
        leaves=np.round(leaves, 6),
    )


def measured(ranker: Ranker | None, found: Sequence[Found]) -> list[tuple[float, float]]:
    """The measures of each question; without a ranker, of the order in which the passages were found."""
    if ranker is None:
        return [one.measures(range(len(one.documents))) for one in found]
    scores = [ranker.scores(dict(zip(one.names, one.features.T.astype(np.float64), strict=True))) for one in found]
    return [one.measures(np.argsort(-s, kind="stable").tolist()) for one, s in zip(found, scores, strict=True)]


def compared(found: Mapping[str, list[Found]], start: tuple[str, float], ranker: Ranker) -> Iterator[list[str]]:
    """Lines of the table: set, questions, order, and both measures with their intervals."""
    every = [one for part in found.values() for one in part]
    folds = [train([one for one in every if fold_of(one) != fold], start) for fold in range(FOLDS)]
    for name, part in found.items():
        left_out = train([one for one in every if one.set != name], start) if len(found) > 1 else ranker
        by_folds = [measured(folds[fold_of(one)], [one])[0] for one in part]
        orders = {"found": measured(None, part), "left out": measured(left_out, part), "folds": by_folds}
        for label, values in {**orders, "shipped": measured(ranker, part)}.items():
            figures = [figure([value[i] for value in values]) for i in range(2)]
            yield [name, str(len(part)), label, *(f"{f.mean:.3f} [{f.low:.3f}, {f.high:.3f}]" for f in figures)]


def fold_of(one: Found) -> int:
    return int(hashlib.sha256(f"{one.set} {one.group}".encode()).hexdigest(), 16) % FOLDS


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder that holds corpus/news-ko and qa/news-ko.dev.jsonl")
    parser.add_argument("--sets", nargs="+", default=["korquad", "welfare-ko", "squad2-en"])
    parser.add_argument("--write", action="store_true", help="put the trees and their card into the package")
    given = parser.parse_args()
    trained: dict[str, Ranker] = {}
    tables: list[str] = []
    for kind, start in STARTS.items():
        found = read_all(given, words=kind == "words")
        trained[kind] = train([one for part in found.values() for one in part], start)
        lines = list(compared(found, start, trained[kind]))
        tables.append(table(["set", "n", "order", "nDCG@10 or group recall@5", "first is right"], lines))
        print(f"\n{kind}\n{tables[-1]}", flush=True)
    text = json.dumps({name: one.to_json() for name, one in trained.items()}, separators=(",", ":")) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    print(f"\nsha256 {digest}")
    if given.write:
        (PACKAGE / package.FILE).write_text(text, encoding="utf-8")
        (PACKAGE / CARD).write_text(card(digest, trained, tables), encoding="utf-8")


def card(digest: str, trained: Mapping[str, Ranker], tables: Sequence[str]) -> str:
    """What the file is, what it was made from, and what it reaches."""
    shares = ", ".join(f"{name} {share}" for name, share in SHARES.items())
    recipe = ", ".join(f"{name} {value}" for name, value in asdict(RECIPE).items())
    used = {name: ", ".join(f"`{feature}`" for feature in one.features) for name, one in trained.items()}
    return CARD_TEXT.format(
        digest=digest, shares=shares, recipe=recipe, used=used, both=tables[0], words=tables[1], ranked=RANKED
    )


CARD_TEXT = """# The ranker

`ranker.json` (SHA-256 `{digest}`) holds two sets of boosted oblivious decision trees that order the first {ranked}
passages of a search: `both` where words and vectors were searched, `words` where there are no vectors. It is made by
`python -m benchmarks.train_ranker --write`; the same features give the same file.

Trained on (weight): {shares}; of korquad every fourth question and of squad2-en every
second. Questions and texts of those sets are not in the file; only numbers are, thresholds and leaves. KorQuAD 1.0 dev
is CC BY-ND 2.0 KR, SQuAD 2.0 CC BY-SA 4.0; the welfare pages state no licence; the samples are Malmoi's own.
Recipe: {recipe}.

What it looks at: see `features.py`. `both`: {used[both]}. `words`: {used[words]}.

"found" is the order before the ranker; "left out" are trees that saw nothing of the set, "folds" trees that saw
neither the document nor its neighbours, "shipped" the file itself, which saw these questions. Figures are nDCG@10 of
documents, for news-ko and samples the share of evidence groups in the first five passages; both with bootstrap
intervals, over passages, before near-identical ones are dropped.

Words and vectors:

{both}

Words alone:

{words}

It was not tried on: collections above a few thousand chunks, languages other than Korean and English. It reads no
text of its own accord and has no opinion on which source is right.
"""


if __name__ == "__main__":
    main()
