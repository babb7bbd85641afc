"""When guessing ahead is worth it: measured, not assumed.

Several tokens computed at once cost less than one after the other on most devices, but not as
little as one, and wrong guesses are thrown away. So the time of each number of tokens and the share
of right guesses are measured while answers are written; guesses are made only where both together
promise more tokens a second. What was measured is kept for each model and device.
"""

from __future__ import annotations

import contextlib
import json
import statistics
from collections import deque
from pathlib import Path

from app.core.files import write_atomically

GUESSES = (3, 7, 15)
"""How many tokens may be guessed: kernels like batches of 4, 8 and 16."""
_SAMPLES = 9
_ENOUGH = 3  # samples from which a time counts
_GAIN = 1.15  # less is within what times vary by
_AGAIN = 150  # tokens after which a number that did not pay is tried again
_FORGET = 0.97  # of what earlier guesses say, with each new one
_KEPT = 200
# Guesses that a number of equal tokens before them (or a draft model) is taken to be good for,
# until they were counted.
_EXPECTED = {"same3": 0.4, "same6": 0.6, "same12": 0.8, "same24": 0.9, "draft": 0.7}


def kind_of(same: int) -> str:
    """The class of a guess from the text, by how many tokens before it were the same."""
    return "same24" if same >= 24 else f"same{12 if same >= 12 else 6 if same >= 6 else 3}"


class Pace:
    """Of one model on one device. Times in seconds."""

    def __init__(self) -> None:
        self._times: dict[int, deque[float]] = {}
        self._right = {kind: (4.0, 4.0 * share) for kind, share in _EXPECTED.items()}
        self._waited = dict.fromkeys(GUESSES, 0)
        self.draft_step = 0.0

    def took(self, tokens: int, seconds: float) -> None:
        """A batch of so many tokens took so long, from its start to the choice of the next."""
        self._times.setdefault(tokens, deque(maxlen=_SAMPLES)).append(seconds)
        for number in GUESSES:
            self._waited[number] += 1
        if tokens - 1 in self._waited:
            self._waited[tokens - 1] = 0

    def guessed(self, kind: str, right: int, wrong: bool) -> None:
        """So many guesses of a row were right, and then one was wrong or none was left."""
        tried, hits = self._right[kind]
        count = right + wrong
        if count:
            share = _FORGET**count
            self._right[kind] = (tried * share + count, hits * share + right)

    def how_many(self, kind: str, available: int) -> int:
        """How many tokens to guess now, 0 for none."""
        alone = self._time(1)
        if not alone:
            return 0
        tried, hits = self._right[kind]
        good = min(0.99, hits / tried)
        best, most = 0, _GAIN / alone
        for number in GUESSES:
            if number > available:
                break
            seconds = self._time(number + 1)
            if not seconds or self._waited[number] > _AGAIN:
                # Not known well enough, and the guess is a good one: find out.
                if good > 0.6:
                    return number
                break
            expected = (1 - good ** (number + 1)) / (1 - good)
            if kind == "draft":
                seconds += (number + 1) * self.draft_step
            if expected / seconds > most:
                best, most = number, expected / seconds
        return best

    def as_json(self) -> dict[str, object]:
        """What to keep."""
        times = {size: statistics.median(each) for size, each in self._times.items()}
        return {"times": times, "right": self._right, "draft_step": self.draft_step}

    def take_up(self, kept: object) -> None:
        """What was measured before; anything that is not such is left out."""
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            times = {int(size): float(each) for size, each in kept["times"].items()}  # type: ignore[index]
            right = {
                str(kind): (max(1.0, float(tried)), max(0.0, float(hits)))
                for kind, (tried, hits) in kept["right"].items()  # type: ignore[index]
                if kind in _EXPECTED
            }
            for size, seconds in times.items():
                if 0 < seconds < 3600 and 0 < size <= GUESSES[-1] + 1:
                    self._times[size] = deque([seconds] * _ENOUGH, maxlen=_SAMPLES)
            self._right.update(right)
            step = float(kept.get("draft_step", 0.0))  # type: ignore[attr-defined]
            # Without it the first guesses after a start would count as free.
            self.draft_step = step if 0 < step < 3600 else 0.0

    def _time(self, tokens: int) -> float:
        found = self._times.get(tokens, ())
        return statistics.median(found) if len(found) >= _ENOUGH else 0.0


class Paces:
    """What was measured, by model and device, in one file; None: it is not kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: dict[str, object] = {}
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                kept = json.loads(path.read_text(encoding="utf-8"))
                self._kept = kept if isinstance(kept, dict) else {}

    def get(self, key: str) -> Pace:
        """A pace that begins with what is known under `key`."""
        pace = Pace()
        pace.take_up(self._kept.get(key))
        return pace

    def put(self, key: str, pace: Pace) -> None:
        """Keep it; a disk that refuses costs measuring again."""
        if self._path is not None:
            self._kept.pop(key, None)
            self._kept[key] = pace.as_json()
            for old in list(self._kept)[:-_KEPT]:
                del self._kept[old]
            with contextlib.suppress(OSError):
                write_atomically(self._path, json.dumps(self._kept).encode())
