"""What single lines of scraped pages look like: the words and patterns that tell furniture from text.

Every predicate here reads one stripped line and knows nothing of its surroundings; `page.py` weighs them by position.
"""

from __future__ import annotations

import re

from malmoi.documents import dates
from malmoi.documents.imprint import EMAIL, PARTS, ROLE, is_company, is_copyright, is_email
from malmoi.documents.vocabulary import pattern, words

_NUMBERED = re.compile(r"\d{1,2}[.)]\s")
_EDGES = re.compile(r"^[-.–—+*#▶▼▲›‹'\"“”‘’!?/]+|[-.–—+*#▶▼▲›‹'\"“”‘’!?/\d]+$")
_STOP = frozenset("of and our the your with for to in on up out us use".split())
_TOKEN = re.compile(r"[^\s|·•ㅣ>»<«,:;()\[\]{}]+")
_HAS_WORD = re.compile(r"[^\W\d_]")

_UNIT = (
    r"(?:조회수?|추천수?|비추천|댓글수?|공감|비공감|좋아요|라이킷|싫어요|스크랩|답글|의견|공유|읽음|구독자?|방문자?|히트"
    r"|hits?|views?|reads?|likes?|comments?|shares?|replies|votes?|upvotes?|points?|reactions?|claps?)"
)
_COUNT = r"\d[\d,]*(?:\.\d+)?\s*(?:[kKmM]\b|[천만])?\+?"
_OF = r"\s*(?:회|개|건|명)?"
# Possessive: the parts may match the same text in several ways, and a long row of them must not be tried in all.
_COUNTER = re.compile(
    rf"(?:(?>{_UNIT}\s*[:：]?\s*[(\[]?\s*{_COUNT}\s*[)\]]?{_OF}|{_COUNT}{_OF}\s*{_UNIT}\b)[\s|·•/,ㅣ]*+)++", re.I
)
_COUNTED = re.compile(
    rf"{_UNIT}\s*[:：]?\s*[(\[]?\s*{_COUNT}\s*[)\]]?{_OF}(?!\w)|(?<!\w){_COUNT}{_OF}\s*{_UNIT}(?!\w)", re.I
)
_REACTION = re.compile(
    r"(?:(?>좋아요|훈훈해요|슬퍼요|화나요|후속기사 ?원해요|감동이에요|응원해요|쏠쏠정보|흥미진진|공감백배"
    r"|분석탁월|후속강추|기뻐요|놀라워요)"
    r"\s*+\d*+[\s|·]*+)++"
)
_NUMBER = re.compile(r"[\d,.\s%+~/:-]+")
_READING_TIME = re.compile(
    r"(?:읽는 ?시간|읽기)?\s*(?:약\s*)?\d+\s*분(?:\s*(?:읽기|소요))?|\d+\s*[- ]?min(?:ute)?s?\s+read", re.I
)
_READ_IN = re.compile(rf"(?:{_READING_TIME.pattern}|\b\d+\s*min(?:ute)?s?\b)", re.I)
_SYMBOLS = re.compile(r"[\W_]+")

_COLUMNS = re.compile(
    r"(?:(?:번호|순번|no\.?|제목|글쓴이|작성자|이름|닉네임|날짜|작성일|등록일|조회수?|추천수?|첨부|파일)(?:[\s|/·,]+|$)){3,}",
    re.I,
)
_COMMENT_HEADER = re.compile(
    r"""[\W_]*(?:
      (?:전체\s*|총\s*|독자\s*|네티즌\s*|회원\s*|기사\s*|블로그\s*)?(?:댓글|덧글|의견|코멘트|한\s*줄\s*의견)\s*(?:수|목록|창|보기|영역|쓰기|란)?
    | (?:reader\s+|user\s+|view\s+|all\s+|show\s+|read\s+)?(?:comments?|responses?|replies)(?:\s+section)?
    | (?:join\s+the\s+)?(?:discussion|conversation) | leave\s+a\s+(?:comment|reply)
    | (?:thoughts|comments|responses)\s+on\s+.{1,80}
    )\s*[:：•·|-]?\s*[(\[]?\s*(?P<after>\d[\d,]*)?\s*[)\]]?\s*(?:개|건|명|/\s*\d+\s*페이지)?[\W_]*
    | [\W_]*(?P<before>\d[\d,]*)\s*(?:개의\s*|건의\s*)?
      (?:댓글|덧글|의견|comments?|responses?|replies|thoughts\s+on\s+.{1,80})(?:이\s*있습니다)?[\W_]*""",
    re.I | re.X,
)


_HASHTAGS = re.compile(r"(?:[#＃][^\s#＃]++[\s,]*+)++")
_CODE = re.compile(
    r"""[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*')\s*/?>.* | </?\w+(?:\s[^<>]*)?>
    | (?:var|let|const)\s+\w+\s*=.*;?
    | (?:\(?function\b|window\.|document\.|googletag|dataLayer|\$\(|\(adsbygoogle).*""",
    re.I | re.X,
)

