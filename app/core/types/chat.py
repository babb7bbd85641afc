"""Chats: their turns, settings, and what an answer cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.core.types.filters import SearchFilter

if TYPE_CHECKING:
    from app.core.types.checks import SentenceCheck
    from app.core.types.models import AdapterUse
    from app.core.types.pictures import Picture
    from app.core.types.retrieval import Source
    from app.core.types.tools import ToolStep


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """How a message's text came to its end."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    LENGTH = "length"
    FAILED = "failed"


class ChatKind(StrEnum):
    """A chat with turns, or a plain page that a base model continues."""

    CHAT = "chat"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; the defaults answer documents without wandering.

    seed -1 means a new one each time; max_tokens 0 means until the context is full.
    """

    temperature: float = 0.3
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    seed: int = -1
    max_tokens: int = 1024


class Over(StrEnum):
    """What of the documents an answer is drawn from: the best passages, all of them in turn, or
    what the question asks for."""

    AUTO = "auto"
    BEST = "best"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form that an answer must have; at most one of both, neither for free text. schema: JSON
    schema as text, '{}' for any JSON; grammar: llama.cpp's GBNF with a rule `root`."""

    schema: str = ""
    grammar: str = ""

    def __bool__(self) -> bool:
        """Whether anything is asked of the answer."""
        return bool(self.schema.strip() or self.grammar.strip())


@dataclass(frozen=True, slots=True)
class GenerationStats:
    """What one answer cost. Rates are tokens per second; prompt_cached tokens were reused, and
    guessed ones of the answer were computed together with those before them. helpers: addresses of
    other machines that computed a part of it."""

    prompt_tokens: int
    prompt_cached: int
    answer_tokens: int
    prompt_rate: float
    answer_rate: float
    context_used: int
    context_length: int
    guessed: int = 0
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What one chat keeps for itself. only_documents: answer from the attached collections or
    say that nothing was found; only: which documents of the collections count; tools: a model that
    can call tools searches them by itself."""

    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_length: int = 0
    only_documents: bool = True
    adapters: tuple[AdapterUse, ...] = ()
    only: SearchFilter = SearchFilter()
    form: AnswerForm = field(default_factory=AnswerForm)
    tools: bool = False
    over: Over = Over.AUTO


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation in the list. leaf is the last message of the branch that is shown."""

    id: int
    title: str
    kind: ChatKind
    model: str
    pinned: bool
    created: float
    updated: float
    leaf: int | None
    collections: tuple[int, ...] = ()
    settings: ChatSettings = field(default_factory=ChatSettings)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. branch / branches: this is number `branch` (from 1) of `branches` siblings.
    rating: what the person thinks of an answer, -1, 0 (nothing said) or 1. rewrites: id of the
    answer that the person put this one in place of; 0: a model wrote it. explained: how it came
    about is kept. checks: what became of its sentences, in their order; none where there was
    nothing to hold them against. over: what of the documents it was drawn from, AUTO where it
    rests on none. steps: the tools that the model called for it. pictures: shown with it."""

    id: int
    chat_id: int
    parent_id: int | None
    role: Role
    content: str
    status: Status
    created: float
    model: str = ""
    sources: tuple[Source, ...] = ()
    stats: GenerationStats | None = None
    declined: bool = False
    note: str = ""
    branch: int = 1
    branches: int = 1
    rating: int = 0
    rewrites: int = 0
    explained: bool = False
    checks: tuple[SentenceCheck, ...] = ()
    over: Over = Over.AUTO
    steps: tuple[ToolStep, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether other machines had to do with this answer."""
        from app.core.servernames import is_remote

        helped = self.stats is not None and bool(self.stats.helpers)
        return self.role is Role.ASSISTANT and (helped or is_remote(self.model))
