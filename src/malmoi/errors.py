"""Every error that Malmoi raises on purpose.

MalmoiError                 code, what happened, what to do about it
├── SettingsError           an unknown key, a value out of range, a file that does not parse
├── DocumentError           one file cannot be read; the others go on
│   ├── UnsupportedFormat
│   ├── UnreadableText      no encoding fits, or nothing but control characters
│   ├── TooLarge
│   └── UrlRefused          an address that may not be fetched
├── UnknownDocument         a name or id that the collection does not hold
├── UnknownConversation     a conversation, or an answer in one, that is not there
├── UnknownCollection       a collection that is not there, or not for whoever asks
├── CollectionRefused       a collection cannot be made, or its settings cannot be used
├── GroupRefused            what was given cannot be the name of a group
├── PeopleError             an account, group or API key cannot be made, changed or found
├── SignInRefused           name and password do not open an account
├── IndexBusy               another process is writing
├── IndexMismatch           made with another embedding model, analyser or format
├── IndexDamaged            a derived index is unusable; the catalog is not
├── EmbeddingError
│   ├── EmbeddingUnavailable  no engine can run here
│   └── EmbeddingRefused      the input, or the endpoint's answer, cannot be used
├── AnswerError
│   ├── EndpointUnavailable   the LLM cannot be reached, or broke off
│   └── EndpointRefused       key, model name or context size is wrong
├── QuestionError           an empty or over-long question
└── EvaluationError         a run over a set of questions cannot go on
    ├── QuestionSetError      the file of questions, or a row of it, is wrong
    ├── ResultsError          there are no results, or they cannot be read
    └── ThresholdsError       the file of thresholds is wrong
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from malmoi.types import FileResult


class MalmoiError(Exception):
    """An expected failure, told so that its reader knows what to do next.

    Attributes:
        code: stable, lower-case, dotted; programs may compare it.
        problem: what happened, one sentence, no trailing full stop.
        remedy: what to do about it; may be empty.
        text: key below `error.` of texts that say problem and remedy (`.remedy`) in full in every language; without it
            readers of other languages than English get the kind of failure and the problem as it stands.
        values: what these texts are filled with.
        results: what had become of files by then, when documents were in but their vectors failed.
    """

    code = "malmoi"
    results: tuple[FileResult, ...] = ()

    def __init__(self, problem: str, remedy: str = "", *, text: str = "", **values: object) -> None:
        self.problem = problem
        self.remedy = remedy
        self.text = text
        self.values = values
        super().__init__(f"{problem}. {remedy}" if remedy else problem)


class SettingsError(MalmoiError):
    """A setting is unknown, has the wrong type, or lies outside its range."""

    code = "settings"


class DocumentError(MalmoiError):
    """One file cannot become a document; the message names the file.

    Attributes:
        line_id: the id on a line of a JSONL file that cannot become a document; empty where it cannot be told.
    """

    code = "document"
    line_id = ""


class UnsupportedFormat(DocumentError):
    """No parser is registered for the file's kind."""

    code = "document.format"


class UnreadableText(DocumentError):
    """The bytes are not text in any encoding that was tried."""

    code = "document.encoding"


class TooLarge(DocumentError):
    """The file is larger than `documents.max_bytes`."""

    code = "document.too_large"


class UrlRefused(DocumentError):
    """The address, or one that it leads to, may not be fetched."""

    code = "document.url"


class UnknownDocument(MalmoiError):
    """No document of the collection has this name or id."""

    code = "document.unknown"


class UnknownConversation(MalmoiError):
    """The reader has no conversation, or no answer, of this id."""

    code = "conversation.unknown"


class UnknownCollection(MalmoiError):
    """No collection that the person may see has this name."""

    code = "collection.unknown"


class CollectionRefused(MalmoiError):
    """A collection's name or its settings file cannot be used."""

    code = "collection"


class GroupRefused(MalmoiError):
    """A group cannot have this name."""

    code = "access.group"


class PeopleError(MalmoiError):
    """An account, a group or an API key cannot be made, changed or found."""

    code = "people"


class SignInRefused(MalmoiError):
    """Name and password do not open an account; whether one of them was right is not told."""

    code = "people.sign_in"

    def __init__(self) -> None:
        super().__init__(
            "This name and password do not sign in here",
            "After several wrong ones, wait a while.",
            text="people.sign_in",
        )


class IndexBusy(MalmoiError):
    """Another process holds the writer's lock of this index folder."""

    code = "index.busy"


class IndexMismatch(MalmoiError):
    """The index was made with another embedding model, analyser or file format."""

    code = "index.mismatch"


class IndexDamaged(MalmoiError):
    """A store cannot be opened or disagrees with the catalog."""

    code = "index.damaged"


class EmbeddingError(MalmoiError):
    """Texts could not be turned into vectors."""

    code = "embedding"


class EmbeddingUnavailable(EmbeddingError):
    """No embedding engine can run here; lexical search still works."""

    code = "embedding.unavailable"


class EmbeddingRefused(EmbeddingError):
    """The input or the engine's answer cannot be used."""

    code = "embedding.refused"


class AnswerError(MalmoiError):
    """An answer could not be made in the way that was asked for."""

    code = "answer"

    def __init__(self, problem: str, remedy: str = "", *, reason: str = "") -> None:
        super().__init__(problem, remedy)
        self.reason = reason
        """What tells a reader why: the text `notice.REASON`."""


class EndpointUnavailable(AnswerError):
    """The LLM endpoint cannot be reached, is too slow, or broke off midway."""

    code = "answer.endpoint_unavailable"


class EndpointRefused(AnswerError):
    """The LLM endpoint refuses the request: key, model name or context size."""

    code = "answer.endpoint_refused"


class QuestionError(MalmoiError):
    """A question is empty or longer than `retrieval.max_question_chars`."""

    code = "question"


class EvaluationError(MalmoiError):
    """A run over a set of questions cannot be made as it was asked for."""

    code = "evaluation"


class QuestionSetError(EvaluationError):
    """A file of questions cannot be read; the message names file and line."""

    code = "evaluation.questions"


class ResultsError(EvaluationError):
    """A file of results is not there or cannot be read."""

    code = "evaluation.results"


class ThresholdsError(EvaluationError):
    """A file of thresholds cannot be read or says something that is not understood."""

    code = "evaluation.thresholds"