_PHRASE_LIMIT = 260

_RELATED_INLINE = re.compile(
    r"[\s▶▷☞►■\[<【(*-]*(?:관련\s*(?:기사|글|뉴스|포스팅)|함께\s*보기|바로\s*가기|이전\s*기사|더\s*읽기|참고\s*기사|추천\s*기사)\s*[\]>】):：▶☞]\s*.{0,160}"
)
_TRUNCATED = re.compile(r"(?:\.{2,}|…|‥)$")
_SENTENCE_END = re.compile(r"""[.!?。！？][\s"'”’)\]」』》〉]*$|[다요죠음함임][.)\]"'”’]*$""")
_SENTENCE_INSIDE = re.compile(
    r"[가-힣][다요죠]\.(?:\s|$|[\"'”’])|[a-z0-9)”\"'’][.!?](?:\s+[A-Z“\"‘]|[\"'”’]*$)|[。！？]"
)

_WIRE_CAPTION = re.compile(
    rf"(?:자료\s?사진|사진\s*[=제].{{0,24}})[)\]]?$|\d{{4}}\s?[.년]\s?\d{{1,2}}\s?[.월]\s?\d{{1,2}}[.일]?\s*(?:/\S+\s*)?(?:{EMAIL}|ⓒ.*)$"
)

_CLOSING_REMARK = re.compile(r"\s[\[(](?:이후|이하|나머지|중략|하략|후략)[^\[\]()]{0,20}[\])]$")
_STAR = re.compile(r"[*＊](?![*＊])\s?\S.*")
_MASKED_IP = re.compile(r"\(?\d{1,3}\.(?:\d{1,3}\.){0,2}[♡*xX×]{1,3}(?:\.(?:\d{1,3}|[♡*xX×]{1,3})){1,2}\)?")
_IP = re.compile(
    r"\(\d{2,3}\.\d{2,3}\)|\(?\b\d{1,3}\.(?:\d{1,3}|[♡*xX×]{1,3})\.(?:\d{1,3}|[♡*xX×]{1,3})\.(?:\d{1,3}|[♡*xX×]{1,3})\b\)?"
)
_PARTICLE = re.compile(r"[가-힣](?:[을를은는의에로와과]|에서|으로)$")
_SIGNED = re.compile(rf".{{12,140}}[.。]\s*[/=]\s?[가-힣]{{2,4}}\s?{ROLE}")
_GREETING = re.compile(r"(?:안녕하(?:세요|십니까|신가요)|반갑습니다|hello\b|hi\b|dear\s)", re.I)
_URL = re.compile(r"(?:https?://|www\.)\S+")


def _tokens(line: str) -> list[str]:
    return [_EDGES.sub("", t) or t for t in _TOKEN.findall(line.casefold())]


def is_controls(line: str) -> bool:
    """True for a line made of nothing but the page's buttons, menus, counters and symbols."""
    if len(line) > 200 or _NUMBERED.match(line):
        return False
    tokens = [t for t in _tokens(line) if _HAS_WORD.search(t)]
    parts = [
        p
        for t in tokens
        for p in (t.split("/") if t not in words("controls") and t not in words("sections") else [t])
        if p
    ]
    if not parts:
        return bool(_SYMBOLS.fullmatch(line))
    known = [p for p in parts if p in words("controls") or p in words("sections")]
    strong = [p for p in known if p in words("controls") and p not in _STOP]
    if not known or dates.find_date(line, short_year=True):
        return False
    if len(known) == len(parts):
        if len(parts) > 3:
            return True
        return bool(strong) and (len(parts) == 1 or len(strong) * 2 >= len(parts))
    return len(parts) >= 5 and len(known) * 4 >= len(parts) * 3 and bool(strong) and not _SENTENCE_END.search(line)


def is_section_name(line: str) -> bool:
    """True for a line made of names of site sections; an ordinary heading may look the same."""
    parts = [p for t in _tokens(line) for p in ([t] if t in words("sections") else t.split("/")) if p]
    return 0 < len(parts) <= 30 and all(p in words("sections") or p in words("controls") for p in parts)


def is_counter(line: str) -> bool:
    """True for view, vote, share and comment counters, alone or in a row, and reading times."""
    return len(line) <= 120 and bool(
        _COUNTER.fullmatch(line) or _REACTION.fullmatch(line) or _READING_TIME.fullmatch(line)
    )


def without_counters(line: str) -> str:
    """Return the line without its counters and reading times."""
    return _READ_IN.sub(" ", _COUNTED.sub(" ", line))


def parts_of(line: str) -> list[str]:
    """Return what bars and dots in a line divide."""
    return [part for part in PARTS.split(line) if part.strip()]


def is_number(line: str) -> bool:
    """True for a line of digits and separators only."""
    return bool(_NUMBER.fullmatch(line)) and any(c.isdigit() for c in line)


