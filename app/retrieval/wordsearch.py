"""Where a text stands on pages that hold the same words in another form.

Pairs of words vote for how far apart text and pages run; what agrees with the winner is the place.
Line ends, hyphens, page heads between the lines and some other words do not matter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

_WORD = re.compile(r"\w+")
_MOST_WORDS = 400
_COMMON = 60  # a pair that stands more often says nothing of the place
_SLACK = 12
_ENOUGH = 0.25


def find(pages: Sequence[str], text: str, page: int = 0) -> list[tuple[int, int, int]]:
    """(page from 1, start, end in its text) of each page that the text stands on; none when less
    than a quarter of it was found. page: preferred among equals, 0 for none."""
    there = [
        (number, match.start(), match.end(), match.group().casefold())
        for number, words in enumerate(pages, 1)
        for match in _WORD.finditer(words)
    ]
    wanted = [word.casefold() for word in _WORD.findall(text)[:_MOST_WORDS]]
    if not wanted or not there:
        return []
    if len(wanted) == 1:
        hits = [i for i, one in enumerate(there) if one[3] == wanted[0]]
        return _spans(there, _preferred(hits, there, page)[:1])
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index in range(len(there) - 1):
        places[there[index][3], there[index + 1][3]].append(index)
    votes: Counter[int] = Counter()
    pairs = list(pairwise(wanted))
    for offset, pair in enumerate(pairs):
        found = places.get(pair, [])
        if len(found) <= _COMMON:
            votes.update((index - offset) // _SLACK for index in found)
    if not votes:
        return []

    def worth(bucket: int) -> tuple[int, bool]:
        at = min(max(0, bucket * _SLACK), len(there) - 1)
        return votes[bucket] + votes[bucket + 1], there[at][0] == page

    best = max(votes, key=worth)
    low, high = best * _SLACK, (best + 2) * _SLACK
    near = [
        (offset, [index for index in places.get(pair, []) if low <= index - offset < high])
        for offset, pair in enumerate(pairs)
    ]
    apart = Counter(index - offset for offset, some in near for index in some)
    drift = apart.most_common(1)[0][0]
    chosen: set[int] = set()
    agreed = 0
    for offset, some in near:
        if not some:
            continue
        # Of a pair that stands there twice, the one that follows what came before.
        index = min(some, key=lambda one: abs(one - offset - drift))
        drift = index - offset
        agreed += 1
        chosen |= {index, index + 1}
    if agreed < max(1, _ENOUGH * len(pairs)):
        return []
    return _spans(there, sorted(chosen))


def _preferred(hits: list[int], there: list[tuple[int, int, int, str]], page: int) -> list[int]:
    return sorted(hits, key=lambda index: there[index][0] != page)


def _spans(
    there: list[tuple[int, int, int, str]], chosen: Sequence[int]
) -> list[tuple[int, int, int]]:
    by_page: dict[int, tuple[int, int]] = {}
    for index in chosen:
        page, start, end, _ = there[index]
        low, high = by_page.get(page, (start, end))
        by_page[page] = (min(low, start), max(high, end))
    return [(page, start, end) for page, (start, end) in sorted(by_page.items())]
