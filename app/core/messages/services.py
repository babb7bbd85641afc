"""What a generator of services/ yields besides the events of the children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.autopsy import Autopsy
    from app.core.types.chat import GenerationStats, Status
    from app.core.types.checks import SentenceCheck
    from app.core.types.retrieval import Source
    from app.core.types.tools import ToolStep


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A model has arrived, whole and checked; paths: its file, or all parts in order."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The passages that the answer will be drawn from, numbered; empty when none is near."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """A message exists in the store: its id is final."""

    message_id: int
    chat_id: int


@dataclass(frozen=True, slots=True)
class Explained:
    """How the answer comes about; a later one replaces an earlier one."""

    autopsy: Autopsy


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """The answer's last form: text with citations [n], as it is stored, and what became of its
    sentences. over: 'best' or 'everything', what of the documents it was drawn from. steps:
    the tools that the model called for it."""

    text: str
    declined: bool
    sources: tuple[Source, ...]
    status: Status
    stats: GenerationStats | None
    message_id: int = 0
    note: str = ""
    checks: tuple[SentenceCheck, ...] = ()
    over: str = ""
    steps: tuple[ToolStep, ...] = ()
