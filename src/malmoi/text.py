"""The one normal form of text, and the language it is written in."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
# Control characters, surrogates, non-characters; and what is invisible and would split words or reorder what is shown:
# soft hyphen, zero-width space, word joiner, byte order mark, directional marks and overrides. Joiners stay (emoji).
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_SAMPLE = 20_000


def clean_text(s: str) -> str:
    r"""Return `s` in NFC with `\n` line ends and without NUL, surrogates, other controls and invisible marks.

    Idempotent. Tabs and no-break spaces stay, so that a quotation is what the source says.
    """
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _BREAKS.sub("\n", s)))


def detect_language(text: str) -> str | None:
    """Return "ko", "ja", "zh" or "en" by the share of scripts, or None for a text without letters.

    One Hangul syllable or kana weighs as much as four Latin letters, so that a Korean question about English names
    is Korean. Reads the first 20,000 characters only.
    """
    sample = text[:_SAMPLE]
    hangul, kana, han = (4 * len(p.findall(sample)) for p in (_HANGUL, _KANA, _HAN))
    latin = len(_LATIN.findall(sample))
    japanese = kana + han if kana * 10 >= han else 0
    scores = {"ko": hangul, "ja": japanese if kana else 0, "zh": 0 if japanese and kana else han, "en": latin}
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] else None
