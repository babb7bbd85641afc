"""Whole numbers between two bounds as a grammar: digits say nothing of size, so each place of the
bounds becomes a choice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

MOST = 10**15 - 1
"""The largest number either way."""


def bounds(wanted: Mapping[str, object]) -> tuple[int, int]:
    """The least and the greatest number by the keywords of a JSON schema. Errors: ValueError, in
    words for a person."""
    least, most = -MOST, MOST
    for key in wanted.keys() - {"type"}:
        bound = wanted[key]
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise ValueError(f"{key!r} is a number of at most 15 digits")
        if not -MOST <= bound <= MOST:
            raise ValueError(f"{key!r} is a number of at most 15 digits")
        if key == "minimum":
            least = max(least, math.ceil(bound))
        elif key == "exclusiveMinimum":
            least = max(least, math.floor(bound) + 1)
        elif key == "maximum":
            most = min(most, math.floor(bound))
        else:
            most = min(most, math.ceil(bound) - 1)
    if least > most:
        raise ValueError("no whole number is within its bounds")
    return least, most


def between(least: int, most: int) -> str:
    """An expression for the numbers from `least` to `most`, both within MOST, least <= most."""
    choices = []
    if least < 0:
        below = list(_positive(max(1, -most), -least))
        choices.append(f'"-" ({" | ".join(below)})')
    if most >= 0:
        choices += _positive(max(0, least), most)
    return f"({' | '.join(choices)})"


def _positive(least: int, most: int) -> Iterator[str]:
    """A choice for each number of digits."""
    for digits in range(len(str(least)), len(str(most)) + 1):
        first = max(least, 10 ** (digits - 1) if digits > 1 else 0)
        yield _places(str(first), str(min(most, 10**digits - 1)))


def _places(first: str, last: str) -> str:
    """Numbers of as many digits as both have, from `first` to `last`."""
    rest = len(first) - 1
    if not rest:
        return f'"{first}"' if first == last else f"[{first}-{last}]"
    if first[0] == last[0]:
        return f'"{first[0]}" ({_places(first[1:], last[1:])})'
    low, high = int(first[0]), int(last[0])
    choices = []
    if first[1:] != "0" * rest:
        choices.append(f'"{low}" ({_places(first[1:], "9" * rest)})')
        low += 1
    ending = ""
    if last[1:] != "9" * rest:
        ending = f'"{high}" ({_places("0" * rest, last[1:])})'
        high -= 1
    if low <= high:
        choices.append(f"[{low}-{high}] [0-9]{{{rest}}}")
    return " | ".join((*choices, ending) if ending else choices)
