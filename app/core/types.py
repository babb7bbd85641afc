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
    """Where a document stands on its way into the index. SCANNED: pictures of text that can't be
    read here; EXCLUDED: read, but left out of searches."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    EXCLUDED = "excluded"
    EMPTY = "empty"
    SCANNED = "scanned"
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
    bounded by Loam's default; gpu_layers -1 means all that fit; threads 0 means all cores. adapters
    act on the model; changing them or their scales loads nothing again."""

    path: str
    context_length: int = 0
    gpu_layers: int = -1
    threads: int = 0
    adapters: tuple[AdapterUse, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a GGUF file says of itself, read without loading it; sizes are those of all `files`
    when a model comes in several."""

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
    files: int = 1


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A model on the hub. parameters and context are 0 where the hub does not say; gated: its
    terms must be accepted first."""

    id: str
    downloads: int
    likes: int
    licence: str
    gated: bool
    parameters: int = 0
    context: int = 0


@dataclass(frozen=True, slots=True)
class HubFile:
    """A GGUF file of a repository; sha256 is empty when the hub gives none."""

    name: str
    size_bytes: int
    sha256: str


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
class SearchFilter:
    """Which documents count; what is empty allows all. files: ids; folders: paths, with what is
    below them; kinds: as DocumentFile has them; after, before: bounds of the file's date, seconds
    since the epoch, 0 for none."""

    files: tuple[int, ...] = ()
    folders: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    after: float = 0.0
    before: float = 0.0

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return bool(self.files or self.folders or self.kinds or self.after or self.before)


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
    """One page (or the whole of a document without pages: number None) of extracted text.
    recognised: its text was read from a picture, so letters may be wrong."""

    number: int | None
    start: int
    end: int
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a heading begins in a document's text, and its level from 1."""

    start: int
    level: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document to be shown: its text, where its pages begin, and its headings in order (none
    are known of a document that was read by an early Loam)."""

    file_id: int
    path: str
    title: str
    kind: str
    text: str
    pages: tuple[PageText, ...]
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents. Of its files, `ready` are read (left out of searches or not),
    `waiting` are still to be read, and `troubled` can't be read as they are."""

    id: int
    name: str
    files: int = 0
    ready: int = 0
    passages: int = 0
    waiting: int = 0
    troubled: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document in a collection. detail says why in plain words when state is not ready, and
    what was left out when it is."""

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


class WatchState(StrEnum):
    """Whether a watched folder can be seen; AWAY: such as a drive that was taken off."""

    FOLLOWING = "following"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder whose documents a collection follows."""

    id: int
    collection_id: int
    path: str
    state: WatchState = WatchState.FOLLOWING


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What one chat keeps for itself. only_documents: answer from the attached collections or
    say that nothing was found."""

    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_length: int = 0
    only_documents: bool = True
    adapters: tuple[AdapterUse, ...] = ()


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
    answer that the person put this one in place of; 0: a model wrote it."""

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


# --- training ---------------------------------------------------------------------------------

LORA_TARGETS = (
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
)
"""The matrices of a layer that an adapter may change, by their names in GGUF."""


class Schedule(StrEnum):
    """How the learning rate goes after the warm-up: stays, or falls to zero along a cosine."""

    CONSTANT = "constant"
    COSINE = "cosine"


@dataclass(frozen=True, slots=True)
class HyperParameters:
    """How an adapter is trained.

    steps 0: `epochs` passes over the rows decide; context 0: the smallest multiple of 256 tokens
    that holds the longest row (at most what the model was trained for); accumulate: micro-batches
    of one context each per update; clip 0: none; pack: several short rows share a context, each
    seeing only itself; shuffle: a new order in every epoch, fixed by the seed.
    """

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = LORA_TARGETS
    learning_rate: float = 5e-4
    schedule: Schedule = Schedule.CONSTANT
    warmup_steps: int = 0
    epochs: int = 1
    steps: int = 0
    context: int = 0
    accumulate: int = 1
    clip: float = 1.0
    weight_decay: float = 0.0
    seed: int = 0
    answers_only: bool = True
    pack: bool = True
    shuffle: bool = True


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One example under a name that a person can find it by ('line 12').

    Given as turns (role, content), or as plain text (cut into windows of the context, all of
    which count), or ready: `tokens` with `labels` of the same length, each the token that should
    follow, -100 where nothing is learnt.
    """

    name: str
    turns: tuple[tuple[str, str], ...] = ()
    text: str = ""
    tokens: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """A whole run. adapter: where the finished GGUF goes; folder: where checkpoints are kept.

    initial_adapter: start from these values instead of random ones; its rank, alpha and targets
    then count. resume_from: a checkpoint of the same run; rows and hyper-parameters must be the
    same. changed_rate: all but the learning rate must be. checkpoint_every and validate_every count
    updates, 0: only at the end (and validation at the beginning); validate_every -1: about ten
    times in the run. notes: JSON that goes into the adapter's card (where the data came from ...).
    finish: make no further update, write the adapter as the checkpoint has it.
    """

    model: str
    adapter: str
    folder: str
    rows: tuple[TrainingRow, ...]
    validation: tuple[TrainingRow, ...] = ()
    hyper: HyperParameters = field(default_factory=HyperParameters)
    initial_adapter: str = ""
    resume_from: str = ""
    checkpoint_every: int = 25
    validate_every: int = 0
    threads: int = 0
    notes: str = ""
    finish: bool = False
    changed_rate: bool = False


@dataclass(frozen=True, slots=True)
class AdapterUse:
    """An adapter file and how strongly it acts: 0 not at all, 1 as trained."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """What an adapter file says of itself. base_sha256 and card (JSON) are empty for adapters
    that Loam did not make."""

    path: str
    name: str
    architecture: str
    rank: int
    alpha: float
    targets: tuple[str, ...]
    parameters: int
    base_sha256: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that can't be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowLoss:
    """Mean cross-entropy of one row in nats per token, over `tokens` scored tokens that stand
    for `text_bytes` bytes of text."""

    name: str
    loss: float
    tokens: int
    text_bytes: int
