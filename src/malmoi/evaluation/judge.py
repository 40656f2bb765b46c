"""A language model as judge of finished results: an extra column, never a gate."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malmoi.errors import AnswerError, QuestionSetError
from malmoi.evaluation.about import fingerprint
from malmoi.evaluation.results import Figure, QuestionResult, Results, write_whole
from malmoi.evaluation.statistics import SEED, figure
from malmoi.evaluation.tables import rows_of
from malmoi.types import Progress

if TYPE_CHECKING:
    from malmoi.answering.prompts import Message
    from malmoi.settings import Settings

MAX_TOKENS = 200
"""That a judgement may have."""
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]")
_TRUE, _FALSE = (
    frozenset({"true", "1", "yes", "right", "correct"}),
    frozenset({"false", "0", "no", "wrong", "incorrect"}),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of one answer.

    Attributes:
        correct: whether it says what the accepted answers say; None where there are none.
        supported: whether its citations carry all of it.
        error: why there is no judgement; it counts in no figure then.
    """

    id: str
    correct: bool | None = None
    supported: bool | None = None
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What judging costs: calls that are not in the cache, and about how many tokens they read and may write."""

    calls: int
    cached: int
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the judge agrees with people about correctness.

    Attributes:
        accuracy: share of questions with the same label.
        kappa: Cohen's, which is 0 for agreement by chance and 1 for full agreement; None where both give every
            question the same label.
    """

    accuracy: float
    kappa: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Judged:
    """All judgements; failures are counted apart and never averaged."""

    about: Mapping[str, Any]
    figures: Mapping[str, Figure]
    failures: int
    judgements: tuple[Judgement, ...]
    agreement: Agreement | None = None

    def to_json(self) -> dict[str, Any]:
        """The published form: `about figures failures agreement judgements`."""
        return asdict(self)


class Judge:
    """Asks the settings' language model about answers, with a seed and temperature 0, and keeps what it said on disk.

    Args:
        cache: folder of judgements by the hash of all that was sent.
    """

    def __init__(self, settings: Settings, cache: Path, *, seed: int = SEED) -> None:
        from malmoi.answering.llm import LLMClient
        from malmoi.answering.prompts import load_prompt

        body = {**settings.llm.extra_body, "seed": seed}
        self._llm = settings.llm.model_copy(update={"temperature": 0.0, "extra_body": body})
        self._client = LLMClient(self._llm)
        self._prompt = load_prompt("judge", settings.answering.prompts_dir)
        self._cache = cache
        self.about = {"model": self._llm.model, "prompt": self._prompt.version, "seed": seed}

    def estimate(self, results: Results) -> Estimate:
        """What `judge` would ask for; sends nothing."""
        messages = [self._messages(q) for q in _answered(results)]
        left = [m for m in messages if not self._file(m).is_file()]
        read = sum(tokens_about(part.text) for message in left for part in message)
        return Estimate(len(left), len(messages) - len(left), read, len(left) * MAX_TOKENS)

    def judge(self, results: Results, *, progress: Callable[[Progress], None] | None = None) -> Iterator[Judgement]:
        """Judge every answered question; what failed is tried again by a later run, what succeeded is not."""
        answered = _answered(results)
        for number, result in enumerate(answered):
            if progress is not None:
                progress(Progress("judge", number, len(answered), result.question.id))
            yield self._judged(result)

    def _judged(self, result: QuestionResult) -> Judgement:
        messages = self._messages(result)
        kept = self._file(messages)
        try:
            if kept.is_file():
                said = json.loads(kept.read_text("utf-8"))["said"]
                return _read(result, said)
            said = self._client.complete(messages, max_tokens=MAX_TOKENS, timeout_s=self._llm.timeout_s)
            judgement = _read(result, said)
        except (AnswerError, ValueError) as error:
            return Judgement(result.question.id, error=str(error))
        write_whole(kept, json.dumps({"said": said}, ensure_ascii=False).encode())
        return judgement

    def _messages(self, result: QuestionResult) -> tuple[Message, ...]:
        cited = {c["quote"]: None for s in result.answer["sentences"] for c in s["citations"]}
        return self._prompt.render(
            question=result.answer.get("searched") or result.question.question,
            reference="\n".join(f"- {answer}" for answer in result.question.answers) or "(none)",
            answer="\n".join(s["text"] for s in result.answer["sentences"]),
            sources="\n".join(f"[{n}] {quote}" for n, quote in enumerate(cited, start=1)) or "(none)",
        )

    def _file(self, messages: Sequence[Message]) -> Path:
        sent = [self._llm.base_url, self._llm.model, self._llm.extra_body, [[m.role, m.text] for m in messages]]
        return self._cache / f"{fingerprint(sent)}.json"


def _answered(results: Results) -> list[QuestionResult]:
    return [result for result in results.questions if result.answered]


def _read(result: QuestionResult, said: str) -> Judgement:
    """The judgement in a reply; raises ValueError where there is none."""
    found = _OBJECT.search(said)
    value = json.loads(found.group()) if found else None
    if not isinstance(value, dict) or not {"correct", "supported"} <= value.keys():
        raise ValueError(f"The judge's reply is no judgement: {said[:80]!r}")
    if any(value[name] not in (True, False, None) for name in ("correct", "supported")):
        raise ValueError(f"The judge's reply is neither true nor false: {said[:80]!r}")
    correct = value["correct"] if result.question.answers else None
    return Judgement(result.question.id, correct, value["supported"], str(value.get("reason", "")))


def tokens_about(text: str) -> int:
    """About how many tokens a text has: one for 1.3 Korean or Chinese characters, one for four others."""
    wide = len(_WIDE.findall(text))
    return math.ceil(wide / 1.3 + (len(text) - wide) / 4)


def summarise(
    judgements: Sequence[Judgement], about: Mapping[str, Any], labels: Mapping[str, bool] | None = None
) -> Judged:
    """Figures over what was judged, and the agreement with people's labels."""
    known = [judgement for judgement in judgements if not judgement.error]

    def share(name: str) -> Figure:
        values = [getattr(judgement, name) for judgement in judgements]
        return figure([None if value is None else float(value) for value in values])

    return Judged(
        about=about,
        figures={name: share(name) for name in ("correct", "supported")},
        failures=len(judgements) - len(known),
        judgements=tuple(judgements),
        agreement=agreement(known, labels) if labels else None,
    )


def agreement(judgements: Sequence[Judgement], labels: Mapping[str, bool]) -> Agreement | None:
    """Accuracy and Cohen's kappa over the questions that both have judged; None where there are none."""
    pairs = [(j.correct, labels[j.id]) for j in judgements if j.correct is not None and j.id in labels]
    if not pairs:
        return None
    n = len(pairs)
    same = sum(a == b for a, b in pairs) / n
    own, theirs = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = own * theirs + (1 - own) * (1 - theirs)
    return Agreement(round(same, 6), None if chance == 1 else round((same - chance) / (1 - chance), 6), n)


def read_labels(path: Path) -> dict[str, bool]:
    """People's judgements: rows with `id` and `correct`, in any form that question sets have.

    Raises:
        QuestionSetError: a row lacks one of the two, or says neither true nor false.
    """
    labels = {}
    for line, row in rows_of(path):
        word = str(row.get("correct", "")).strip().lower()
        if not row.get("id") or word not in _TRUE | _FALSE:
            raise QuestionSetError(f"{path}, line {line}: no id, or correct is {word!r}", "Write id and true or false.")
        labels[str(row["id"])] = word in _TRUE
    return labels
