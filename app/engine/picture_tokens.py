"""Pictures among tokens: each place that a picture takes in a context is a negative number.

Lists of tokens are compared to find what needs no evaluation, and are kept on disk with what was
evaluated; with these numbers both are right for pictures too. The first number of a picture is
below the others, so that pictures side by side stay apart; the second says how many positions the
picture takes, which for some models are fewer than its places; the rest is a hash of its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_START = -(1 << 31)
_HALF = 1 << 30  # firsts are in [-2^31, -2^30), all others in [-2^30, 0)


def placed(key: str, places: int, positions: int) -> list[int]:
    """The numbers of a picture, or of a part of one: `places` of them, which take `positions`.
    key: says what is to be seen, and by what it was read."""
    raw = hashlib.shake_256(f"{key} {places} {positions}".encode()).digest(4 * places)
    numbers = [int.from_bytes(raw[at : at + 4], "little") % _HALF for at in range(0, 4 * places, 4)]
    found = [_START + numbers[0], *(-1 - number for number in numbers[1:])]
    if places > 1:
        found[1] = -1 - positions
    return found


def starts(token: int) -> bool:
    """Whether a picture begins here."""
    return token < -_HALF


def length_at(tokens: Sequence[int], start: int) -> int:
    """How many places the picture that begins at `start` takes."""
    end = start + 1
    while end < len(tokens) and -_HALF <= tokens[end] < 0:
        end += 1
    return end - start


def next_picture(tokens: Sequence[int], begin: int, end: int) -> int:
    """Where the first picture from `begin` on begins, `end` where there is none before."""
    return next((at for at in range(begin, end) if tokens[at] < 0), end)


def whole(tokens: Sequence[int], length: int) -> int:
    """As many of the first `length` tokens as end with no part of a picture."""
    while 0 < length < len(tokens) and -_HALF <= tokens[length] < 0:
        length -= 1
    return length


def saved_positions(tokens: Sequence[int], length: int) -> int:
    """How many positions fewer than places the first `length` tokens take."""
    saved = at = 0
    while (at := next_picture(tokens, at, length)) < length:
        places = length_at(tokens, at)
        saved += places - (-1 - tokens[at + 1] if places > 1 else 1)
        at += places
    return saved
