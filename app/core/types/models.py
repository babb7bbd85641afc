"""Models and adapters: files, what they say of themselves, and where they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.unused import UnusedDevice


@dataclass(frozen=True, slots=True)
class AdapterUse:
    """An adapter file and how strongly it acts: 0 not at all, 1 as trained."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model is kept and computed; the defaults suit every machine. split: shares of the
    layers for each card in llama.cpp's order, empty: by their free memory. cache_keys,
    cache_values: types of the context's memory ('f16', 'q8_0' ...). flash_attention: 'auto', 'on'
    or 'off'. batch: tokens of a prompt that are evaluated in one call; micro_batch: those that are
    computed at once, 0 as many. mmap: weights stay in their file until they are read; mlock: they
    may not be swapped out. draft: a smaller model of the same tokens that guesses ahead; look_up:
    the text itself may be used for guesses too. projector: the file that lets the model see; empty:
    the one beside it; 'none': it is not to see."""

    split: tuple[float, ...] = ()
    cache_keys: str = "f16"
    cache_values: str = "f16"
    flash_attention: str = "auto"
    batch: int = 256
    micro_batch: int = 0
    mmap: bool = True
    mlock: bool = False
    draft: str = ""
    look_up: bool = True
    projector: str = ""


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
    options: LoadOptions = LoadOptions()
    rpc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a GGUF file says of itself, read without loading it; sizes are those of all `files`
    when a model comes in several. projector: the vision add-on beside it, '' for none;
    is_projector: it is such an add-on itself and no model."""

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
    calls_tools: bool = False
    projector: str = ""
    is_projector: bool = False

    @property
    def writes(self) -> bool:
        """Whether it can be asked for text."""
        return not (self.is_embedding or self.is_projector)


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
class Buffer:
    """Memory that llama.cpp took on a device: use is 'weights', 'context' or 'computing'."""

    device: str
    use: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory: what it is and where it really runs. gpu_layers of total_layers, the
    output counting as one; buffers: what llama.cpp took for it; unused: why a graphics card that
    is there has none of it."""

    info: ModelInfo
    context_length: int
    device: str
    gpu_layers: int
    total_layers: int
    threads: int
    buffers: tuple[Buffer, ...] = ()
    flash_attention: bool = False
    unused: tuple[UnusedDevice, ...] = ()


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
