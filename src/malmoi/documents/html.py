"""HTML pages: made into lines with hints from the markup, then cleaned like any page.

The text that citations point into is the visible text, a line for each block; scripts, styles, hidden elements and
form controls are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from malmoi.documents import plain
from malmoi.documents.dates import normalise_date
from malmoi.documents.html_places import COMMENT_WORDS, main_element, measure, words_of
from malmoi.documents.lines import Hint
from malmoi.documents.parsed import Parsed
from malmoi.text import clean_text
from malmoi.types import SectionKind

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_DROPPED = frozenset(
    """script style noscript template svg iframe object canvas head button input select option textarea dialog
    math""".split()
)
_BLOCKS = frozenset(
    """address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody thead tfoot tr ul caption
    html br""".split()
)
_SPACED = frozenset("p h1 h2 h3 h4 h5 h6 blockquote ul ol table pre figure section article".split())
_TEXT_BLOCKS = frozenset("p li blockquote dd dt td th pre".split())
_FURNITURE_TAGS = frozenset("nav footer aside form".split())
_FURNITURE_ROLES = frozenset("navigation banner contentinfo complementary search menu menubar dialog".split())
_FURNITURE_WORDS = frozenset(
    """ad ads adv advert advertisement adsense banner sponsor sponsored promo promotion related recommend recommended
    recommendation ranking rank popular trending share sharing social sns breadcrumb breadcrumbs sidebar side menu nav
    navbar navigation gnb lnb snb footer copyright cookie cookies consent gdpr newsletter subscribe subscription
    pagination paging pager tags taglist toolbar utility utils skip widget popup modal toast respond""".split()
)
_AUTHOR_WORDS = frozenset("author nick nickname user username writer fn name".split())
_TIME_WORDS = frozenset("date time datetime timestamp posted when".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TITLE_TAIL = re.compile(r"\s+[|\-–—:»·]\s+[^|\-–—:»·]{2,40}$")
_ARTICLE_TYPES = re.compile(r"Article|Posting|WebPage|Report")


@dataclass
class _Context:
    """What the elements around a text say of it."""

    hint: Hint
    pre: bool = False
    row: bool = False


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style") or "")))


class _Linearizer:
    """Walks the tree once and collects lines with their hints."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._sizes, running, self._holders = measure(soup)
        self._main = main_element(soup, running)
        self._inside = {id(t) for t in self._main.find_all(True)} | {id(self._main)} if self._main else set()
        self._above = {id(t) for t in self._main.parents} if self._main else set()
        self._total = max(1, self._sizes[id(soup)])
        self._lines: list[tuple[str, Hint, bool]] = []
        self._buffer: list[str] = []
        self._hint = Hint()
        self._gap = False
        self._walk(soup)

    def result(self) -> tuple[str, dict[int, Hint]]:
        """Return the text and the hints by offset of a line's first character."""
        hints: dict[int, Hint] = {}
        parts: list[str] = []
        at = 0
        for text, hint, gap in self._lines:
            part = ("\n\n" if gap else "\n") if parts else ""
            hints[at + len(part)] = hint
            parts.append(part + text)
            at += len(part) + len(text)
        return "".join(parts), hints

    def _flush(self) -> None:
        text = " ".join(clean_text("".join(self._buffer)).split())
        if text:
            self._lines.append((text, self._hint, self._gap))
            self._gap = False
        self._buffer = []

    def _walk(self, soup: BeautifulSoup) -> None:
        from bs4 import Tag
        from bs4.element import NavigableString, PreformattedString

        stack: list[tuple[Any, _Context | None]] = [(soup, _Context(Hint()))]
        while stack:
            node, context = stack.pop()
            if context is None:  # the end of a block
                self._flush()
                self._gap = self._gap or node in _SPACED
            elif isinstance(node, Tag):
                if node.name in _DROPPED or _is_hidden(node):
                    continue
                inner = self._enter(node, context)
                if node.name in _BLOCKS:
                    self._flush()
                    self._gap = self._gap or node.name in _SPACED
                    stack.append((node.name, None))
                elif inner.hint is not context.hint:
                    self._flush()
                    stack.append((node.name, None))
                if node.name in {"td", "th"} and self._buffer:
                    self._buffer.append(" | ")
                stack.extend((child, inner) for child in reversed(list(node.children)))
            elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
                self._text(str(node), context)
        self._flush()

    def _text(self, text: str, context: _Context) -> None:
        if not self._buffer and not text.strip():
            return
        for i, piece in enumerate(text.split("\n") if context.pre else [text]):
            if i:
                self._flush()
            if not self._buffer:
                self._hint = context.hint
            self._buffer.append(piece)

    def _enter(self, tag: Tag, context: _Context) -> _Context:
        hint = self._structure(tag, context.hint)
        if tag.name in _TEXT_BLOCKS and not hint.paragraph:
            hint = replace(hint, paragraph=True)
        elif re.fullmatch(r"h[1-6]", tag.name) and hint.kind is None and not hint.comment:
            hint = replace(hint, level=int(tag.name[1]))
        elif tag.name == "figcaption" and hint.kind is None:
            hint = replace(hint, kind=SectionKind.CAPTION)
        return _Context(hint, context.pre or tag.name == "pre")

    def _structure(self, tag: Tag, hint: Hint) -> Hint:
        """Return the hint with what the element's name, role, class and place say of its kind."""
        if hint.kind is SectionKind.FURNITURE:
            return hint
        words = words_of(tag)
        if hint.comment:
            if tag.name == "form":
                return replace(hint, kind=SectionKind.FURNITURE)
            if words & _AUTHOR_WORDS and self._sizes[id(tag)] <= 60 and not tag.find(["p", "time"]):
                return replace(hint, role="author")
            if tag.name == "time" or (words & _TIME_WORDS and self._sizes[id(tag)] <= 60):
                return replace(hint, role="time")
            return hint
        small = self._sizes[id(tag)] * 2 < self._total
        holds_h1 = id(tag) in self._holders["h1"]
        if words & COMMENT_WORDS and small and tag.name not in {"html", "body", "a", "span"}:
            return replace(hint, comment=True)
        outside = bool(self._inside) and id(tag) not in self._inside and id(tag) not in self._above
        holds_title = tag.name in {"h1", "header"} or holds_h1
        named = words & _FURNITURE_WORDS and tag.name not in {"html", "body", "main", "article"}
        role = str(tag.get("role") or "") in _FURNITURE_ROLES or tag.name in _FURNITURE_TAGS
        site_header = tag.name == "header" and not holds_h1 and id(tag) not in self._inside
        if (role or named or site_header) and small and not holds_h1:
            return replace(hint, kind=SectionKind.FURNITURE)
        if outside and not holds_title and tag.name in _BLOCKS and id(tag) not in self._holders["comments"]:
            return replace(hint, kind=SectionKind.FURNITURE)
        return replace(hint, kind=SectionKind.FURNITURE) if _is_link_list(tag) and small else hint


