"""Two hundred documents, each with words of its own, twenty people, and an account of what may be told to whom.

Document n holds the canary `kz012qx` (n in three digits) in its name, title, text, publisher, people and comments.
Nothing that is shown to someone may hold a canary, or an id, of a document that they may not see, unless they wrote it
themselves. `Oracle` knows who may see what from its own tables, never from Malmoi.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malmoi.documents.folder_groups import FILE_NAME
from malmoi.types import Principal, Role

DOCUMENTS = 200
PEOPLE = 20
GROUPS = tuple(f"부서-{i}" for i in range(9))
TOPICS = ("가온다리", "나루도서관", "다솜항만", "라온농장", "마루공원", "바다박물관", "새솔학교", "아람병원")
CANARY = re.compile(r"kz(\d{3})qx", re.IGNORECASE)
_TWINS = 20
"""The last so many documents are near-copies of the first ones, for other readers."""


def canary(n: int) -> str:
    return f"kz{n:03d}qx"


def topic(n: int) -> str:
    return TOPICS[n % (DOCUMENTS - _TWINS) % len(TOPICS)]


def page(n: int) -> tuple[str, str]:
    """Name and content of document n: every second one a page with a publisher and a comment, the others Markdown."""
    m, own, about = n % (DOCUMENTS - _TWINS), canary(n), topic(n)
    date = f"20{10 + m % 20}-{1 + m % 12:02d}-{1 + m % 28:02d}"
    year, month, day = date.split("-")
    lines = [
        f"{about} 공사비는 {100 + m}억 원이라고 한{own} 소장이 밝혔다.",
        f"{about}의 설계는 나래연구소(Lab{own.title()})가 맡았고, 감리는 {own} 사무소가 맡았다.",
        f"{about}에 들어가는 절차는 다음과 같다. 표를 사고 {own} 창구에서 신분증을 보인다.",
        f"주민들은 {about} 주변 소음을 걱정했다. 담당 부서는 {month}월까지 {own} 대책을 내놓기로 했다.",
    ]
    if n % 2:
        return f"note-{own}.md", f"# {about} 소식 {own}\n\n{year}년 {int(month)}월 {int(day)}일\n\n" + "\n\n".join(
            lines
        )
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"page-{own}.html", (
        f'<!doctype html><html lang="ko"><head><title>{about} 소식 {own}</title>'
        f'<meta property="og:site_name" content="신문{own}"><meta name="author" content="기자{own}">'
        f'<meta property="article:published_time" content="{date}T09:00:00"></head><body>'
        f"<article><h1>{about} 소식 {own}</h1>{body}</article>"
        f'<section class="comments"><h2>댓글 1</h2><div class="comment"><span class="author">독자{own}</span>'
        f'<time datetime="{date}T10:00">{year}.{month}.{day} 10:00</time>'
        f"<p>{about}은 너무 비싸다고 {own} 생각합니다.</p></div></section></body></html>"
    )


@dataclass
class Oracle:
    """Who may see which document.

    Attributes:
        groups: of each document by number; empty is open to all.
        names, ids: of each document; an id is the first 16 digits of the hash of its path.
        told: pieces of text that were looked at.
        leaks: (who, document, where) for every hidden canary or id that was told.
    """

    groups: dict[int, frozenset[str]]
    names: dict[int, str]
    ids: dict[int, str]
    told: int = 0
    found: int = 0
    leaks: list[tuple[str, int, str]] = field(default_factory=list)

    def sees(self, who: Principal, n: int) -> bool:
        return who.role is Role.ADMIN or not self.groups[n] or not self.groups[n].isdisjoint(who.groups)

    def visible(self, who: Principal) -> frozenset[int]:
        return frozenset(n for n in self.groups if self.sees(who, n))

    def look(self, who: Principal, where: str, shown: object, own_words: Sequence[str] = ()) -> None:
        """Take down what was shown to someone who wrote `own_words`."""
        text = repr(shown)
        self.told += 1
        theirs = {int(n) for words in own_words for n in CANARY.findall(words)}
        words = {int(n) for n in CANARY.findall(text)}
        ids = {n for n, id_ in self.ids.items() if id_ in text and id_ not in own_words}
        self.found += bool(words or ids)
        self.leaks += [(who.id, n, where) for n in (words - theirs) | ids if not self.sees(who, n)]


def people(rng: random.Random) -> list[Principal]:
    """Twenty: one in no group, one admin, the others in one to four groups."""
    made = [Principal("u0", "아무 데도", Role.READER)]
    made += [
        Principal(f"u{i}", f"사람 {i}", rng.choice([Role.READER, Role.EDITOR]), pick(rng, GROUPS, rng.randint(1, 4)))
        for i in range(1, PEOPLE - 1)
    ]
    return [*made, Principal(f"u{PEOPLE - 1}", "관리자", Role.ADMIN)]


def pick(rng: random.Random, names: Sequence[str], count: int) -> frozenset[str]:
    return frozenset(rng.sample(names, count))


def write(folder: Path, rng: random.Random) -> Oracle:
    """The documents as files below `folder`, a folder with a groups file for each set of groups, and the oracle."""
    groups = {n: pick(rng, GROUPS, rng.choice([0, 1, 1, 1, 2, 3])) for n in range(DOCUMENTS)}
    names, ids = dict[int, str](), dict[int, str]()
    for n, members in groups.items():
        name, content = page(n)
        place = folder / ("-".join(sorted(members)) or "모두")
        if not place.is_dir():
            place.mkdir(parents=True)
            (place / FILE_NAME).write_text("# 볼 수 있는 부서\n" + ("\n".join(members) or "*") + "\n", "utf-8")
        (place / name).write_text(content, "utf-8")
        names[n], ids[n] = name, hashlib.sha256(str(place / name).encode()).hexdigest()[:16]
    return Oracle(groups, names, ids)


class BagEmbedder:
    """Unit vectors from the words and syllable pairs of a text, so that texts with much in common are near."""

    id = "bag-1"
    dimension = 96

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3)
        for piece in [*text.split(), *(text[i : i + 2] for i in range(len(text) - 1))]:
            digest = hashlib.blake2b(piece.encode(), digest_size=4).digest()
            vector[int.from_bytes(digest[:2], "big") % self.dimension] += 1 if digest[2] % 2 else -1
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def embed_question(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)
