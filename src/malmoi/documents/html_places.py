"""What an HTML page's elements hold: how much text, the heading, the comments, the article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


COMMENT_WORDS = frozenset("comment comments commentlist cmt replies reply disqus".split())
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words_of(tag: Tag) -> set[str]:
    """Return the words in an element's class and id, in lower case."""
    names = tag.get("class")
    joined = " ".join(names) if isinstance(names, list) else str(names or "")
    return {word.lower() for word in _WORD.findall(f"{joined} {tag.get('id') or ''}")}


def main_element(soup: BeautifulSoup, running: dict[int, int]) -> Tag | None:
    """Return the element that holds most of the running text and says that it is the article."""
    candidates = soup.find_all(["article", "main"]) or soup.find_all(True, attrs={"itemprop": "articleBody"})
    best = max(candidates, key=lambda tag: running[id(tag)], default=None)
    return best if best is not None and running[id(best)] * 2 > running[id(soup)] else None


def measure(soup: BeautifulSoup) -> tuple[dict[int, int], dict[int, int], dict[str, set[int]]]:
    """Return for every element the length of its text and of its paragraphs, and what holds an h1 or comments.

    One pass from the leaves up: asking each element for its text would take quadratic time on deep pages.
    """
    from bs4.element import NavigableString

    sizes: dict[int, int] = {id(soup): 0}
    holders: dict[str, set[int]] = {"h1": set(), "comments": set()}
    elements: list[Tag] = [soup, *soup.find_all(True)]
    for tag in elements:
        sizes[id(tag)] = sum(len(child) for child in tag.children if isinstance(child, NavigableString))
    running = dict.fromkeys(sizes, 0)
    for tag in reversed(elements[1:]):
        parent = id(tag.parent)
        sizes[parent] += sizes[id(tag)]
        running[parent] += sizes[id(tag)] if tag.name == "p" else running[id(tag)]
        if tag.name == "h1" or id(tag) in holders["h1"]:
            holders["h1"].add(parent)
        if id(tag) in holders["comments"] or (tag.name not in {"a", "span", "p"} and words_of(tag) & COMMENT_WORDS):
            holders["comments"].add(parent)
    return sizes, running if running[id(soup)] else sizes, holders
