"""An ONNX text encoder: how its folder says it is used, and the session that runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from malmoi.embedding.tokens import Numbers
from malmoi.errors import EmbeddingUnavailable

Pooling = Literal["mean", "cls"]


@dataclass(frozen=True)
class Recipe:
    """How a folder's model is used; `embedding.json` holds these fields.

    Attributes:
        id: of the vectors; empty takes the folder's name and a digest of its files and of this recipe.
        window: most tokens of one input; longer texts are cut into windows whose vectors are averaged.
        characters: see `Tokens`.
        unknown_apart: see `Tokens`.
    """

    id: str = ""
    pooling: Pooling = "mean"
    query_prefix: str = ""
    passage_prefix: str = ""
    window: int = 512
    characters: dict[int, str] = field(default_factory=dict)
    unknown_apart: bool = False

    @classmethod
    def read(cls, folder: Path) -> Recipe:
        """From `embedding.json`; without one, the pooling that sentence-transformers writes beside a model.

        Raises:
            EmbeddingUnavailable: a file does not parse or has an unknown field.
        """
        try:
            path = folder / "embedding.json"
            if path.is_file():
                given = json.loads(path.read_text(encoding="utf-8"))
                given["characters"] = {int(code): text for code, text in given.get("characters", {}).items()}
                recipe = cls(**given)
            else:
                path = folder / "1_Pooling" / "config.json"
                pooling = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
                recipe = cls(pooling="cls" if pooling.get("pooling_mode_cls_token") else "mean")
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise EmbeddingUnavailable(
                f"{path} cannot be used ({error})", "docs/embedding.md lists its fields"
            ) from error
        if recipe.pooling not in ("mean", "cls") or not 8 <= recipe.window <= 1_000_000:
            raise EmbeddingUnavailable(
                f"{path} asks for pooling {recipe.pooling!r} and a window of {recipe.window} tokens",
                "Pooling is mean or cls; a window has at least 8 tokens",
            )
        return recipe

    def to_json(self) -> str:
        """The text of an `embedding.json`."""
        return json.dumps(self.__dict__, ensure_ascii=False)


class Encoder:
    """An onnxruntime session that turns token numbers into token vectors; each call runs on its caller's thread.

    Args:
        model: path or content of the model.

    Raises:
        EmbeddingUnavailable: onnxruntime is missing or cannot run the model.
    """

    def __init__(self, model: Path | bytes) -> None:
        try:
            import onnxruntime  # type: ignore[import-untyped]

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            options.log_severity_level = 3
            options.enable_mem_pattern = False  # shapes differ from batch to batch
            source = model if isinstance(model, bytes) else str(model)
            self._session = onnxruntime.InferenceSession(
                source,
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=["SkipLayerNormFusion"],  # five times slower than the two operators it joins
            )
        except Exception as error:  # its exceptions share no base of their own
            raise EmbeddingUnavailable(f"onnxruntime cannot load the model ({error})") from error
        self._inputs = {
            given.name: np.int32 if "int32" in given.type else np.int64 for given in self._session.get_inputs()
        }
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown or "input_ids" not in self._inputs:
            raise EmbeddingUnavailable(
                f"The model wants the inputs {sorted(self._inputs)}", "Export it as a text encoder"
            )

    @property
    def equal_lengths(self) -> bool:
        """Whether the texts of a batch must have one length, since the model takes no mask."""
        return "attention_mask" not in self._inputs

    def run(self, numbers: Sequence[Numbers], *, every: bool = False) -> list[Any]:
        """Output for a batch: its first output, (batch, length, width) or (batch, width); or `every` output."""
        longest = max(len(row) for row in numbers)
        ids = np.zeros((len(numbers), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(numbers):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: given[name].astype(kind, copy=False) for name, kind in self._inputs.items()}
        names = [output.name for output in self._session.get_outputs()]
        try:
            return list(self._session.run(names if every else names[:1], feed))
        except Exception as error:  # its exceptions share no base of their own
            raise EmbeddingUnavailable(f"onnxruntime cannot run the model ({error})") from error

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs, in the order of `run(every=True)`."""
        return [output.name for output in self._session.get_outputs()]
