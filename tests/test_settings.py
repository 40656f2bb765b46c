from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from malmoi.errors import SettingsError
from malmoi.settings import MASK, Settings, explain, known_keys, load_settings
from malmoi.settings.reference import reference

ROOT = Path(__file__).resolve().parents[1]


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def origins(**kwargs: object) -> dict[str, tuple[str, str]]:
    return {key: (value, origin) for key, value, origin in explain(**kwargs)}  # type: ignore[arg-type]


def test_nothing_given_means_the_defaults_and_says_so() -> None:
    assert load_settings() == Settings()
    assert {origin for _, _, origin in explain()} == {"default"}


def test_options_beat_the_environment_which_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "malmoi.toml", "[server]\nport = 1\nhost = 'a'\n[retrieval]\npassages = 3\n")
    monkeypatch.setenv("MALMOI_SERVER__PORT", "2")
    monkeypatch.setenv("MALMOI_SERVER__HOST", "b")
    settings = load_settings(toml=file, overrides={"server.port": 3})
    assert (settings.server.port, settings.server.host, settings.retrieval.passages) == (3, "b", 3)
    shown = origins(toml=file, overrides={"server.port": 3})
    assert shown["server.port"] == ("3", "option")
    assert shown["server.host"] == ("b", "MALMOI_SERVER__HOST")
    assert shown["retrieval.passages"] == ("3", str(file))


def test_the_file_of_the_current_folder_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "malmoi.toml", "language = 'ko'\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().language == "ko"


def test_a_relative_index_folder_counts_from_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "malmoi.toml", "index_dir = 'here'\n")
    assert load_settings(toml=file).index_dir == tmp_path / "here"


def test_overrides_may_be_dotted_nested_or_keywords() -> None:
    for overrides in ({"llm.model": "m"}, {"llm": {"model": "m"}}, {"llm__model": "m"}):
        assert load_settings(overrides=overrides).llm.model == "m"


def test_an_option_that_was_not_given_does_not_hide_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_INDEX_DIR", "from-environment")
    assert load_settings(overrides={"index_dir": None}).index_dir == Path("from-environment")


def test_mappings_come_as_json_or_name_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LLM__EXTRA_BODY", '{"response_format": {"type": "json_object"}}')
    monkeypatch.setenv("MALMOI_EMBEDDING__OPTIONS__DEVICE", "cpu")
    settings = load_settings()
    assert settings.llm.extra_body == {"response_format": {"type": "json_object"}}
    assert settings.embedding.options == {"device": "cpu"}


@pytest.mark.parametrize(
    ("overrides", "nearest"),
    [
        ({"llm.base_ur": "x"}, "llm.base_url"),
        ({"base_url": "x"}, "llm.base_url"),
        ({"retreival.passages": 1}, "retrieval.passages"),
        ({"server": {"prot": 1}}, "server.port"),
        ({"lanuage": "ko"}, "language"),
    ],
)
def test_an_unknown_option_names_the_nearest_key(overrides: dict[str, object], nearest: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(overrides=overrides)
    assert f"Did you mean {nearest}?" in str(raised.value)


def test_an_unknown_key_in_the_file_names_file_and_key(tmp_path: Path) -> None:
    file = write(tmp_path / "malmoi.toml", "[llm]\nmodell = 'm'\n")
    with pytest.raises(SettingsError) as raised:
        load_settings(toml=file)
    assert str(file) in str(raised.value)
    assert "llm.model?" in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("MALMOI_LLM__BASEURL", "MALMOI_LLM__BASE_URL"),
        ("MALMOI_INDEX", "MALMOI_INDEX_DIR"),
        ("MALMOI_LLM_MODEL", "MALMOI_LLM__MODEL"),
    ],
)
def test_an_unknown_variable_names_the_nearest(variable: str, nearest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "x")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert f"Did you mean {nearest}?" in str(raised.value)


@pytest.mark.parametrize("variable", ["MALMOI_TEST_ANYTHING", "MALMOI_CRASH_KILLS", "MALMOI_REQUIRE_BROWSER"])
def test_variables_that_steer_tests_are_no_settings(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"server.port": "seventy"}, "server.port"),
        ({"server.port": 70_000}, "server.port"),
        ({"retrieval.passages": 0}, "retrieval.passages"),
        ({"language": "fr"}, "language"),
        ({"llm.base_url": "localhost:8080"}, "llm.base_url"),
        ({"chunking.target_chars": 800, "chunking.max_chars": 700}, "chunking"),
        ({"answering.answerer": "llm"}, "llm.base_url"),
        ({"embedding.engine": "endpoint"}, "embedding.base_url"),
        ({"embedding.engine": "llama_index"}, "embedding.class_path"),
    ],
)
def test_a_wrong_value_names_its_key(overrides: dict[str, object], key: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(overrides=overrides)
    assert key in raised.value.problem


def test_a_wrong_value_names_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_SERVER__PORT", "x")
    with pytest.raises(SettingsError, match="MALMOI_SERVER__PORT"):
        load_settings()


@pytest.mark.parametrize("content", ["[llm\n", "a = \n", "\xff"])
def test_a_file_that_is_not_toml_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "malmoi.toml"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsError, match="is not TOML"):
        load_settings(toml=file)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(toml=tmp_path / "none.toml")


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LLM__API_KEY", "hush-1")
    monkeypatch.setenv("MALMOI_EMBEDDING__OPTIONS", '{"api_key": "hush-2", "headers": {"Authorization": "hush-3"}}')
    settings = load_settings(overrides={"embedding.api_key": "hush-4"})
    assert settings.llm.api_key.get_secret_value() == "hush-1"
    shown = str(explain(overrides={"embedding.api_key": "hush-4"})) + repr(settings.llm) + str(settings.llm)
    assert "hush" not in shown
    assert MASK in shown


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(overrides={"llm.api_key": ["hush"], "llm.timeout_s": "hush"})
    assert "hush" not in str(raised.value)


def test_settings_do_not_change() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.language = "ko"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.server.port = 1  # type: ignore[misc]


def test_constructed_directly_they_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LANGUAGE", "ko")
    assert Settings().language == "auto"


def test_the_reference_in_the_documentation_is_current() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == reference(), "run: malmoi config reference > docs/configuration.md"
    assert all(f"| `{key}` |" in written for key in known_keys())


def test_a_list_is_written_with_commas_in_a_variable_and_as_a_list_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "malmoi.toml"
    file.write_text('[server]\nhosts = ["bot.example"]\n', encoding="utf-8")
    assert load_settings(toml=file).server.hosts == ("bot.example",)
    monkeypatch.setenv("MALMOI_SERVER__HOSTS", "bot.example, 말모이.example")
    assert load_settings().server.hosts == ("bot.example", "말모이.example")


def test_sign_in_by_others_needs_to_know_them() -> None:
    with pytest.raises(SettingsError, match="oidc_issuer"):
        load_settings(overrides={"sign_in": {"method": "oidc"}})
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load_settings(overrides={"sign_in": {"method": "proxy"}})
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load_settings(overrides={"server": {"trusted_proxies": ["the proxy"]}})
