"""Which of two ways computes attention where a person leaves it open, on the processor alone.

Flash attention is the quicker one for short texts. Beyond some thousand tokens the plain way is:
llama.cpp computes flash attention row by row where fewer than 64 tokens are evaluated at once, as
for a question in a long chat, and slower in its tiles too. The plain way holds the scores of all
heads, and llama.cpp keeps values in another order for it; so it takes a context of its own, and is
taken where a long text has to be evaluated anyway. Nothing native; figures: docs/DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.core.types import LoadOptions

SCORES_MOST = 256 << 20
"""Bytes of scores up to which they are no burden beside a model."""
LONG = 1024
"""Tokens of a prompt from which the plain way is worth a new context."""
_SHORT = 128
"""Tokens that may be held and evaluated again for the other way."""
_LEAST_CONTEXT = 2 * LONG
_MICRO_BATCH = 128
"""Scores of more tokens at once leave the processor's caches."""
_FLOAT = 4
_OTHERWISE = (
    "attention.sliding_window",
    "attention.kv_lora_rank",
    "attn_logit_softcapping",
    "ssm.state_size",
    "wkv.head_size",
    "shortconv.l_cache",
)
"""What says in a model's metadata that layers attend in another way, not measured here."""


def plain_heads(number: Callable[[str], float]) -> int:
    """How many heads score a token in each layer, of a model whose layers all attend to all that
    there is; 0 for others. number: gives a number of the metadata, 0 where there is none."""
    if any(number(key) for key in _OTHERWISE):
        return 0
    return int(number("attention.head_count"))


def plain(options: LoadOptions) -> LoadOptions:
    """The options of the plain way."""
    micro = options.micro_batch or min(_MICRO_BATCH, options.batch)
    return replace(options, flash_attention="off", micro_batch=micro)


def is_open(heads: int, context: int, options: LoadOptions) -> bool:
    """Whether the plain way may be taken on a machine without cards, of whose memory its scores
    then are a part."""
    if options.flash_attention != "auto" or not heads or context < _LEAST_CONTEXT:
        return False
    if (options.cache_keys, options.cache_values) != ("f16", "f16"):
        return False
    return heads * context * plain(options).micro_batch * _FLOAT <= SCORES_MOST


def suits(tokens: int, held: int, flash: bool) -> bool:
    """Whether flash attention suits a prompt of so many tokens, of which some are held in one way
    or the other. What begins anew is always computed in the same way, whatever was before it."""
    return flash if held > _SHORT else tokens < LONG
