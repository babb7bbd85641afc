"""Which rows are trained on and which are held out, so that nothing leaks.

Rows of one document or conversation stay together, and so do duplicates and rows that ask the
same. Which unit is held out depends on the seed and its own contents alone: rows that come later
hardly move those that were there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from app.core.errors import BadInput, Cancelled
from app.core.messages import Progress
from app.core.process import Cancel
from app.services.dataset.checks.duplicates import Groups, asked, fingerprint, said
from app.services.dataset.store import DatasetStore
from app.services.dataset.types import Filter, Row, Split, SplitMade

_SAY_EVERY = 500
_SHARED_BY = 20
"""A question that more rows than this have (or one in a hundred) is a template."""


def split(
    store: DatasetStore,
    dataset_id: int,
    fraction: float,
    seed: int,
    within: bool,
    cancel: Cancel | None,
) -> Iterator[Progress | SplitMade]:
    """Progress, at last SplitMade. Errors: BadInput, Cancelled."""
    if not 0 < fraction < 1:
        raise BadInput(problem=f"The part to hold out must be between 0 and 1, not {fraction}.")
    total = store.dataset(dataset_id).rows
    splitter, usable = Splitter(within), set[int]()
    for done, row in enumerate(store.stream(dataset_id, Filter())):
        if done % _SAY_EVERY == 0:
            if cancel is not None and cancel.is_set():
                raise Cancelled
            yield Progress("Comparing the rows", done, total, "rows")
        splitter.add(row)
        if row.usable:
            usable.add(row.id)
    chosen, units = splitter.assign(seed, fraction)
    settings = {"split_seed": seed, "split_fraction": fraction}
    values = ((row_id, {"split": part}) for row_id, part in chosen.items())
    store.history.change(dataset_id, "Split the rows", values, settings)
    held_out = sum(chosen[row_id] is Split.VALIDATION for row_id in usable)
    yield SplitMade(len(usable) - held_out, held_out, units, seed, fraction)


class Splitter:
    """Collects rows, then assigns them. within: rows of one document may be parted; duplicates
    still stay together."""

    def __init__(self, within: bool = False) -> None:
        self._within = within
        self._rows: list[tuple[int, bool, bytes]] = []  # id, usable, fingerprint
        self._units = Groups()
        self._sources: dict[str, int] = {}
        self._asked: dict[bytes, list[int]] = {}
        # numpy comes with it, which the window starts without.
        from app.services.dataset.checks.minhash import Near

        self._near = Near()

    def add(self, row: Row) -> None:
        """The next row, rejected ones too: they may be accepted later."""
        place = self._units.add()
        self._rows.append((row.id, row.usable, fingerprint(row)))
        self._near.add(said(row))
        question = hashlib.blake2b(asked(row).encode(), digest_size=16).digest()
        self._asked.setdefault(question, []).append(place)
        if row.group and not self._within:
            self._units.join(place, self._sources.setdefault(row.group, place))

    def assign(self, seed: int, fraction: float) -> tuple[dict[int, Split], int]:
        """(split of each row by id, number of units). `fraction` of the usable rows is held out,
        or somewhat less where units are large. Errors: BadInput when nothing can be held out."""
        for one, other in self._near.pairs():
            self._units.join(one, other)
        self._join_same()
        units: dict[int, list[int]] = {}
        for place in range(len(self._rows)):
            units.setdefault(self._units.first(place), []).append(place)
        filled = {first: self._size(places) for first, places in units.items()}
        learnt = [first for first in units if filled[first]]
        if len(learnt) < 2:
            problem = "All rows belong together, so none can be held out. Add rows from elsewhere."
            raise BadInput(problem=problem)
        target = round(fraction * sum(filled.values()))
        held_out, taken = set[int](), 0
        for first in sorted(learnt, key=lambda unit: self._order(seed, units[unit])):
            if taken + filled[first] <= target:
                held_out.add(first)
                taken += filled[first]
        if not held_out:
            held_out.add(min(learnt, key=lambda unit: (filled[unit], unit)))
        chosen = {
            self._rows[place][0]: Split.VALIDATION if first in held_out else Split.TRAIN
            for first, places in units.items()
            for place in places
        }
        return chosen, len(learnt)

    def _join_same(self) -> None:
        same: dict[bytes, int] = {}
        for place, (_, _, key) in enumerate(self._rows):
            self._units.join(place, same.setdefault(key, place))
        most = max(_SHARED_BY, len(self._rows) // 100)
        for places in self._asked.values():
            for place in places[1:] if len(places) <= most else []:
                self._units.join(place, places[0])

    def _size(self, places: list[int]) -> int:
        return sum(self._rows[place][1] for place in places)

    def _order(self, seed: int, places: list[int]) -> bytes:
        key = min(self._rows[place][2] for place in places)
        return hashlib.blake2b(f"{seed}:".encode() + key, digest_size=16).digest()
