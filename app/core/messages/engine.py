"""What the engine is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.settings import WhenFull
    from app.core.types.chat import AnswerForm, GenerationStats, Sampling, Status
    from app.core.types.models import LoadedModel, ModelInfo, ModelSpec
    from app.core.types.tools import ToolCall, ToolSpec
    from app.core.unused import UnusedDevice


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model (a no-op when it is loaded so). Events: Progress..., Loaded."""

    spec: ModelSpec


@dataclass(frozen=True, slots=True)
class Unload:
    """Free the model. No events."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation that goes to the template. calls: tools that an assistant's
    turn called; what they gave follows in a turn of the role 'tool' for each. pictures: paths of
    those that stand before the text."""

    role: str
    content: str
    calls: tuple[ToolCall, ...] = ()
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generate:
    """Answer a conversation, or continue plain text when `prompt` is given instead of turns.

    Loads `spec` first when needed. `prefill` is text that the answer begins with (for
    'continue'); it is not repeated in the events. Older turns are left out when the context is
    too small for all of them, system turn and last turn always stay. `form` holds the answer, with
    its prefill, to JSON or a grammar. documents: whether the text may hold some of the person's
    documents, which go to a server only when they agreed. when_full: STOP refuses to leave turns
    out (ChatFull); with the others an answer of limited length that reaches the end of the context
    goes on, its oldest turns left out; None: it ends there. tools: those that the model is told of
    where its template can; what marks its calls then stands in the text.
    Events: Progress (load, prompt), Loaded (when it loaded), Token..., Generated.
    Errors: ModelError tree, ContextFull, BadInput (of the form).
    """

    spec: ModelSpec
    sampling: Sampling
    turns: tuple[Turn, ...] = ()
    prompt: str = ""
    prefill: str = ""
    stop: tuple[str, ...] = ()
    form: AnswerForm | None = None
    when_full: WhenFull | None = None
    tools: tuple[ToolSpec, ...] = ()
    documents: bool = True


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
    """What this machine offers, and other machines that may help (rpc: 'host:port'). Events: one
    DeviceList."""

    rpc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model is in memory. again: it was before, and is computed in another way from now on."""

    model: LoadedModel
    again: bool = False


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
    """A device, or a kind of which there is none that can be used, with `why`. Memory in bytes, 0
    where it is not told; driver, build: their versions or files, empty where there is nothing to
    say."""

    kind: str
    name: str
    available: bool
    why: UnusedDevice | None = None
    memory_free: int = 0
    memory_total: int = 0
    driver: str = ""
    build: str = ""

    @property
    def why_not(self) -> str:
        """Why it can't be used, in English; empty when it can."""
        return self.why.what_text if self.why else ""

    @property
    def to_do(self) -> str:
        """What to do about it, in English."""
        return self.why.do_text if self.why else ""


@dataclass(frozen=True, slots=True)
class DeviceList:
    devices: tuple[Device, ...]
    llama_version: str
    system_info: str
