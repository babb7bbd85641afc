"""Every request and event that crosses a process border, and the frames that carry them.

A call is a request that yields events until `End`. Requests say all that they need (the model
too), so that a child that was restarted can answer the next one without a memory of the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.errors import LoamError
from app.core.types import (
    LORA_TARGETS,
    AdapterUse,
    Collection,
    DocumentFile,
    DocumentView,
    GenerationStats,
    Hit,
    HubFile,
    HubRepository,
    LeftOut,
    LoadedModel,
    ModelInfo,
    ModelSpec,
    Passage,
    Rect,
    RowLoss,
    Sampling,
    SearchFilter,
    Source,
    Status,
    TrainingRow,
    TrainingSpec,
    WatchedFolder,
)

# --- frames -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """Parent to child: begin."""

    id: int
    request: object


@dataclass(frozen=True, slots=True)
class Stop:
    """Parent to child: end call `id` early; it still says End."""

    id: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Parent to child: close what is open and exit."""


@dataclass(frozen=True, slots=True)
class Item:
    """Child to parent: one event of call `id`."""

    id: int
    event: object


@dataclass(frozen=True, slots=True)
class End:
    """Child to parent: call `id` is over, well or with an error."""

    id: int
    error: LoamError | None = None


# --- what any child may say -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: done of total, in `unit`; what names it for a person. share:
    how much of the effort that is, 0 to 1, where the units differ in it; else negative."""

    what: str
    done: float
    total: float
    unit: str = ""
    share: float = -1.0

    @property
    def fraction(self) -> float:
        """How much of the effort is done, 0 to 1; 0 while the total is unknown."""
        if self.share >= 0:
            return min(1.0, self.share)
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went on in a lesser way; the error says what and what to do."""

    error: LoamError


# --- engine: requests -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model (a no-op when it is loaded so). Events: Progress..., Loaded."""

    spec: ModelSpec


@dataclass(frozen=True, slots=True)
class Unload:
    """Free the model. No events."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation that goes to the template."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Generate:
    """Answer a conversation, or continue plain text when `prompt` is given instead of turns.

    Loads `spec` first when needed. `prefill` is text that the answer begins with (for
    'continue'); it is not repeated in the events. Older turns are left out when the context is
    too small for all of them, system turn and last turn always stay.
    Events: Progress (load, prompt), Loaded (when it loaded), Token..., Generated.
    Errors: ModelError tree, ContextFull.
    """

    spec: ModelSpec
    sampling: Sampling
    turns: tuple[Turn, ...] = ()
    prompt: str = ""
    prefill: str = ""
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Events: one Counted, a number for each text. Loads `spec` when needed."""

    spec: ModelSpec
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspect:
    """Read a GGUF file's metadata. Events: one Inspected. Errors: NotAModel, MissingFile."""

    path: str


@dataclass(frozen=True, slots=True)
class Quantize:
    """Write `source` again as `type` ('Q4_0', 'Q8_0', 'F32' ...) to `target`, replaced only when
    whole. name: what the result is called, empty: as the source. Events: Progress."""

    source: str
    target: str
    type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Perplexity:
    """Measure a model on a text. Events: Progress..., Measured. Unloads the chat model."""

    path: str
    text: str
    context_length: int = 512


@dataclass(frozen=True, slots=True)
class Devices:
    """What this machine offers. Events: one DeviceList."""


# --- engine: events -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    model: LoadedModel


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer: whole characters only."""

    text: str


@dataclass(frozen=True, slots=True)
class Generated:
    """The answer is over. status: COMPLETE, STOPPED or LENGTH (context or max_tokens)."""

    status: Status
    stats: GenerationStats
    dropped_turns: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Inspected:
    info: ModelInfo


@dataclass(frozen=True, slots=True)
class Measured:
    """Cross-entropy in nats per token, its exponential, and the number of tokens scored."""

    loss: float
    perplexity: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device kind and its state; `why_not` is empty when it can be used. Memory in bytes."""

    kind: str
    name: str
    available: bool
    why_not: str = ""
    memory_free: int = 0
    memory_total: int = 0


@dataclass(frozen=True, slots=True)
class DeviceList:
    devices: tuple[Device, ...]
    llama_version: str
    system_info: str


# --- hub: requests and events ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HubSearch:
    """Repositories with GGUF files, most downloaded first. Events: one HubFound. Errors: HubError
    tree."""

    query: str
    limit: int = 20
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubList:
    """The GGUF files of a repository as they are now. Events: one HubListing. Errors: HubError
    tree."""

    repository: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubFetch:
    """Get one file: append to `part` what is missing, check all of it, and only then rename it to
    `target`. Events: Progress in bytes, at last Fetched; stopped before that, `part` stays and is
    gone on with the next time. Errors: HubError tree, StoreError."""

    repository: str
    revision: str
    name: str
    size_bytes: int
    sha256: str
    part: str
    target: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubFound:
    repositories: tuple[HubRepository, ...]


