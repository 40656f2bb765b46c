from __future__ import annotations

import sqlite3

from hypothesis import example, given, settings
from hypothesis import strategies as st

from malmoi.catalog.rows import decode_term, decode_terms, encode_term, encode_terms

anything = st.text(st.characters(exclude_categories=()), max_size=12)


@given(st.lists(anything, max_size=6))
def test_terms_round_trip(terms: list[str]) -> None:
    assert decode_terms(encode_terms(terms)) == tuple(terms)


@given(anything, anything)
@example("R1", "r1")
@example("", "¬")
@example("¬002d", "-")
def test_different_terms_have_different_tokens(one: str, other: str) -> None:
    assert (encode_term(one) == encode_term(other)) == (one == other)
    assert decode_term(encode_term(one)) == one


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=5, unique=True))
@example(["E-1042", "e-1042", "r1", "60%", "OR", "NEAR", '"', "a b", "é", "e", "É", "", "\0"])
@example(["c++", "c#", "c", "연차휴가", "연차", "휴가", "*", "^연차", "terms:연차"])
def test_each_term_is_one_token_that_only_itself_finds(terms: list[str]) -> None:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE VIRTUAL TABLE t USING fts5 (terms, tokenize = 'ascii')")
        for row, term in enumerate(terms):
            database.execute("INSERT INTO t (rowid, terms) VALUES (?, ?)", (row, encode_term(term)))
        database.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, row)")
        assert database.execute("SELECT count(*), sum(cnt) FROM v").fetchone() == (len(terms), len(terms))
        for row, term in enumerate(terms):
            found = database.execute("SELECT rowid FROM t WHERE t MATCH ?", (f'"{encode_term(term)}"',)).fetchall()
            assert found == [(row,)]
    finally:
        database.close()
