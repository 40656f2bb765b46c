from __future__ import annotations

from pathlib import Path

import pytest

from catalog.storage import made
from malmoi.catalog import Catalog
from malmoi.index.lexical import MAX_TERMS, LexicalIndex
from malmoi.types import Filters, SectionKind


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    catalog = Catalog(tmp_path)
    catalog.put(*made("a", "사과 배 사과", "배 감", "e-1042 60%", title="과일 이야기"))
    catalog.put(*made("b", "사과 하나 둘 셋 넷 다섯 여섯 일곱", (SectionKind.COMMENT, "사과 댓글")))
    catalog.put(*made("c", *(f"무관한 글 {i}" for i in range(20))))
    return LexicalIndex(catalog)


def ids(found: list[tuple[int, float]]) -> list[int]:
    return [id_ for id_, _ in found]


def test_more_of_a_term_in_less_text_comes_first(index: LexicalIndex) -> None:
    found = index.search(["사과"], limit=10)
    assert ids(found) == [1, 4]
    assert found[0][1] > found[1][1] > 0


def test_comments_are_found_only_when_asked_for(index: LexicalIndex) -> None:
    comments = Filters(kinds=frozenset({SectionKind.COMMENT}))
    assert ids(index.search(["사과"], filters=comments, limit=10)) == [5]
    assert ids(index.search(["댓글"], limit=10)) == []


def test_identifiers_are_found_whole(index: LexicalIndex) -> None:
    assert ids(index.search(["e-1042"], limit=10)) == ids(index.search(["60%"], limit=10)) == [3]
    assert index.search(["1042"], limit=10) == index.search(["60"], limit=10) == []


def test_context_is_weighed_apart(index: LexicalIndex) -> None:
    assert set(ids(index.search(["과일"], limit=10))) == {1, 2, 3}
    heavy = index.search(["과일", "하나"], limit=10, weights=(0.01, 10.0))
    light = index.search(["과일", "하나"], limit=10, weights=(10.0, 0.01))
    assert heavy[0][0] != 4 and light[0][0] == 4


def test_syllable_pairs_find_what_the_terms_do_not(index: LexicalIndex) -> None:
    assert ids(index.search(["없는말"], pairs=["댓글", "일곱"], limit=10)) == [4]
    with_pairs = dict(index.search(["배"], pairs=["이야"], limit=10))
    assert with_pairs[1] > dict(index.search(["배"], limit=10))[1]


def test_a_repeated_term_counts_once(index: LexicalIndex) -> None:
    assert index.search(["사과", "배", "사과"], limit=10) == index.search(["사과", "배"], limit=10)


def test_nothing_to_search_finds_nothing(index: LexicalIndex) -> None:
    assert index.search([], limit=10) == index.search(["사과"], limit=0) == []
    furniture = Filters(kinds=frozenset({SectionKind.FURNITURE}))
    assert index.search(["사과"], filters=furniture, limit=10) == []


def test_any_number_of_terms_can_be_searched(index: LexicalIndex) -> None:
    many = [f"낱말{i}" for i in range(MAX_TERMS * 3)]
    assert ids(index.search(["사과", *many], limit=10)) == [1, 4]
    assert index.search(many, pairs=many, limit=10) == []