@dataclass(frozen=True, slots=True)
class HubListing:
    """revision: the commit that the files belong to."""

    repository: HubRepository
    revision: str
    files: tuple[HubFile, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    path: str


# --- retrieval: requests --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListCollections:
    """Events: one CollectionList."""


@dataclass(frozen=True, slots=True)
class CreateCollection:
    """Events: one CollectionList. An existing name is an error (BadInput)."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameCollection:
    collection_id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteCollection:
    """Really delete: text, vectors, rows. Events: one CollectionList."""

    collection_id: int


@dataclass(frozen=True, slots=True)
class ListFiles:
    """Events: one FileList."""

    collection_id: int


@dataclass(frozen=True, slots=True)
class AddPaths:
    """Put files and folders (walked, hidden ones left out) into a collection and index them.

    An unchanged file costs a hash; a changed one is read again. A file that fails is kept with
    its reason and does not stop the others. languages: of text in pictures, as tesseract names
    them ('eng'); none: pictures are not read. Events: FileChanged, Progress (files done of all,
    unit 'files'), at last Indexed. Stop keeps what is done; the rest stays WAITING.
    """

    collection_id: int
    paths: tuple[str, ...]
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Read files anew, changed or not: with a password, after another language was chosen. The
    password stays in the memory of the index's process until it ends; it is not written anywhere.
    Events as AddPaths."""

    collection_id: int
    file_ids: tuple[int, ...]
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class ExcludeFiles:
    """Keep files but leave them out of searches, or search them again. Events: one FileList."""

    collection_id: int
    file_ids: tuple[int, ...]
    excluded: bool = True


@dataclass(frozen=True, slots=True)
class ResumeIndexing:
    """Index all files that are WAITING or were READING when the last run ended. As AddPaths."""

    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class WatchFolder:
    """Link a folder to a collection; FollowFolders then keeps them in step. Events: one WatchList
    of the collection. Errors: NotFound, BadInput when it is no folder or inside a watched one."""

    collection_id: int
    folder: str


@dataclass(frozen=True, slots=True)
class UnwatchFolder:
    """Follow a folder no longer; its files stay unless `remove_files`. Events: one WatchList of
    all collections. Errors: NotFound."""

    watch_id: int
    remove_files: bool = False


@dataclass(frozen=True, slots=True)
class ListWatches:
    """Events: one WatchList, of all collections when no one is given."""

    collection_id: int = 0


@dataclass(frozen=True, slots=True)
class FollowFolders:
    """Keep collections in step with their watched folders until stopped, or until nothing is left
    to do when `once`; ends when no folder is watched. Events: as AddPaths for what is new or
    changed (an Indexed for each round), FileChanged for what was renamed, FilesRemoved,
    WatchChanged. Errors: BadInput while another one runs."""

    languages: tuple[str, ...] = ("eng",)
    once: bool = False


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Events: one FileList of what is left."""

    collection_id: int
    file_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Find passages, best first. Events: one Found. No collections: all of them."""

    query: str
    collections: tuple[int, ...] = ()
    top: int = 8
    only: SearchFilter = SearchFilter()


@dataclass(frozen=True, slots=True)
class ReadPassages:
    """All passages of some documents, in their order, when they have at most so many characters
    together. Events: one PassageList, empty when they have more."""

    collections: tuple[int, ...]
    only: SearchFilter = SearchFilter()
    most_characters: int = 20_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The passages around some others: up to `each_side` before and after each, in their order,
    of the same document. Events: one PassageList, without doubles."""

    passages: tuple[int, ...]
    each_side: int = 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """Match sentences against passages by meaning. Events: one Attributed, for each sentence the
    cosines to each passage."""

    sentences: tuple[str, ...]
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """Events: one Opened. Errors: NotFound."""

    file_id: int


@dataclass(frozen=True, slots=True)
class Locate:
    """Where text[start:end] of a document stands on its pages. Events: one Located; no boxes for
    formats without page geometry. Errors: NotFound, DocumentError (the file changed or is gone)."""

    file_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Health:
    """Events: one HealthReport."""


# --- retrieval: events ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CollectionList:
    collections: tuple[Collection, ...]


@dataclass(frozen=True, slots=True)
class FileList:
    files: tuple[DocumentFile, ...]


@dataclass(frozen=True, slots=True)
class WatchList:
    folders: tuple[WatchedFolder, ...]


@dataclass(frozen=True, slots=True)
class WatchChanged:
    """A watched folder went away or came back."""

    folder: WatchedFolder


@dataclass(frozen=True, slots=True)
class FilesRemoved:
    """Files went from a collection because they went from its watched folder."""

    collection_id: int
    file_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileChanged:
    """part: how much of a file that is READING is done, 0 to 1; negative while unknown."""

    file: DocumentFile
    part: float = -1.0


@dataclass(frozen=True, slots=True)
class Indexed:
    """An indexing run is over: counts of files."""

    ready: int
    unchanged: int
    failed: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; best_cosine is the highest similarity in the collections asked."""

    hits: tuple[Hit, ...]
    best_cosine: float


@dataclass(frozen=True, slots=True)
class PassageList:
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Attributed:
    cosines: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    document: DocumentView


@dataclass(frozen=True, slots=True)
class PageBoxes:
    page: int
    boxes: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Located:
    pages: tuple[PageBoxes, ...]


@dataclass(frozen=True, slots=True)
class HealthReport:
    dense_index: str
    passages: int
    embedder: str


# --- parser: requests and events ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parse:
    """Extract one file. Events: Progress (pages) where pictures are read, one Parsed. Errors:
    DocumentError tree."""

    path: str
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindBoxes:
    """Where text stands on its pages: spans of (page, start, end in that page's text). Events:
    one Located, without boxes for formats without page geometry. Errors: as Parse."""

    path: str
    spans: tuple[tuple[int, int, int], ...]
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page's text. headings: (offset in this page's text, level from 1, heading). recognised:
    it was read from a picture."""

    number: int | None
    text: str
    headings: tuple[tuple[int, int, str], ...] = ()
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """note: what was left out and why, for a person; empty when nothing was."""

    kind: str
    title: str
    pages: tuple[ParsedPage, ...]
    note: str = ""


# --- training: requests ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckTrainable:
    """Whether an adapter can be trained on a model here, before anything starts. context, rank and
    targets are those of the run, for the memory; freed: bytes that will be free by then and are
    not yet. Events: one Trainability. Errors: MissingFile, NotAModel, TrainingUnavailable."""

    path: str
    context: int = 256
    rank: int = 8
    freed: int = 0
    targets: tuple[str, ...] = LORA_TARGETS


@dataclass(frozen=True, slots=True)
class Train:
    """Train an adapter. Events: Progress..., Prepared, then Step, Validation and Checkpoint as
    they happen, at last Trained. Stopped after Prepared: a Checkpoint is the last event, and
    `resume_from` goes on from it with the same losses as an uninterrupted run; stopped before:
    Cancelled. Errors: NotTrainable,
    BadAdapter, BadRows, BadInput, CannotResume, Diverged, StoreError, TrainingUnavailable,
    ModelError tree."""

    spec: TrainingSpec


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Measure a model with adapters on rows, or on one text cut into windows. half_windows: score
    the text as llama.cpp's own perplexity program does, only the second half of each window.
    Events: Progress..., Evaluated. Errors: BadAdapter, BadRows, ModelError tree."""

    model: str
    adapters: tuple[AdapterUse, ...] = ()
    rows: tuple[TrainingRow, ...] = ()
    text: str = ""
    context: int = 512
    answers_only: bool = True
    half_windows: bool = False
    threads: int = 0


