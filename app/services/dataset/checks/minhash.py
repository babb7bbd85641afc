"""Texts that are nearly the same, found without comparing each with each.

Three-word shingles, 64 minimal hashes each, 16 bands of 4: texts that share 80 % of their shingles
meet in a band with a probability above 0.999. Those that meet are compared exactly. In a bucket
each text is compared with a few representatives only, so that a template that thousands of rows
share costs no more than the rows themselves.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.8
"""Share of common shingles (Jaccard) from which two texts are near duplicates."""
_BANDS, _ROWS = 16, 4
_REPRESENTATIVES = 8
_AGREEING = 32
"""Equal hashes of 64 below which a share of 80 % is out of the question (6 deviations)."""
_AT_ONCE = 256
_WORD = re.compile(r"\w+")
_Hashes = NDArray[np.uint32]

_generator = np.random.default_rng(20240229)
_FACTORS = _generator.integers(1, 1 << 32, _BANDS * _ROWS, np.uint32) | np.uint32(1)
_MIXED = _generator.integers(0, 1 << 32, _BANDS * _ROWS, np.uint32)


class Near:
    """Collects texts, then gives the pairs that are alike. Memory: 4 bytes a word and 256 bytes a
    text."""

    def __init__(self) -> None:
        self._shingles: list[_Hashes] = []
        self._signatures: list[NDArray[np.uint32]] = []
        self._waiting: list[_Hashes] = []
        self._words: dict[str, int] = {}

    def add(self, text: str) -> None:
        """The next text; texts count from 0."""
        found = self._hashes(text)
        self._shingles.append(found)
        self._waiting.append(found)
        if len(self._waiting) >= _AT_ONCE:
            self._sign()

    def pairs(self) -> Iterator[tuple[int, int]]:
        """(text, earlier text that it is like) for each text that is like one before it and meets
        it in a band. A text comes several times when it is like several."""
        self._sign()
        if not self._signatures:
            return
        signatures = np.concatenate(self._signatures)
        known: dict[int, int] = {}
        for band in range(_BANDS):
            part = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
            keys = part.view([("", np.uint32)] * _ROWS).ravel()
            _, inverse, sizes = np.unique(keys, return_inverse=True, return_counts=True)
            order = np.argsort(inverse, kind="stable")
            ends = np.cumsum(sizes)
            for bucket in np.nonzero(sizes > 1)[0]:
                members = order[ends[bucket] - sizes[bucket] : ends[bucket]]
                yield from self._compared(members.tolist(), signatures, known)

    def _compared(
        self, members: Sequence[int], signatures: _Hashes, known: dict[int, int]
    ) -> Iterator[tuple[int, int]]:
        first: list[int] = []
        for member in members:
            if not len(self._shingles[member]):
                continue
            if known.get(member) in first:
                continue
            # Equal hashes estimate the share; few of them spare the exact comparison.
            agree = (signatures[first] == signatures[member]).sum(axis=1) if first else ()
            for other, equal in zip(first, agree, strict=True):
                if equal >= _AGREEING and self._alike(member, other):
                    known[member] = other
                    yield member, other
                    break
            else:
                if len(first) < _REPRESENTATIVES:
                    first.append(member)

    def _alike(self, one: int, other: int) -> bool:
        small, large = sorted((self._shingles[one], self._shingles[other]), key=len)
        if len(small) < ALIKE * len(large):
            return False
        # Both are sorted and hold each shingle once.
        places = np.searchsorted(large, small)
        places[places == len(large)] = 0
        common = int((large[places] == small).sum())
        return common >= ALIKE * (len(small) + len(large) - common)

    def _hashes(self, text: str) -> _Hashes:
        known = self._words
        held = []
        for word in _WORD.findall(text.casefold()):
            value = known.get(word)
            if value is None:
                value = known[word] = zlib.crc32(word.encode("utf-8", "replace"))
            held.append(value)
        words = np.array(held, np.uint32)
        if len(words) < 3:
            return np.unique(words)
        mixed = words[:-2] * np.uint32(0x9E3779B1)
        mixed ^= words[1:-1] * np.uint32(0x85EBCA77)
        mixed ^= (words[2:] >> np.uint32(15)) ^ (words[2:] * np.uint32(0xC2B2AE3D))
        return np.unique(mixed)

    def _sign(self) -> None:
        if not self._waiting:
            return
        sizes = np.array([len(found) for found in self._waiting])
        signed = np.zeros((len(sizes), _BANDS * _ROWS), np.uint32)
        if full := np.nonzero(sizes)[0].tolist():
            joined = np.concatenate([self._waiting[i] for i in full])
            begins = np.concatenate([[0], np.cumsum(sizes[full])[:-1]])
            for number, (factor, mix) in enumerate(zip(_FACTORS, _MIXED, strict=True)):
                values = joined * factor
                values ^= values >> np.uint32(15)
                values = (values + mix) * np.uint32(0x2C1B3C6D)
                values ^= values >> np.uint32(13)
                signed[full, number] = np.minimum.reduceat(values, begins)
        self._signatures.append(signed)
        self._waiting = []