def _is_link_list(tag: Tag) -> bool:
    """True for a list whose items are links and nothing else."""
    if tag.name not in {"ul", "ol"}:
        return False
    links = tag.find_all("a")
    text = len("".join(tag.get_text().split()))
    return len(links) >= 3 and sum(len("".join(a.get_text().split())) for a in links) * 10 >= text * 9


def _linked_data(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            found = json.loads(script.get_text())
        except (ValueError, RecursionError):
            continue
        queue = found if isinstance(found, list) else [found]
        for item in queue[:20]:
            if isinstance(item, dict):
                graph = item.get("@graph")
                yield from (g for g in (graph if isinstance(graph, list) else [item]) if isinstance(g, dict))


def _name(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, (_name(v) for v in value[:4])))
    if isinstance(value, dict):
        return _name(value.get("name"))
    return value.strip() if isinstance(value, str) else ""


def _metadata(soup: BeautifulSoup) -> dict[str, str]:
    """Return title, date, author, publisher and language as the page's own metadata gives them."""
    meta: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        key = str(tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
        if key and (content := clean_text(str(tag.get("content") or "")).strip()):
            meta.setdefault(key, " ".join(content.split()))
    first = {key: _first(meta, names) for key, names in _META_NAMES.items()}
    for item in _linked_data(soup):
        if _ARTICLE_TYPES.search(str(item.get("@type"))):
            first["title"] = first["title"] or _name(item.get("headline"))
            first["date"] = first["date"] or _name(item.get("datePublished"))
            first["author"] = first["author"] or _name(item.get("author"))
            first["publisher"] = first["publisher"] or _name(item.get("publisher"))
    if not first["date"] and (time := soup.find("time", attrs={"datetime": True})) is not None:
        in_comment = any(words_of(p) & COMMENT_WORDS for p in time.parents)
        first["date"] = "" if in_comment else str(time.get("datetime"))
    title = soup.find("title")
    if not first["title"] and title is not None and not soup.find("h1"):
        first["title"] = _TITLE_TAIL.sub("", " ".join(clean_text(title.get_text()).split()))
    root = soup.find("html")
    first["language"] = str(root.get("lang") or "")[:2].lower() if root is not None else ""
    if re.match(r"https?:", first["author"]):
        first["author"] = ""
    return {key: clean_text(value).strip() for key, value in first.items()}


_META_NAMES = {
    "title": ("og:title", "twitter:title", "headline", "dc.title"),
    "date": ("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date",
             "dc.date.issued", "pubdate", "publishdate", "regdate"),
    "author": ("author", "article:author", "og:article:author", "dc.creator", "byl", "dable:author"),
    "publisher": ("og:site_name", "publisher", "article:publisher_name", "dc.publisher"),
}  # fmt: skip


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def parse(text: str) -> Parsed:
    """Read an HTML page."""
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    text = _DECLARATION.sub("", text)
    if "<" not in text:
        return plain.parse(text)
    try:
        soup = BeautifulSoup(text, "html.parser")
    except (ParserRejectedMarkup, AssertionError):
        return plain.parse(clean_text(re.sub(r"<[^>]*>", "\n", text)))
    linear, hints = _Linearizer(soup).result()
    parsed = plain.parse(linear, hints)
    given = _metadata(soup)
    given["date"] = normalise_date(given["date"]) or "" if given["date"] else ""
    for key in ("title", "date", "author", "publisher"):
        value = given[key]
        if not value or value == getattr(parsed, key):
            continue
        setattr(parsed, key, value)
        parsed.found.pop(key, None)
        if (at := linear.find(value)) >= 0:
            parsed.found[key] = (at, at + len(value))
    parsed.language = given["language"] or None
    return parsed
