from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from malmoi.evaluation.measures import RiskPoint
from malmoi.evaluation.report import report_html, write_report
from malmoi.evaluation.report_plots import latency_curve, risk_coverage_curve

from .made_results import results_of, run

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \u2028 \" ' &lt;"


class Page(HTMLParser):
    """What a browser would find: elements with attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._inside, data))

    def data(self, id: str) -> Any:
        html = next(i for i, (tag, attrs) in enumerate(self.elements) if attrs.get("id") == id and tag == "script")
        place = [i for i, (tag, _) in enumerate(self.elements) if tag == "script"].index(html)
        return json.loads([text for tag, text in self.texts if tag == "script" and text.strip()][place])


def test_the_report_is_one_file_that_asks_for_nothing_else() -> None:
    html = report_html(run(12), "en")
    page = Page(html)
    assert not [a for _, a in page.elements for name in ("src", "action", "style", "onclick") if name in a]
    links = {a["href"] for tag, a in page.elements if tag in ("a", "link") and a.get("href")}
    assert links and all(link.startswith("#") or link == "data:," for link in links)
    assert "@import" not in html and "url(" not in html


def test_only_its_own_script_and_style_may_run() -> None:
    html = report_html(run(12), "en")
    policy = next(a["content"] or "" for _, a in Page(html).elements if a.get("http-equiv"))
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in inline]
        assert re.findall(rf"{directive} ([^;]+)", policy) == [f"'sha256-{digest}'" for digest in digests]


def test_hostile_text_stays_text() -> None:
    html = report_html(run(8, hostile=HOSTILE), "ko")
    page = Page(html)
    assert [tag for tag, _ in page.elements].count("script") == 3
    assert "img" not in {tag for tag, _ in page.elements}
    held = page.data("data")["questions"][0]
    assert HOSTILE in held["question"]["question"] and HOSTILE in held["answer"]["lead"]
    assert "\u2028" not in html


def test_every_question_is_there_with_its_passages_once() -> None:
    results = run(60)
    data = Page(report_html(results, "en")).data("data")
    assert [q["question"]["id"] for q in data["questions"]] == [q.question.id for q in results.questions]
    texts = [p["text"] for p in data["passages"]]
    assert len(texts) == len(set(texts)) < sum(len(q.passages) for q in results.questions)
    for shown, result in zip(data["questions"], results.questions, strict=True):
        assert [data["passages"][at]["text"] for at, _, _ in shown["passages"]] == [p.text for p in result.passages]
        assert [gold for _, _, gold in shown["passages"]] == [p.gold for p in result.passages]


def test_figures_stand_with_interval_baselines_and_target() -> None:
    results = run(60)
    figure = results.figures["ndcg@10"]
    html = report_html(results, "en", targets={"ndcg@10": 0.999, "hallucination": 0.9})
    assert f"{figure.mean:.3f}" in html and f"{figure.low:.3f}–{figure.high:.3f}" in html
    assert "kiwi bm25" in html and f"{results.baselines['dense']['ndcg@10'].mean:.3f}" in html
    assert re.search(r"≥ 0\.999 ·.*?missed", html) and re.search(r"≤ 0\.900 ·.*?>met<", html)


def test_both_languages_are_in_it() -> None:
    texts = Page(report_html(run(8), "ko")).data("texts")
    assert texts["ko"]["report.title"] == "평가 보고서" and texts["en"]["report.title"] == "Evaluation report"
    assert texts["ko"].keys() == texts["en"].keys()
    for key in re.findall(r'data-t(?:-label)?="([^"]+)"', report_html(run(40), "en")):
        assert key in texts["en"], key


def test_every_text_that_the_scripts_use_exists() -> None:
    texts = Page(report_html(run(8), "ko")).data("texts")["en"]
    scripts = Path(report_html.__code__.co_filename).parent / "templates"
    used = {key for path in scripts.glob("*.js") for key in re.findall(r'\bt\("([\w.-]+)"', path.read_text("utf-8"))}
    assert len(used) > 20
    # A key that ends with a dot is completed with a kind, verdict or outcome.
    assert not {
        key for key in used if not (key in texts or (key.endswith(".") and any(k.startswith(key) for k in texts)))
    }


def test_a_run_without_answers_or_times_is_reported(tmp_path: Path) -> None:
    from malmoi.evaluation.results import Outcome, QuestionResult

    from .made_results import question

    failed = QuestionResult(question(0), "", {}, (), {}, Outcome.FAILED, error="The endpoint did not answer")
    write_report(results_of([failed]), tmp_path / "deep" / "report.html", "en")
    html = (tmp_path / "deep" / "report.html").read_text("utf-8")
    assert "The endpoint did not answer" in html and "<figure>" not in html


def test_a_lone_surrogate_does_not_break_the_file(tmp_path: Path) -> None:
    write_report(run(4, hostile="x\ud83dy"), tmp_path / "report.html", "en")
    assert "x\\ud83dy" in (tmp_path / "report.html").read_text("utf-8")


def test_large_runs_stay_small_and_quick(tmp_path: Path) -> None:
    write_report(run(3316), tmp_path / "report.html", "en")
    assert (tmp_path / "report.html").stat().st_size < 6_000_000


def points_of(path: str) -> list[tuple[float, float]]:
    found = re.search(r'class="line" d="M([^"]+)"', path)
    assert found
    return [(float(x), float(y)) for x, y in (pair.split() for pair in found[1].split("L"))]


def test_the_risk_curve_rises_with_risk_and_ends_where_the_run_answered() -> None:
    drawn = risk_coverage_curve([RiskPoint(0.9, 0.25, 0.0), RiskPoint(0.6, 0.5, 0.1), RiskPoint(0.2, 0.75, 0.2)])
    assert drawn
    points = points_of(drawn)
    assert points == sorted(points) and [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    dot = re.search(r'class="point" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert dot and (float(dot[1]), float(dot[2])) == points[-1]
    assert risk_coverage_curve([RiskPoint(0.9, 0.25, 0.0)]) is None


def test_the_latency_curve_reaches_all_and_marks_median_and_tail() -> None:
    drawn = latency_curve([0.01 * n for n in range(1, 101)])
    assert drawn and re.findall(r"<title>(\d+ ms)", drawn) == ["500 ms", "950 ms"]
    assert points_of(drawn)[-1][1] == pytest.approx(12)
    assert latency_curve([0.5]) is None
