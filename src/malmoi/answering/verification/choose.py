"""The judge that the settings name."""

from __future__ import annotations

from importlib import import_module

from malmoi.answering.support import SupportJudge
from malmoi.answering.verification.alignment import SameName
from malmoi.answering.verification.judge import RuleJudge
from malmoi.answering.verification.model import ModelJudge
from malmoi.errors import SettingsError
from malmoi.korean import Analyser
from malmoi.settings import Settings


def choose_judge(settings: Settings, analyser: Analyser, same_name: SameName | None = None) -> SupportJudge:
    """Make the judge of `verification.judge`.

    Args:
        same_name: whether two spellings name one thing.

    Raises:
        SettingsError: it asks for a model that is not set up, or cannot be imported.
    """
    given = settings.verification
    rules = RuleJudge(analyser, same_name)
    if given.judge == "rules":
        return rules
    if given.judge == "llm":
        llm = settings.llm
        own = {"base_url": given.base_url, "model": given.model, "api_key": given.api_key}
        endpoint = (
            llm.model_copy(update=own) if given.base_url else llm.model_copy(update={"model": given.model or llm.model})
        )
        if not (endpoint.base_url and endpoint.model):
            raise SettingsError(
                "verification.judge = llm has no model to ask",
                "Set llm.base_url and llm.model, or verification.base_url and verification.model.",
            )
        return ModelJudge(rules, endpoint, timeout_s=given.timeout_s, prompts_dir=settings.answering.prompts_dir)
    return _imported(given.judge, settings, rules)


def _imported(path: str, settings: Settings, rules: SupportJudge) -> SupportJudge:
    """`package.module.name`, called with the settings and the rules' judge."""
    module, _, name = path.replace(":", ".").rpartition(".")
    try:
        made = getattr(import_module(module), name)(settings, rules)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise SettingsError(
            f"The judge {path} cannot be made ({error})",
            "Set verification.judge to rules, llm, or the import path of a callable that takes settings and rules.",
        ) from error
    if not callable(getattr(made, "judge", None)):
        raise SettingsError(f"{path} makes no judge", "It must return an object with a method judge.")
    judge: SupportJudge = made
    return judge