def is_symbols(line: str) -> bool:
    """True for a line without a letter or digit."""
    return bool(_SYMBOLS.fullmatch(line))


def is_list_header(line: str) -> bool:
    """True for the heading of a ranking, a list of related or other articles, or a board's column names."""
    return len(line) <= 60 and bool(
        pattern("list_headers", r"[\W_]*", r"[\W_\d]*").fullmatch(line) or _COLUMNS.fullmatch(line)
    )


def comment_header(line: str) -> int | None:
    """Return the number a comment area's heading announces, -1 where it gives none, None for another line."""
    match = _COMMENT_HEADER.fullmatch(line) if len(line) <= 110 else None
    if not match:
        return None
    number = match["after"] or match["before"]
    return int(number.replace(",", "")) if number else -1


def is_hashtags(line: str) -> bool:
    """True for a line of hashtags."""
    return bool(_HASHTAGS.fullmatch(line)) and len(line) > 2


def is_code(line: str) -> bool:
    """True for a left-over of markup or a script."""
    return bool(_CODE.fullmatch(line))


def is_phrase(line: str) -> bool:
    """True for a set phrase of the page around an article: share, subscribe, cookies, related, adverts."""
    return len(line) <= _PHRASE_LIMIT and bool(
        pattern("phrases", r"[\W_]*", r"[\W_]*").fullmatch(line) or _RELATED_INLINE.fullmatch(line)
    )


def is_furniture(line: str) -> bool:
    """True for a line that is furniture wherever on a page it stands."""
    return (
        is_controls(line)
        or is_counter(line)
        or is_copyright(line)
        or is_company(line)
        or is_email(line)
        or is_hashtags(line)
        or is_code(line)
        or bool(_MASKED_IP.fullmatch(line))
        or is_phrase(line)
    )


def is_truncated(line: str) -> bool:
    """True for a line cut off with dots, as teasers are."""
    return bool(_TRUNCATED.search(line))


def ends_sentence(line: str) -> bool:
    """True when the line ends like a sentence, not like a title."""
    return bool(_SENTENCE_END.search(line)) and not is_truncated(line)


def is_prose(line: str) -> bool:
    """True for a line that holds at least one whole sentence of running text."""
    hangul = any("가" <= c <= "힣" or "\u3040" <= c <= "\u9fff" for c in line)
    if len(line) < (28 if hangul else 55):
        return False
    if _SENTENCE_INSIDE.search(line):
        return True
    return len(line) >= (60 if hangul else 120) and (ends_sentence(line) or len(line) >= 140) and line.count("|") < 3


def is_caption(line: str) -> bool:
    """True for a photograph's caption or credit."""
    if len(line) > 300 or is_copyright(line):
        return False
    if pattern("caption_starts").match(line) and len(line) <= 200:
        return True
    if len(line) <= 160 and pattern("credits").search(line):
        # A credit closes the line; in running text a full sentence goes on after it.
        return not (ends_sentence(line) and "ⓒ" not in line and "©" not in line and not line.endswith((")", "]")))
    return bool(_WIRE_CAPTION.search(line))


def is_credit(line: str) -> bool:
    """True for a photograph's credit that stands on a line of its own, beside the caption."""
    return len(line) <= 90 and bool(pattern("credit_lines").fullmatch(line))


def looks_like_menu(line: str) -> bool:
    """True for a row of short nouns with names of site sections among them."""
    tokens = line.split()
    if len(tokens) < 3 or any(len(t) > 8 for t in tokens) or re.search(r"[^\w\s/&·|]", line):
        return False
    return any(t.casefold() in words("sections") or t.casefold() in words("controls") for t in tokens) and not any(
        _PARTICLE.search(t) or t.casefold() in _STOP for t in tokens
    )


def is_note(line: str) -> bool:
    """True for a footnote, a source note, or a remark of the editor or translator."""
    return bool(pattern("notes").fullmatch(line))


def closing_remark(line: str) -> int:
    """Return where an editor's "[the rest is left out]" begins at the end of a paragraph; 0 where there is none."""
    match = _CLOSING_REMARK.search(line)
    return match.start() + 1 if match else 0


def is_starred(line: str) -> bool:
    """True for a line that begins with an asterisk: a footnote, or an item of a list."""
    return bool(_STAR.fullmatch(line))


def is_signed_caption(line: str) -> bool:
    """True for a sentence with "/ NAME 기자" after it: a caption above the text, a paragraph's end below it."""
    return bool(_SIGNED.fullmatch(line))


def is_greeting(line: str) -> bool:
    """True for a line that greets the reader."""
    return len(line) <= 80 and bool(_GREETING.match(line))


def is_url(line: str) -> bool:
    """True for a line that is one web address."""
    return bool(_URL.fullmatch(line))


def ip_spans(line: str) -> list[tuple[int, int]]:
    """Return the spans of (masked) IP addresses in the line."""
    return [m.span() for m in _IP.finditer(line)]
