"""`malmoi ask`: one question, answered for a reader or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from malmoi.cli import filters
from malmoi.cli.common import IndexOption, JsonOption, SetOption, Spoken, err, opened, out, print_json, say
from malmoi.types import Answer, AnswerSentence, Citation, Language, Support, Verdict

if TYPE_CHECKING:
    from rich.console import Console

NEAREST = 3
"""Passages shown as the nearest ones when the documents do not hold the answer."""
LONGEST = 200
"""Characters shown of each of them."""


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=say("help.ask.question"))],
    index: IndexOption = None,
    history: Annotated[list[str] | None, typer.Option("--history", help=say("help.ask.history"))] = None,
    since: filters.FromOption = None,
    until: filters.ToOption = None,
    source: filters.SourceOption = None,
    document: filters.DocumentOption = None,
    kind: filters.KindOption = None,
    language: filters.LanguageOption = None,
    answerer: Annotated[
        Literal["auto", "extractive", "llm"] | None, typer.Option("--answerer", help=say("help.ask.answerer"))
    ] = None,
    answer_in: Annotated[
        Literal["ko", "en"] | None, typer.Option("--answer-in", help=say("help.ask.answer_in"))
    ] = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Answer a question from the collection."""
    wanted = filters.build(since, until, source, document, kind, language)
    with opened(index, assignments, existing=True) as collection, _thinking(as_json):
        answer = collection.ask(question, history=history or (), filters=wanted, language=answer_in, answerer=answerer)
    if as_json:
        from malmoi.answer_json import answer_to_json

        print_json(answer_to_json(answer))
    else:
        print_answer(answer, out(), Spoken.language)


@contextmanager
def _thinking(quiet: bool) -> Iterator[None]:
    if quiet or not sys.stderr.isatty():
        yield
        return
    with err().status(say("searching")):
        yield


def print_answer(answer: Answer, console: Console, language: Language) -> None:
    """The answer, its sentences with `[n]`, then the numbered sources with what they say word for word."""
    from rich.text import Text

    if answer.notice:
        console.print(Text(answer.notice, style="yellow"))
    if answer.lead:
        console.print(Text(answer.lead, style="bold"))
    numbers = {citation: n for n, citation in enumerate(answer.citations, start=1)}
    for sentence in answer.sentences:
        console.print(_sentence(sentence, numbers))
    if numbers:
        console.print(Text(f"\n{say('sources')}", style="bold"))
        for citation, n in numbers.items():
            _print_source(console, f"[{n}]", citation.quote, _credit(citation))
    elif answer.passages and answer.verdict is Verdict.ABSTAINED:
        from malmoi.answer_json import passage_to_json

        console.print(Text(f"\n{say('nearest')}", style="bold"))
        for hit in answer.passages[:NEAREST]:
            passage = passage_to_json(hit)
            quote = " ".join(passage["quote"].split())
            quote = quote if len(quote) <= LONGEST else f"{quote[:LONGEST].rstrip()} …"
            credit = credit_line(
                passage["title"] or passage["document"],
                passage["date"],
                passage["source"],
                passage["kind"],
                passage["author"],
            )
            _print_source(console, " · ", quote, credit)
    console.print(Text(f"\n{say('answered_by', answerer=_label(answer))}", style="dim"))


def _sentence(sentence: AnswerSentence, numbers: dict[Citation, int]) -> object:
    from rich.text import Text

    line = Text(sentence.text, style="strike" if sentence.support.is_failed else "")
    marks = "".join(f"[{numbers[c]}]" for c in dict.fromkeys(sentence.citations))
    if marks:
        line.append(f" {marks}", style="cyan")
    if sentence.support is not Support.SUPPORTED:
        reason = f": {sentence.reason}" if sentence.reason else ""
        line.append(f"  ⚠ {say(f'support.{sentence.support.value}')}{reason}", style="yellow")
    return line


def _print_source(console: Console, mark: str, quote: str, credit: str) -> None:
    from rich.text import Text

    console.print(Text(f"{mark} ", style="cyan").append(credit, style="bold"))
    lines = [line for line in quote.splitlines() if line.strip()]
    for line in [f"“{lines[0]}”"] if len(lines) == 1 else lines:
        console.print(Text(f"    {line}"))


def _credit(citation: Citation) -> str:
    return credit_line(
        citation.title or citation.document, citation.date, citation.source, citation.kind.value, citation.author
    )


def credit_line(title: str, date: str | None, source: str | None, kind: str, author: str | None) -> str:
    """Title, source, date and kind; of a comment its writer too."""
    label = say(f"kind.{kind}")
    if kind == "comment" and author:
        label = f"{label} ({author})"
    return " · ".join(part for part in (title, source, (date or say("undated")).replace("T", " "), label) if part)


def _label(answer: Answer) -> str:
    if answer.answerer.startswith("llm:"):
        return say("answerer.llm", model=answer.answerer.removeprefix("llm:"))
    return say("answerer.extractive")
