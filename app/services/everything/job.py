"""What one run over everything works on, and how it tells what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.messages import Progress
from app.core.messages.everything import FileTally, Surveyed
from app.core.process import Cancel
from app.core.types import ModelSpec, Passage, SearchFilter
from app.services.everything import packing
from app.services.everything.chunks import Chunks
from app.services.everything.packing import Pack
from app.services.everything.wishes import Wish
from app.services.library import LibraryService

GOING = "Going through the documents"


@dataclass(frozen=True, slots=True)
class Job:
    """tiny: the model answers best about little text. relevance: as the person has set it. cancel
    ends what takes long; short questions to the index go on, since what was found needs them."""

    library: LibraryService
    wish: Wish
    survey: Surveyed
    collections: tuple[int, ...]
    only: SearchFilter
    spec: ModelSpec
    tiny: bool
    relevance: float
    cancel: Cancel

    @property
    def passages(self) -> int:
        """How many there are to go through."""
        return sum(file.passages for file in self.survey.files)

    def read(self, file: FileTally) -> list[Passage]:
        """All passages of a document, in order. Errors: of the library."""
        return self.library.read_through(file.file_id)

    def chunks(self, file: FileTally) -> Chunks:
        """Which passage of a document holds an offset. Errors: of the library."""
        return Chunks(self.read(file))

    def packs(self, file: FileTally, answer_tokens: int) -> Iterator[Pack]:
        """A document in stretches that the model reads. Errors: of the library."""
        context = self.spec.context_length
        most = packing.size(context, answer_tokens, self.wish.question, self.tiny)
        yield from packing.packs(file, self.read(file), most)

    def progress(self, done: int) -> Progress:
        """So many passages are done."""
        return Progress(GOING, done, self.passages, "passages")
