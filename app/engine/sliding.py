"""Cutting a part out of what a context holds, so that what follows it slides into its place.

When a chat's oldest turns no longer fit, the rest is the same text further on: llama.cpp can turn
its keys to their new positions instead of evaluating it again. The result is close to a fresh
evaluation and not the same, since what follows was evaluated when the cut part was still there.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.native import lib

STRETCH = 64
"""Tokens in a row that must be the same before they are taken for the same text further on."""


def common_start(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both begin with."""
    count = 0
    for ours, theirs in zip(left, right, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def can_slide(memory: object) -> bool:
    """Whether the model's memory allows it: not with running states or positions of more parts."""
    return bool(lib.llama_memory_can_shift(memory))


def gap_after(held: Sequence[int], tokens: Sequence[int], common: int) -> int:
    """How many of the tokens held after the first `common` to cut out, so that what follows them
    goes on as `tokens` do; 0 when it does nowhere."""
    wanted = list(tokens[common : common + STRETCH])
    if len(wanted) == STRETCH:
        for start in range(common + 1, len(held) - STRETCH + 1):
            if held[start] == wanted[0] and list(held[start : start + STRETCH]) == wanted:
                return start - common
    return 0


def cut(memory: object, start: int, gap: int) -> bool:
    """Cut `gap` tokens out from `start` on; False when the memory refuses, and is as it was."""
    if not lib.llama_memory_seq_rm(memory, 0, start, start + gap):
        return False
    lib.llama_memory_seq_add(memory, 0, start + gap, -1, -gap)
    return True
