"""Turns an English statement into the question that one of its values or its person answers.

Only shapes that need no reordering, or one auxiliary moved to the front, are turned: "Dr Mara Olsen designed the weir."
becomes "Who designed the weir?", "The weir was opened on 3 May 2031." becomes "When was the weir opened?".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from malmoi.evaluation.generate_korean import Asked
from malmoi.language.values import Value, ValueKind, find_values

SHORTEST, LONGEST = 20, 160

_AUXILIARY = r"(?:is|are|was|were|has|have|had|will|can|could|must|should)"
_TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Professor|Captain|Mayor|President|Minister|Judge|Sir|Dame)\.?"
_NAME = r"[A-Z][\w'’-]+(?: [A-Z]\.)?(?: [A-Z][\w'’-]+){1,2}"
_TOLD = r"(?:\w+ed|said|wrote|made|built|led|won|took|gave|ran|drew|found|kept)"
_PERSON = re.compile(rf"^(?P<name>{_TITLE} {_NAME}|{_NAME}) (?P<rest>(?:{_AUXILIARY}|{_TOLD}) .+)$")
_ORGANISATION = re.compile(
    r"\b(?:The|Company|Corporation|Council|Commission|Ministry|Office|Committee|Power|Group|Party|Union|Bank|University|"
    r"Institute|Post|Times|Street|River|Island|Bridge|Harbour|City|North|South|East|West|New|United|January|February|"
    r"March|April|May|June|July|August|September|October|November|December)\b"
)
_WHEN = re.compile(rf"^(?P<subject>[^,;]+?) (?P<auxiliary>{_AUXILIARY}) (?P<rest>[^,;]+?) (?:in|on) $")
_AMOUNT = re.compile(r"^(?P<subject>[^,;]+?) (?P<verb>costs?|cost) $")
_NUMBERS = (ValueKind.COUNT, ValueKind.NUMBER)
_COUNTED = re.compile(rf" ?[a-z]+ (?:\w+ ){{0,3}}{_AUXILIARY} | {_AUXILIARY} ")
_LEANS = re.compile(
    r"^(?:it|he|she|they|this|that|these|those|there|but|and|however|then|also|still|yet|so|its|his|her|their|we|i|you)\b"
    r"|\b(?:this|that|these|those|it|they|we|i|you|he|she|yesterday|today|tomorrow|last|next|ago|here|now|such|same)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(rf"\b(?:who|which|that|{_AUXILIARY}|and|but|said|says)\b", re.IGNORECASE)


def english_questions(sentence: str) -> Iterator[Asked]:
    """The questions that a statement answers; none where turning it is not certain."""
    body = sentence.strip()
    if not SHORTEST <= len(body) <= LONGEST or not re.fullmatch(r"[A-Z\d][^\"“”?!:;\n\[\]]+\.", body):
        return
    body = body[:-1]
    if _LEANS.search(body):
        return
    yield from _who(body)
    for value in find_values(body):
        if body.count(value.text.strip()) == 1:
            yield from _of_value(body, value)


def _who(body: str) -> Iterator[Asked]:
    found = _PERSON.match(body)
    if found and not _ORGANISATION.search(found["name"]):
        yield Asked(f"Who {found['rest']}?", found["name"], "person")


def _of_value(body: str, value: Value) -> Iterator[Asked]:
    start, end = value.span
    before, after = body[:start], body[end:]
    if value.kind is ValueKind.DATE and value.amount >= 10_000 and not after:
        if (found := _WHEN.match(before)) and not _CLAUSE.search(found["subject"]):
            subject = _lower(found["subject"])
            yield Asked(f"When {found['auxiliary']} {subject} {found['rest']}?", value.text.strip(), "date")
    elif value.kind is ValueKind.MONEY and not after:
        if (found := _AMOUNT.match(before)) and not _CLAUSE.search(found["subject"]):
            auxiliary = "does" if found["verb"] == "costs" else "did"
            yield Asked(f"How much {auxiliary} {_lower(found['subject'])} cost?", value.text.strip(), "money")
    elif not before and value.kind in _NUMBERS and value.amount > 1 and _COUNTED.match(after):
        noun = " ".join(value.text.split()[1:])
        yield Asked(f"How many {f'{noun} ' if noun else ''}{after.strip()}?", value.text.strip(), value.kind.value)


def _lower(subject: str) -> str:
    """The subject in the middle of a sentence: an article loses its capital, a name keeps it."""
    return re.sub(r"^(?:The|A|An|Each|Every|All|One)\b", lambda m: m.group().lower(), subject)
