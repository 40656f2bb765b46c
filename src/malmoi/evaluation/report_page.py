"""What the report and the comparison share: one self-contained HTML file, and the data inside it.

The file makes no request: styles and scripts are in it and allowed by their hashes alone. All text of questions,
answers and documents is either escaped by Jinja or data that the scripts put on the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from malmoi.evaluation.questions import Question
from malmoi.evaluation.results import PassageResult, QuestionResult
from malmoi.i18n import LANGUAGES, text, texts
from malmoi.types import Language

_TEMPLATES = resources.files("malmoi") / "evaluation" / "templates"
_SHOWN_TEXTS = ("report.", "chat.kind.", "chat.support.", "chat.verdict.", "chat.brand", "cli.eval.baseline.")


class Passages:
    """All passages of a page, each held once however often it was found."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int, int, str], int] = {}
        self.listed: list[dict[str, Any]] = []

    def place(self, passage: PassageResult) -> int:
        """The passage's number in `listed`."""
        key = (passage.document, passage.start, passage.end, passage.text)
        if key not in self._places:
            self._places[key] = len(self.listed)
            self.listed.append(
                {
                    "document": passage.document,
                    "title": passage.title,
                    "text": passage.text,
                    "kind": passage.kind,
                }
            )
        return self._places[key]


def question_data(question: Question) -> dict[str, Any]:
    """A question and its gold, as the scripts read it."""
    return {**asdict(question), "evidence": [[[q.doc, q.quote] for q in group] for group in question.evidence]}


def answer_data(result: QuestionResult, passages: Passages) -> dict[str, Any]:
    """An answer and the passages it was made from, as the scripts read them."""
    return {
        "outcome": result.outcome.value,
        "verdict": result.verdict,
        "confidence": result.confidence,
        "error": result.error,
        "faults": list(result.faults),
        "answer": {name: result.answer[name] for name in ("lead", "sentences", "searched") if name in result.answer},
        "passages": [[passages.place(p), round(p.score, 4), p.gold] for p in result.passages],
    }


def page(template: str, language: Language, data: Mapping[str, Any], scripts: Iterable[str], **values: Any) -> str:
    """The whole file, for a reader of `language` who may switch to the other one in the page."""
    style = _styles()
    script = "\n".join((_TEMPLATES / name).read_text("utf-8") for name in ("common.js", *scripts))
    shown = {one: {k: v for k, v in texts(one).items() if k.startswith(_SHOWN_TEXTS)} for one in LANGUAGES}
    policy = (
        f"default-src 'none'; script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            t=lambda key, **fields: text(key, language, **fields),
            word=_Words(language).word,
            label=_Words(language).label,
            measure=_Words(language).measure,
            hint=_Words(language).hint,
            baseline=_Words(language).baseline,
            language=language,
            policy=policy,
            style=Markup(style),
            script=Markup(script),
            texts=_as_data(shown),
            data=_as_data(data),
            **values,
        )
    )


class _Words:
    """Texts that the page can write again in the other language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def word(self, key: str, **fields: object) -> Markup:
        values = Markup(' data-v="{}"').format(json.dumps(fields, ensure_ascii=False)) if fields else Markup()
        return Markup('<span data-t="{}"{}>{}</span>').format(key, values, text(key, self._language, **fields))

    def label(self, key: str) -> Markup:
        return Markup(' data-t-label="{}" aria-label="{}"').format(key, text(key, self._language))

    def measure(self, name: str) -> Markup:
        return Markup('<span data-measure="{}">{}</span>').format(name, measure_name(name, self._language))

    def baseline(self, name: str) -> Markup:
        key = f"cli.eval.baseline.{name}"
        return self.word(key) if key in texts(self._language) else Markup("{}").format(name)

    def hint(self, name: str) -> Markup:
        told = texts(self._language).get(f"report.measure.{name}.hint", "")
        return Markup(' data-hint="{}" title="{}"').format(name, told)


def measure_name(name: str, language: Language) -> str:
    """What people call a measure; one that has no such name keeps its own."""
    return texts(language).get(f"report.measure.{name}", name)


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _as_data(value: object) -> Markup:
    """JSON that cannot end the element it stands in, nor be read as markup; lone surrogates stay escaped."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup("".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in written))


@cache
def _styles() -> str:
    theme = resources.files("malmoi").joinpath("web", "static", "theme.css").read_text("utf-8")
    return f"{theme}\n{(_TEMPLATES / 'report.css').read_text('utf-8')}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(str(_TEMPLATES)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        figure=written, signed=_signed, percent=lambda share: f"{100 * share:.2f}%", slug=slug, around=_around
    )
    return made


def written(value: float | None, digits: int = 3) -> str:
    """A figure as people read it; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def slug(words: str) -> str:
    """Words as part of a key or a class."""
    return words.replace(" ", "-")


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.3f}"


def _around(value: float, reach: float) -> str:
    """Where a difference stands on an axis from -reach to +reach."""
    return f"{50 + 50 * max(-1.0, min(1.0, value / reach)):.2f}%"