@dataclass(frozen=True, slots=True)
class MergeAdapter:
    """Write a model with an adapter worked in, as `type` ('Q8_0', 'F32' ...). Events:
    Progress..., Merged. Errors: BadAdapter, StoreError, ModelError tree."""

    model: str
    adapter: AdapterUse
    target: str
    type: str = "Q8_0"


# --- training: events -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trainability:
    """reason: why not, or what was chosen and why; bytes of memory that a run needs and that are
    free. full_precision: the trainer gets an F32 copy of the weights, the fast way."""

    trainable: bool
    reason: str
    full_precision: bool
    memory_needed: int
    memory_free: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The run can begin. first_step: updates done before this one (when resumed); rows and tokens
    of one epoch, `kept` of them learnt; batches: contexts in one epoch. earlier: of the updates
    done before this one (step, loss, gradient norm, learning rate, tokens, seconds), and
    earlier_validation: (step, loss); with them a log that a kill cut short is made whole.
    validate_every: updates between measurements, as it was settled."""

    full_precision: bool
    reason: str
    device: str
    memory_needed: int
    context: int
    rows: int
    tokens: int
    kept: int
    batches: int
    steps: int
    first_step: int
    parameters: int
    left_out: tuple[LeftOut, ...] = ()
    validate_every: int = 0
    earlier: tuple[tuple[float, ...], ...] = ()
    earlier_validation: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Update `step` of `steps` (from 1) was made. loss: mean over its micro-batches, each the
    mean over kept tokens, before the update; gradient_norm: before clipping; tokens: read in this
    update; rate: tokens/s; memory: bytes this process holds now."""

    step: int
    steps: int
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    seconds: float
    rate: float
    memory: int
    epoch: float


@dataclass(frozen=True, slots=True)
class Validation:
    """Mean loss over all kept tokens of the validation rows after `step` updates."""

    step: int
    loss: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The run can be resumed from `path`, which holds `step` updates."""

    step: int
    path: str


@dataclass(frozen=True, slots=True)
class Trained:
    """The adapter is written. card: the JSON that it carries."""

    path: str
    card: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """loss: nats per token over all scored tokens; bits per byte of the text they stand for."""

    rows: tuple[RowLoss, ...]
    loss: float
    perplexity: float
    bits_per_byte: float
    tokens: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    path: str


# --- services: what a generator of services/ yields besides the events above ----------------


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
class AnswerDone:
    """The answer's last form: text with citations [n], as it is stored."""

    text: str
    declined: bool
    sources: tuple[Source, ...]
    status: Status
    stats: GenerationStats | None
    message_id: int = 0
    note: str = ""
