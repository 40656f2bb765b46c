"""Lines of a page's imprint: publisher, copyright, addresses, offices, appeals to subscribe."""

from __future__ import annotations

import re

from malmoi.documents.vocabulary import pattern

# Labels of a publisher's legal notice. The soft ones also stand in real contact details.
_COMPANY_HARD = (
    "발행인|편집인|발행·편집인|발행인·편집인|편집국장|사업자\\s*등록\\s*번호|사업자\\s*번호|고충\\s*처리인|청소년\\s*보호\\s*책임자|통신\\s*판매업"
    "(?:\\s*신고)?(?:\\s*번호)?|제호|인터넷\\s*신문(?:\\s*등록)?(?:\\s*번호)?|정기\\s*간행물|개인\\s*정보\\s*(?:관리|보호)\\s*책임자|법인명"
    "|(?:신문|언론)\\s*등록\\s*번호|등록\\s*번호|발행\\s*일자|등록\\s*일자|대표이사(?:/발행인)?|발행소|인쇄인|호스팅\\s*(?:제공자|서비스)"
)
_COMPANY_SOFT = (
    "주소|대표\\s*전화|전화(?:\\s*번호)?|대표\\s*번호|팩스|fax|tel|대표\\s*이메일|이메일|e-?mail|등록일|발행일|상호|상호명|대표자|대표|문의|편집"
    "|광고\\s*문의|구독\\s*문의|회사명|본사|창간일?"
)
_COMPANY = re.compile(rf"[\W_]*(?:{_COMPANY_HARD})\s*[:：]\s*\S.*", re.I)
_COMPANY_WEAK = re.compile(rf"[\W_]*(?:{_COMPANY_SOFT})\s*[.:：]\s*\S.*", re.I)
PARTS = re.compile(r"\s*[|ㅣ│]\s*|\s+[·•/]\s+")
_COMPANY_PART = re.compile(
    rf"(?:{_COMPANY_HARD})\s*[:：]?\s*\S|(?:copyright|©|ⓒ|\(c\)).{{0,20}}\b(?:19|20)\d\d\b", re.I
)
_COMPANY_LABEL = re.compile(rf"(?:{_COMPANY_HARD}|{_COMPANY_SOFT})\s*[:：.]", re.I)
EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
ROLE = r"(?:기자|특파원|논설위원|에디터|PD|선임기자|전문기자|인턴기자|객원기자|통신원|편집위원|아나운서|앵커)"
_EMAIL_LINE = re.compile(
    rf"[\W_]*(?:[가-힣]{{2,4}}\s*[가-힣A-Za-z·]{{0,10}}{ROLE}?\s*[=:/|(]?\s*|[A-Z][\w.'-]+(?:\s+[A-Z][\w.'-]+){{1,3}}\s*[,:|-]?\s*)?"
    rf"(?:e-?mail\s*[:：]?\s*)?[\[(<]?\s*{EMAIL}\s*[\])>]?[\s.|]*(?:기자|구독)?",
    re.I,
)
_APPEAL = re.compile(
    r"was\s+this\s.{1,30}(?:useful|helpful)\s*\??|.{0,30}(?:도움이\s*되|만족하).{1,12}[요까]\s*\??|support\s+(?:local|independent|our|quality|nonprofit)\s.{1,80}|.{0,30}(?:응원|후원|구독)해\s*(?:주세요|주십시오)[.!\s]*|tags?\s*:.*",
    re.I,
)
_DEPARTMENT = re.compile(r"(?:담당\s?(?:부서|자|과|관)?|책임자|총괄|문의(?:처)?)(?:\s*[:：].{1,60}|\s.{1,40})?")


def is_company(line: str) -> bool:
    """True for a line of a publisher's legal notice (발행인, 사업자등록번호 …)."""
    if len(line) > 400:
        return False
    if _COMPANY.fullmatch(line) or len(_COMPANY_LABEL.findall(line)) >= 3:
        return True
    parts = PARTS.split(line)
    return len(parts) >= 3 and any(_COMPANY_PART.match(part) for part in parts)


def is_contact(line: str) -> bool:
    """True for an address, telephone or e-mail with its label; furniture only beside other furniture."""
    return len(line) <= 160 and bool(_COMPANY_WEAK.fullmatch(line))


def is_copyright(line: str) -> bool:
    """True for a copyright line or a reprint ban."""
    return (
        len(line) <= 400
        and bool(pattern("copyrights").fullmatch(line))
        and not (len(line) > 160 and "ⓒ" not in line[:40])
    )


def is_email(line: str) -> bool:
    """True for an e-mail address alone or after a reporter's name."""
    return len(line) <= 80 and bool(_EMAIL_LINE.fullmatch(line))


def is_appeal(line: str) -> bool:
    """True for an appeal to support or subscribe, and for tags: they stand below a text, or in a box inside it."""
    return len(line) <= 160 and bool(_APPEAL.fullmatch(line))


def is_department(line: str) -> bool:
    """True for the label of the office that answers questions about a notice, alone or with its name."""
    return bool(_DEPARTMENT.fullmatch(line))
