"""Keeps a model from reading its own instructions out: sentences of an answer that repeat the prompt are withheld.

Nothing secret stands in a prompt; this keeps an operator's wording, and codes that somebody put there all the same,
out of answers. It compares letters only, so that case, spaces, markup and line breaks do not matter, and reads what is
written backwards, shifted by 13 letters, or in base64 too. A prompt that a model tells in other words passes.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterable, Iterator

_RUN, _RUN_WIDE = 28, 14
"""Letters in a row that are no chance: about six English words, or three Korean ones."""
_CODE = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[^\W\d])[\w-]{6,}|\b\d{6,}\b|\b[A-Z]{2,}(?:[-_][A-Z0-9]{2,})+\b")
"""What looks like a code rather than a word: letters mixed with digits, long numbers, capitals joined by hyphens."""
_CODE_PART = 6
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_KEPT = 400
"""Letters said before that are remembered, for prompts spread over sentences."""


class PromptGuard:
    """Compares what one answer says with its prompt.

    Args:
        prompt: the template, and codes that were put into it.
        known: texts that may be repeated, such as the sources and the question.
    """

    def __init__(self, prompt: Iterable[str], known: Iterable[str]) -> None:
        prompt = tuple(prompt)
        allowed = "\n".join(letters(part) for part in known)
        runs = {run for part in prompt for run in _runs(letters(part))}
        codes = {run for part in prompt for code in _CODE.findall(part) for run in _grams(letters(code), _CODE_PART)}
        self._told = frozenset(run for run in runs | codes if run not in allowed)
        self._sizes = sorted({len(run) for run in self._told})
        self._before = ""

    def repeats(self, said: str) -> bool:
        """Whether a sentence, or what was said before together with it, repeats the prompt; does not remember it."""
        forms = [*_read(said), self._before + letters(said)]
        return any(gram in self._told for form in forms for size in self._sizes for gram in _grams(form, size))

    def remember(self, said: str) -> None:
        """Count a sentence as said."""
        self._before = (self._before + letters(said))[-_KEPT:]


def letters(given: str) -> str:
    """Letters and digits only, in lower case."""
    return "".join(c for c in given.casefold() if c.isalnum())


def _runs(whole: str) -> Iterator[str]:
    yield from _grams(whole, _RUN)
    yield from (gram for gram in _grams(whole, _RUN_WIDE) if sum(c > "\u2e7f" for c in gram) * 2 >= _RUN_WIDE)


def _grams(whole: str, size: int) -> Iterator[str]:
    return (whole[at : at + size] for at in range(len(whole) - size + 1))


def _read(said: str) -> Iterator[str]:
    """A sentence in the ways in which it may have been hidden."""
    yield letters(said)
    yield letters(said[::-1])
    yield letters(codecs.encode(said, "rot13"))
    for match in _ENCODED.finditer(said):
        cut = match.group().rstrip("=")
        try:
            found = base64.b64decode(cut[: len(cut) // 4 * 4], altchars=b"-_" if re.search("[-_]", cut) else None)
        except (binascii.Error, ValueError):
            continue
        yield letters(found.decode("utf-8", "ignore"))
