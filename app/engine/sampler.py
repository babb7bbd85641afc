"""Choosing the next token: llama.cpp's samplers, chained in its default order.

Penalties look at what the model itself has written in this answer (its last 64 tokens). The
prompt is left out: it would punish the words of the question and the token that ends a turn.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from app.core.types import Sampling
from app.engine.native import lib

if TYPE_CHECKING:
    from app.engine.constraint import Constraint

_PENALTY_WINDOW = 64


class Sampler:
    """A chain for one answer, and the grammar that it is held to, if any. Close it."""

    def __init__(
        self, sampling: Sampling, vocabulary_size: int, constraint: Constraint | None = None
    ) -> None:
        self._constraint = constraint
        params = lib.llama_sampler_chain_default_params()
        self._chain = lib.llama_sampler_chain_init(params)
        greedy = sampling.temperature <= 0
        top_k = 1 if greedy else max(0, sampling.top_k)
        # The quotes and commas of a form are no repetition that should be punished.
        penalty = 1.0 if constraint else sampling.repeat_penalty
        if penalty > 1 and top_k:
            # The penalty only lowers tokens, at most a window full of them: looking at that many
            # more gives the same result, without a look-up for each word of the vocabulary.
            self._add(lib.llama_sampler_init_top_k(top_k + _PENALTY_WINDOW))
        if penalty > 0 and penalty != 1:
            self._add(
                lib.llama_sampler_init_penalties(
                    vocabulary_size, _PENALTY_WINDOW, penalty, 0.0, 0.0
                )
            )
        if greedy:
            self._add(lib.llama_sampler_init_greedy())
            return
        if top_k:
            self._add(lib.llama_sampler_init_top_k(top_k))
        if 0 < sampling.top_p < 1:
            self._add(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            self._add(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(lib.llama_sampler_init_temp(sampling.temperature))
        seed = sampling.seed if sampling.seed >= 0 else secrets.randbits(32)
        self._add(lib.llama_sampler_init_dist(seed & 0xFFFFFFFF))

    def begin_with(self, tokens: list[int]) -> None:
        """Count what the answer begins with already. Errors: BadInput when its form forbids it."""
        for token in tokens:
            lib.llama_sampler_accept(self._chain, token)
        if self._constraint:
            self._constraint.begin_with(tokens)

    def sample(self, context: object, index: int = -1) -> int | None:
        """Choose from the context's logits number `index` (-1: the last), and count the choice;
        None when the form of the answer leaves none."""
        token = int(lib.llama_sampler_sample(self._chain, context, index))
        if self._constraint:
            return self._constraint.choose(token, self._chain, context, index)
        return token

    def close(self) -> None:
        """Free the chain and the grammar."""
        lib.llama_sampler_free(self._chain)
        if self._constraint:
            self._constraint.close()

    def _add(self, link: object) -> None:
        lib.llama_sampler_chain_add(self._chain, link)
