"""Embedding engines outside Malmoi: an OpenAI-compatible endpoint, or any LlamaIndex embedding class."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from malmoi.embedding.batches import checked, clean_all, embed_in_batches
from malmoi.embedding.protocol import OnProgress, Vectors
from malmoi.errors import EmbeddingRefused, EmbeddingUnavailable

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

_T = TypeVar("_T")
_ATTEMPTS = 5
_QUESTION_ATTEMPTS = 2
_SECRET_WORDS = ("key", "token", "secret", "password")


class _Remote:
    """Prefixes, batches, checks and the lazily learned dimension; `_fetch` does the rest."""

    note = ""

    def __init__(self, *, name: str, batch_size: int, query_prefix: str, passage_prefix: str, identity: str) -> None:
        self._name = name
        self._batch_size = batch_size
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._dimension: int | None = None
        self._lock = threading.Lock()
        marks = json.dumps([query_prefix, passage_prefix, identity], ensure_ascii=False)
        self.id = f"{name}/{hashlib.sha256(marks.encode()).hexdigest()[:8]}"

    def _fetch(self, texts: list[str], *, question: bool) -> Any:
        """One request: a vector for each text, in order."""
        raise NotImplementedError

    @property
    def dimension(self) -> int:
        """Numbers in a vector; asks the engine once."""
        with self._lock:
            if self._dimension is None:
                self._dimension = len(self._vectors(["dimension"], question=True)[0])
            return self._dimension

    def _vectors(self, texts: list[str], *, question: bool) -> Vectors:
        return checked(
            self._fetch(texts, question=question), count=len(texts), dimension=self._dimension, engine=self._name
        )

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        """See `Embedder.embed_passages`."""
        prefixed = [self._passage_prefix + text for text in clean_all(texts)]
        return embed_in_batches(
            prefixed, self._batch_size, lambda batch: self._vectors(batch, question=False), self.dimension, progress
        )

    def embed_question(self, text: str) -> Vectors:
        """See `Embedder.embed_question`."""
        vector: Vectors = self._vectors([self._query_prefix + clean_all([text])[0]], question=True)[0]
        if self._dimension is None:
            self._dimension = len(vector)
        return vector


class EndpointEmbedder(_Remote):
    """Any server that speaks OpenAI's `/embeddings`.

    Its address is not part of `id`: the same model served elsewhere gives the same vectors.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        batch_size: int = 32,
        timeout_s: float = 60.0,
        query_prefix: str = "",
        passage_prefix: str = "",
        backoff_s: float = 0.5,
    ) -> None:
        import openai

        super().__init__(
            name=f"endpoint:{model}",
            batch_size=batch_size,
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
            identity=model,
        )
        self._model = model
        self._base_url = base_url
        self._backoff_s = backoff_s
        self._client = openai.OpenAI(base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=0)

    def _fetch(self, texts: list[str], *, question: bool) -> Any:
        import openai

        try:
            answer = retried(
                lambda: self._client.embeddings.create(model=self._model, input=texts, encoding_format="float"),
                attempts=_QUESTION_ATTEMPTS if question else _ATTEMPTS,
                backoff_s=self._backoff_s,
            )
            return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise EmbeddingRefused(
                f"The embedding endpoint {self._base_url} refuses the key ({_told(error)})",
                "Set MALMOI_EMBEDDING__API_KEY",
            ) from error
        except openai.NotFoundError as error:
            raise EmbeddingRefused(
                f"The embedding endpoint {self._base_url} does not know the model {self._model} ({_told(error)})",
                "Check MALMOI_EMBEDDING__MODEL and MALMOI_EMBEDDING__BASE_URL, which usually ends in /v1",
            ) from error
        except (openai.OpenAIError, OSError) as error:
            if _is_transient(error):
                raise EmbeddingUnavailable(
                    f"The embedding endpoint {self._base_url} does not answer ({_told(error)})",
                    "Start it, or try again later; lexical search still works",
                ) from error
            raise EmbeddingRefused(
                f"The embedding endpoint {self._base_url} refuses the request ({_told(error)})",
                "If the texts or the batch are too long for it, lower MALMOI_EMBEDDING__BATCH_SIZE",
            ) from error
        except (AttributeError, TypeError, ValueError) as error:
            raise EmbeddingRefused(
                f"The embedding endpoint {self._base_url} answers in another form than /embeddings ({_told(error)})",
                "Check MALMOI_EMBEDDING__BASE_URL; it usually ends in /v1",
            ) from error


class LlamaIndexEmbedder(_Remote):
    """Any LlamaIndex embedding, named by `package.module:Class` or `package.module.Class` and built with `options`.

    Raises:
        EmbeddingUnavailable: the class cannot be imported or built.
    """

    def __init__(
        self,
        *,
        class_path: str,
        options: Mapping[str, Any],
        batch_size: int = 32,
        query_prefix: str = "",
        passage_prefix: str = "",
        backoff_s: float = 0.5,
    ) -> None:
        public = {key: value for key, value in options.items() if not any(word in key for word in _SECRET_WORDS)}
        super().__init__(
            name=f"llama_index:{class_path}",
            batch_size=batch_size,
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
            identity=json.dumps(public, sort_keys=True, default=str),
        )
        self._backoff_s = backoff_s
        self._model = _build(class_path, {"embed_batch_size": batch_size, **options})

    def _fetch(self, texts: list[str], *, question: bool) -> Any:
        def call() -> Any:
            if question:
                return [self._model.get_query_embedding(text) for text in texts]
            return self._model.get_text_embedding_batch(texts)

        attempts = _QUESTION_ATTEMPTS if question else _ATTEMPTS
        try:
            return retried(call, attempts=attempts, backoff_s=self._backoff_s)
        except Exception as error:  # a class of anyone's may raise anything
            raised = EmbeddingUnavailable if _is_transient(error) else EmbeddingRefused
            raise raised(f"{self._name} failed ({_told(error)})", "Check the options of the embedding class") from error


def _build(class_path: str, options: Mapping[str, Any]) -> BaseEmbedding:
    from importlib import import_module

    from llama_index.core.base.embeddings.base import BaseEmbedding

    module_name, _, class_name = class_path.replace(":", ".").rpartition(".")
    try:
        found = getattr(import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise EmbeddingUnavailable(
            f"The embedding class {class_path} cannot be imported ({error})",
            "Write it as package.module.Class and install its package",
        ) from error
    if not (isinstance(found, type) and issubclass(found, BaseEmbedding)):
        raise EmbeddingUnavailable(f"{class_path} is not a LlamaIndex embedding", "Name a subclass of BaseEmbedding")
    try:
        return found(**options)
    except Exception as error:  # its constructor may raise anything
        raise EmbeddingUnavailable(
            f"The embedding class {class_path} cannot be built ({_told(error)})",
            "Check MALMOI_EMBEDDING__OPTIONS",
        ) from error


def retried(call: Callable[[], _T], *, attempts: int, backoff_s: float) -> _T:
    """Result of `call`, tried again after transient errors only, waiting `backoff_s`, twice that, and so on."""
    import tenacity

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_transient),
        wait=tenacity.wait_exponential_jitter(multiplier=backoff_s, max=20 * backoff_s, jitter=backoff_s / 4),
        stop=tenacity.stop_after_attempt(attempts),
        reraise=True,
    )(call)


def _is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a moment later; a quota that is used up will not come back."""
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if getattr(error, "code", None) == "insufficient_quota":
        return False
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in (408, 409, 429) or status >= 500
    return type(error).__name__ in ("APIConnectionError", "APITimeoutError", "ConnectError", "ReadTimeout")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
