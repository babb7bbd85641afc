"""How evenly the labels of a labelled set are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from app.services.dataset.types import Balance, Split

_FEW = 10
_UNEVEN = 10


def balance(counted: Mapping[tuple[str, Split], int]) -> Balance:
    """From how many usable rows have a label and stand in a part of the split."""
    totals: Counter[str] = Counter()
    parts: dict[str, set[Split]] = {}
    for (label, split), number in counted.items():
        if label:
            totals[label] += number
            parts.setdefault(label, set()).add(split)
    labels = tuple(sorted(totals.items(), key=lambda item: (-item[1], item[0])))
    return Balance(labels, tuple(_warnings(labels, parts)))


def _warnings(labels: tuple[tuple[str, int], ...], parts: Mapping[str, set[Split]]) -> list[str]:
    if not labels:
        return []
    found = []
    if len(labels) == 1:
        found.append(f"All labelled rows have the same label, {labels[0][0]}.")
    few = [label for label, number in labels if number < _FEW]
    if few:
        found.append(f"Fewer than {_FEW} rows have the label {_listed(few)}.")
    (most, top), (least, bottom) = labels[0], labels[-1]
    if top >= _UNEVEN * bottom:
        found.append(f"{most} stands {top // bottom} times as often as {least}.")
    made = any(Split.VALIDATION in held for held in parts.values())
    unseen = [label for label, held in parts.items() if Split.TRAIN not in held]
    if made and unseen:
        found.append(f"No row to train on has the label {_listed(unseen)}.")
    return found


def _listed(labels: list[str]) -> str:
    more = len(labels) - 5
    return ", ".join(labels[:5]) + (f" and {more} more" if more > 0 else "")
