from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from malmoi import errors
from malmoi.errors import MalmoiError, UnreadableText
from malmoi.i18n import LANGUAGES, describe_error, resolve_language, text, texts

SOURCE = Path(__file__).resolve().parents[1] / "src" / "malmoi"


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_texts() -> None:
    assert texts("ko").keys() == texts("en").keys()


def test_a_text_has_the_same_fields_in_both_languages() -> None:
    differing = {key for key, korean in texts("ko").items() if fields(korean) != fields(texts("en")[key])}
    assert not differing


def test_korean_texts_are_korean() -> None:
    english_prose = re.compile(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}")
    assert english_prose.search(texts("en")["cli.empty"]), "the pattern no longer knows English"
    assert not {key for key, korean in texts("ko").items() if english_prose.search(re.sub("`[^`]*`", "", korean))}


def test_no_text_is_empty() -> None:
    assert not [key for language in LANGUAGES for key, value in texts(language).items() if not value.strip()]


def test_every_literal_key_in_the_source_exists() -> None:
    used = set()
    for file in SOURCE.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        used |= set(re.findall(r"""\btext\(\s*"([a-z_0-9.]+)",""", source))
        used |= {f"cli.{key}" for key in re.findall(r"""\bsay\(\s*"([a-z_0-9.]+)"[,)]""", source)}
    assert used, "the pattern no longer finds any use"
    assert not used - texts("en").keys()


def test_fields_are_filled() -> None:
    assert text("cli.documents", "ko", n=3) == "문서 3건"
    assert text("cli.documents", "en", n=3) == "3 documents"


def test_an_unknown_key_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        text("cli.nothing_of_the_kind", "ko")


@pytest.mark.parametrize(
    ("setting", "environ", "language"),
    [
        ("ko", {"LANG": "en_US.UTF-8"}, "ko"),
        ("en", {"LANG": "ko_KR.UTF-8"}, "en"),
        ("auto", {"LANG": "ko_KR.UTF-8"}, "ko"),
        ("auto", {"LC_ALL": "ko_KR", "LANG": "en_US"}, "ko"),
        ("auto", {"LC_ALL": "", "LC_MESSAGES": "en_GB", "LANG": "ko_KR"}, "en"),
        ("auto", {"LANG": "C.UTF-8"}, "en"),
        ("auto", {}, "en"),
    ],
)
def test_the_language_follows_the_setting_then_the_locale(setting: str, environ: dict[str, str], language: str) -> None:
    assert resolve_language(setting, environ) == language


def all_errors(root: type[MalmoiError] = MalmoiError) -> set[type[MalmoiError]]:
    return {root}.union(*(all_errors(child) for child in root.__subclasses__() if child.__module__ == errors.__name__))


def test_every_error_code_has_a_text() -> None:
    assert not {error.code for error in all_errors() if f"error.{error.code}" not in texts("ko")}


def test_korean_readers_get_the_kind_of_failure_and_the_detail() -> None:
    problem, remedy = describe_error(UnreadableText("a.txt is not text", "Save it as UTF-8."), "ko")
    assert "글자로 읽을 수 없는" in problem
    assert "a.txt" in problem
    assert "UTF-8" in remedy
    assert describe_error(UnreadableText("a.txt is not text"), "en") == ("a.txt is not text", "")


def test_errors_with_a_text_of_their_own_are_told_in_it_alone() -> None:
    error = MalmoiError("There is an account dana already", "Choose.", text="people.account_there", name="dana")
    problem, remedy = describe_error(error, "ko")
    assert "dana" in problem and not re.search("[a-z]{3,}", (problem + remedy).replace("dana", ""))
    assert describe_error(error, "en") == ("There is an account dana already", "Choose.")


def test_every_text_that_an_error_names_exists_and_says_what_to_do() -> None:
    named = {
        key for file in SOURCE.rglob("*.py") for key in re.findall(r'\btext="([a-z_0-9.]+)"', file.read_text("utf-8"))
    }
    named |= {code for code in (key.removeprefix("error.") for key in texts("ko")) if code.startswith("web.limit.")}
    assert "people.password" in named, "the pattern no longer finds any use"
    wanted = {f"error.{key.removesuffix('.remedy')}{end}" for key in named for end in ("", ".remedy")}
    assert not wanted - texts("ko").keys() - {"error.web.limit.remedy"}
