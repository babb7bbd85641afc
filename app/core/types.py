"""The things Loam talks about, as frozen data. No behaviour beyond small derived facts.

Offsets (`start`, `end`) count Python characters in a document's extracted text, end exclusive:
`text[start:end]` is the passage. Pages count from 1. Times are seconds since the epoch (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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


class FileState(StrEnum):
    """Where a document stands on its way into the index."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    EMPTY = "empty"
    PASSWORD = "password"
    FAILED = "failed"


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


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What to load: a GGUF file and how. context_length 0 means what the model was trained for,
    bounded by Loam's default; gpu_layers -1 means all that fit; threads 0 means all cores."""

    path: str
    context_length: int = 0
    gpu_layers: int = -1
    threads: int = 0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a GGUF file says of itself, read without loading it."""

    path: str
    name: str
    architecture: str
    quantization: str
    size_bytes: int
    parameters: int
    context_trained: int
    has_chat_template: bool
    is_embedding: bool = False
    licence: str = ""
    layers: int = 0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory: what it is and where it really runs."""

    info: ModelInfo
    context_length: int
    device: str
    gpu_layers: int
    total_layers: int
    threads: int


@dataclass(frozen=True, slots=True)
class GenerationStats:
    """What one answer cost. Rates are tokens per second; prompt_cached tokens were reused."""

    prompt_tokens: int
    prompt_cached: int
    answer_tokens: int
    prompt_rate: float
    answer_rate: float
    context_used: int
    context_length: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: where it stands and what it says."""

    chunk_id: int
    file_id: int
    path: str
    title: str
    page: int | None
    heading: tuple[str, ...]
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. score is the fused rank score in 0..1; cosine is the similarity of meaning
    in -1..1; keyword is BM25 (higher is better, 0 when no word matched)."""

    passage: Passage
    score: float
    cosine: float
    keyword: float


@dataclass(frozen=True, slots=True)
class Source:
    """A hit under the number that an answer cites it by."""

    number: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class Rect:
    """A box on a page in points, origin at the top left of the page."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageText:
    """One page (or the whole of a document without pages: number None) of extracted text."""

    number: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document to be shown: its text and where its pages begin."""

    file_id: int
    path: str
    title: str
    kind: str
    text: str
    pages: tuple[PageText, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents."""

    id: int
    name: str
    files: int = 0
    ready: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document in a collection. detail says why in plain words when state is not ready."""

    id: int
    collection_id: int
    path: str
    name: str
    kind: str
    size_bytes: int
    pages: int
    passages: int
    state: FileState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What one chat keeps for itself. only_documents: answer from the attached collections or
    say that nothing was found."""

    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_length: int = 0
    only_documents: bool = True


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
    """One turn. branch / branches: this is number `branch` (from 1) of `branches` siblings."""

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
