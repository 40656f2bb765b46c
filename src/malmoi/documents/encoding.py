"""Bytes to text: byte order marks, UTF-8, UTF-16, CP949/EUC-KR, declared charsets, and a guess as the last resort."""

from __future__ import annotations

import codecs
import re
import unicodedata

from malmoi.errors import UnreadableText

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or an office file"),
    (b"\xd0\xcf\x11\xe0", "an old office or HWP file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-:.]{2,30})""", re.I)
_DECLARED_WITHIN = 4096
_SAMPLE = 65_536
# The most frequent syllables: about half of any Korean text, hardly ever met in another encoding read as Korean.
_COMMON = frozenset(
    "이다는의에가을를고하한은로지기도사인어시리정나자과대서부그들해일라수와있스있전아제게보며원장만구조주성으오까적관상"
)
_REMEDY = "Save it as UTF-8 text and add it again."


def _junk(text: str) -> float:
    """Share of characters that no text holds: controls, unassigned and private ones, replacement marks."""
    sample = text[:_SAMPLE]
    bad = sum(
        1
        for c in sample
        if (unicodedata.category(c) in {"Cc", "Cs", "Cn", "Co"} and c not in "\t\n\r\f\v\x1b") or c == "\ufffd"
    )
    return bad / max(1, len(sample))


def _korean(text: str) -> float:
    """Share of frequent Korean syllables among all letters outside ASCII."""
    sample = [c for c in text[:_SAMPLE] if ord(c) > 127 and c.isalpha()]
    return sum(c in _COMMON for c in sample) / max(1, len(sample))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _utf16(data: bytes) -> str | None:
    """Read UTF-16 without a mark: the byte order that gives plausible text, if one does."""
    if len(data) < 4:
        return None
    even = data[: len(data) // 2 * 2]
    best: tuple[float, str] | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _try(even, encoding)
        if text is None or _junk(text) > 0.01:
            continue
        sample = text[:_SAMPLE]
        plain = sum(1 for c in sample if c in " \n\r\t" or c.isascii() or "가" <= c <= "힣")
        score = plain / len(sample)
        if score > 0.7 and (best is None or score > best[0]):
            best = (score, text)
    return best[1] if best else None


def _korean_legacy(data: bytes) -> str | None:
    """Read CP949 (a superset of EUC-KR) when the result reads like Korean; a few broken bytes are forgiven."""
    text = _try(data, "cp949")
    if text is None:
        text = data.decode("cp949", errors="replace")
        if text.count("\ufffd") > max(1, len(text) // 500):
            return None
    return text if _korean(text) >= 0.2 else None


def _almost_utf8(data: bytes) -> str | None:
    """Read UTF-8 with a few broken bytes, such as a character cut at the end."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    intact = sum(ord(c) > 127 for c in text) - broken
    return text if broken <= max(2, len(text) // 500) and (intact > 4 * broken or broken <= 2) else None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    match = from_bytes(data[:_SAMPLE]).best()
    return data.decode(match.encoding, errors="replace") if match else None


def decode(data: bytes, name: str, *, markup: bool = False) -> str:
    """Return the bytes as text.

    Args:
        data: the whole file.
        name: for the error's message.
        markup: look for a charset that the document itself declares.

    Raises:
        UnreadableText: nothing fits, or the bytes are not text.
    """
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UnreadableText(f"{name} is {what}, not text", "Export it as text or HTML and add that.")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = data.decode(encoding, errors="replace")
            return _accept(text, name)
    if data.count(0, 0, _SAMPLE) > min(len(data), _SAMPLE) // 20:
        text16 = _utf16(data)
        if text16 is not None:
            return text16
    utf8 = _try(data, "utf-8")
    if utf8 is not None:
        return _accept(utf8, name)
    declared = _CHARSET.search(data[:_DECLARED_WITHIN]) if markup else None
    if declared:
        encoding = declared[1].decode("ascii")
        encoding = "cp949" if re.fullmatch(r"(?i)euc-?kr|ks_c_5601.*|ksc5601|korean", encoding) else encoding
        text_declared = _try(data, encoding)
        if text_declared is not None and _junk(text_declared) <= 0.01:
            return text_declared
    for attempt in (_almost_utf8, _korean_legacy, _utf16, _guess):
        found = attempt(data)
        if found is not None and _junk(found) <= 0.01:
            return found
    raise UnreadableText(f"{name} is not text in any encoding that is known here", _REMEDY)


def _accept(text: str, name: str) -> str:
    if _junk(text) > 0.05:
        raise UnreadableText(f"{name} holds binary data, not text", _REMEDY)
    return text
