"""How much memory the files of a repository on the hub would take, from the header of one of them.

Files of one repository are the same model in several sizes: what a context takes and how weights
are spread is read once, from the smallest; the weights of the others follow from their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.core.gguf import Header, number
from app.core.hubnames import all_parts, local_name
from app.core.messages import HubHeader, HubListing, HubLook
from app.core.process import Cancel
from app.core.types import HubFile
from app.engine import shape
from app.engine.config import CONTEXT_DEFAULT
from app.engine.plan import Fit, Machine, coarse, plan
from app.engine.shape import Shape
from app.services.hub import HubService

_KEPT = 100


@dataclass(frozen=True, slots=True)
class HubShape:
    """What a header told. size_bytes: of the file that it is from."""

    shape: Shape
    size_bytes: int

    def fit(self, size_bytes: int, machine: Machine, context: int = CONTEXT_DEFAULT) -> Fit:
        """Whether a file of this repository will run here."""
        found = shape.scaled(self.shape, size_bytes / self.size_bytes)
        return plan(found, machine, min(context, found.context_trained or context)).fit


class HubShapes:
    """Remembers what it read while Loam runs. A file at a commit never changes."""

    def __init__(self, hub: HubService) -> None:
        self._hub = hub
        self._known: dict[tuple[str, str, str], HubShape] = {}

    def look(self, listing: HubListing, cancel: Cancel | None = None) -> Iterator[object]:
        """Progress, and at last one HubShape; nothing where no file tells. Goes online, for a few
        million bytes. Errors: BadInput, HubError tree, NotAModel, Cancelled."""
        file = _smallest(listing.files)
        if file is None:
            return
        key = (listing.repository.id, listing.revision, file.name)
        if key not in self._known:
            with self._hub.connected(cancel) as hub:
                request = HubLook(*key, file.size_bytes, hub.token)
                for event in hub.ask(request):
                    if isinstance(event, HubHeader):
                        self._remember(key, _shape_of(event.header, listing.files, file))
                    else:
                        yield event
        if key in self._known:
            yield self._known[key]

    def _remember(self, key: tuple[str, str, str], found: HubShape) -> None:
        self._known[key] = found
        for old in list(self._known)[:-_KEPT]:
            del self._known[old]


def _smallest(files: Sequence[HubFile]) -> HubFile | None:
    """The smallest file of a model, a whole one before the first part of one."""
    models = [each for each in files if not local_name(each.name).lower().startswith("mmproj")]
    firsts = [each for each in models if all_parts(each.name)[:1] == (each.name,)]
    parts = {each.name: len(all_parts(each.name)) for each in firsts}
    return min(firsts, key=lambda each: (parts[each.name] > 1, each.size_bytes), default=None)


def _shape_of(header: Header, files: Sequence[HubFile], file: HubFile) -> HubShape:
    values, words = header.values, header.arrays.get("tokenizer.ggml.tokens", 0)
    if number(values, "split.count") < 2:
        return HubShape(shape.of(values, header.weights, words), file.size_bytes)
    # The first part has few of the weights or none, and all of what is said of them.
    sizes = {each.name: each.size_bytes for each in files}
    whole = sum(sizes.get(name, 0) for name in all_parts(file.name))
    told = partial(number, values)
    name = str(values.get("general.architecture", ""))
    heads = told(f"{name}.attention.head_count") or 1
    head = told(f"{name}.attention.key_length") or told(f"{name}.embedding_length") // heads
    kept = (told(f"{name}.attention.head_count_kv") or heads) * (
        head + (told(f"{name}.attention.value_length") or head)
    )
    active = 1.0
    if experts := told(f"{name}.expert_count"):
        active = max(1, told(f"{name}.expert_used_count")) / experts
    layers = told(f"{name}.block_count") or 32
    return HubShape(coarse(whole, layers, kept, min(1.0, active)), whole)
