"""What was found on the way: each thing once, counted, with the first places it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.messages.everything import FoundItem
from app.core.types import Hit, Passage, Source
from app.services.everything import wording
from app.services.library import LibraryService

MOST_LISTED = 100
"""Things that an answer lists; all are counted."""
_PLACES = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """text[start:end] of the document at `path`, in a passage."""

    path: str
    start: int
    end: int
    chunk_id: int


@dataclass(slots=True)
class _Find:
    text: str
    count: int = 0
    spots: list[Spot] = field(default_factory=list)


class Finds:
    """In the order in which they were found."""

    def __init__(self) -> None:
        self._all: dict[str, _Find] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def total(self) -> int:
        """How often all of them were found together."""
        return sum(find.count for find in self._all.values())

    def add(self, key: str, text: str, spot: Spot, times: int = 1) -> bool:
        """Whether it is new. A place in a document that is known already is only counted."""
        new = key not in self._all
        find = self._all.setdefault(key, _Find(text))
        find.count += times
        if len(find.spots) < _PLACES and all(spot.path != known.path for known in find.spots):
            find.spots.append(spot)
        return new

    def items(self) -> tuple[FoundItem, ...]:
        """All of them."""
        return tuple(
            FoundItem(find.text, find.count, tuple((s.path, s.start, s.end) for s in find.spots))
            for find in self._all.values()
        )

    def sources(self, library: LibraryService, also: Finds | None = None) -> tuple[Source, ...]:
        """The passages of what is listed, and of what is also found, numbered in their order.
        Errors: of the library."""
        chunks = [*self._chunks(), *(also._chunks() if also else ())]
        return sources_of(library, chunks)

    def _chunks(self) -> list[int]:
        listed = list(self._all.values())[:MOST_LISTED]
        return [spot.chunk_id for find in listed for spot in find.spots]

    def rows(self, sources: tuple[Source, ...], counted: bool) -> list[str]:
        """A Markdown list with citations; counted: say how often of each."""
        numbers = {source.hit.passage.chunk_id: source.number for source in sources}
        rows = []
        for find in list(self._all.values())[:MOST_LISTED]:
            cited = dict.fromkeys(numbers.get(spot.chunk_id, 0) for spot in find.spots)
            marks = " ".join(f"[{number}]" for number in cited if number)
            times = f": {wording.times(find.count)}" if counted or find.count > 1 else ""
            rows.append(f"- {wording.plain(find.text)}{times} {marks}".rstrip())
        return rows + wording.more(len(self._all) - len(rows))


def sources_of(library: LibraryService, chunks: list[int]) -> tuple[Source, ...]:
    """Passages by their ids, numbered in the order given. Errors: of the library."""
    wanted = list(dict.fromkeys(chunks))
    found: dict[int, Passage] = {
        each.chunk_id: each for each in library.neighbours(wanted, each_side=0)
    }
    there = [found[chunk] for chunk in wanted if chunk in found]
    return tuple(Source(n, Hit(passage, 0.0, 0.0, 0.0)) for n, passage in enumerate(there, 1))
