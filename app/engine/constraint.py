"""Holds an answer to a grammar: llama.cpp's grammar sampler beside the chain that chooses.

The chain chooses as ever, and only when the grammar forbids its choice are all tokens looked at:
the result is what a chain over the allowed tokens would give, and most tokens cost one look.
Limits: a grammar can be so ambiguous that a step takes forever inside llama.cpp, which can't be
interrupted. One that is on the way there is refused; a watch ends the process in which it is too
late for that, and the parent says that the model stopped.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from app.core.errors import BadInput
from app.engine import native
from app.engine.native import lib
from app.engine.vocabulary import Vocabulary

_log = logging.getLogger(__name__)
_SLOW_STEP = 3.0  # seconds; the largest vocabularies take some hundredths
_LONGEST_STEP = 15.0
_TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Constraint:
    """Of one answer; close it. Errors: BadInput when llama.cpp does not understand the grammar."""

    def __init__(self, rules: str, vocabulary: Vocabulary, model: object) -> None:
        self._vocabulary = vocabulary
        self._watch = _Watch()
        handle = lib.llama_model_get_vocab(model)
        with self._watch:
            self._grammar = lib.llama_sampler_init_grammar(handle, rules.encode(), b"root")
        if not self._grammar:
            self._watch.close()
            # llama.cpp writes what is wrong to nobody.
            problem = (
                "The grammar can't be read: it is not written as GBNF, has no rule 'root', or "
                "names a rule that it does not have."
            )
            raise BadInput(native.recent_log(), problem=problem)
        self._all: np.ndarray[tuple[int], np.dtype[np.void]] | None = None
        self._one = np.zeros(1, _TOKEN)

    def close(self) -> None:
        """Free the grammar."""
        self._watch.close()
        lib.llama_sampler_free(self._grammar)

    def begin_with(self, tokens: list[int]) -> None:
        """Count what the answer begins with already. Errors: BadInput when it doesn't fit."""
        for token in tokens:
            if not self._allows(token):
                raise BadInput(problem="This answer's beginning does not have the form asked for.")
            self.accept(token)

    def choose(self, wanted: int, chain: object, context: object, index: int = -1) -> int | None:
        """`wanted` where it is allowed, else the chain's choice among what is; counted. None when
        nothing can follow."""
        if not self._allows(wanted):
            found = self._another(chain, context, index)
            if found is None:
                return None
            wanted = found
        if not self._vocabulary.ends_answer(wanted):
            self.accept(wanted)
        return wanted

    def accept(self, token: int) -> None:
        """Count a token that is allowed."""
        with self._watch:
            lib.llama_sampler_accept(self._grammar, token)

    def _allows(self, token: int) -> bool:
        # What is written out of a control token is nothing, but the grammar would read its name.
        if not self._vocabulary.piece(token) and not self._vocabulary.ends_answer(token):
            return False
        self._one[0] = (token, 0.0, 0.0)
        self._apply(self._one)
        return bool(self._one[0]["logit"] == 0.0)

    def _another(self, chain: object, context: object, index: int) -> int | None:
        size = self._vocabulary.size
        if self._all is None:
            self._all = np.zeros(size, _TOKEN)
        logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(context, index), shape=(size,))
        tokens = self._all
        tokens["id"] = np.arange(size, dtype=np.int32)
        tokens["logit"] = logits
        tokens["logit"][self._vocabulary.silent] = -np.inf
        array = self._apply(tokens)
        if np.isneginf(tokens["logit"]).all():
            return None
        lib.llama_sampler_apply(chain, ctypes.byref(array))
        chosen = int(array.data[array.selected].id)
        return chosen if self._allows(chosen) else None

    def _apply(self, tokens: np.ndarray[tuple[int], np.dtype[np.void]]) -> ctypes.Structure:
        data = tokens.ctypes.data_as(lib.llama_token_data_p)
        array: ctypes.Structure = lib.llama_token_data_array(data, len(tokens), -1, False)
        with self._watch:
            lib.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return array


class _Watch:
    """Ends the process when what is done inside `with` takes too long. The thread's work is counted
    where the system tells it: a busy machine makes no grammar a bad one."""

    def __init__(self) -> None:
        self._begun: tuple[Callable[[], float], float] | None = None
        self._over = threading.Event()
        threading.Thread(target=self._look, name="grammar watch", daemon=True).start()

    def __enter__(self) -> None:
        clock = _clock()
        self._begun = clock, clock()

    def __exit__(self, *_: object) -> None:
        """Errors: BadInput when it took long enough to see where it leads."""
        took, self._begun = _since(self._begun), None
        if took > _SLOW_STEP:
            raise BadInput(problem="The grammar takes too long: it reads one text in many ways.")

    def close(self) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            if _since(self._begun) > _LONGEST_STEP:
                _log.error("A step of the grammar took more than %s s: ended", _LONGEST_STEP)
                os._exit(1)


def _clock() -> Callable[[], float]:
    """Seconds that this thread has worked, to be read by any thread."""
    if sys.platform == "win32" or not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(threading.get_ident())
    return functools.partial(time.clock_gettime, clock)


def _since(begun: tuple[Callable[[], float], float] | None) -> float:
    if begun is None:
        return 0.0
    clock, start = begun
    with contextlib.suppress(OSError):  # the thread has ended meanwhile
        return clock() - start
    return 0.0
