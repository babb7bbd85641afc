"""Writes an answer with guesses: several tokens are computed at once, and kept as far as they are
what is chosen anyway.

Each token is chosen by the sampler from the model's own numbers, so guesses change the time and not
the text: on the processor a batch gives the same numbers to the last bit. Devices whose sums depend
on the size of a batch can differ where two tokens are all but equally likely.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.engine.decoder import Decoder
from app.engine.draft import DraftModel
from app.engine.lookup import Lookup
from app.engine.pace import GUESSES, Pace, kind_of


class Drafting:
    """Of one answer: `tokens` is its prompt, whose last logits are ready."""

    def __init__(
        self,
        decoder: Decoder,
        tokens: list[int],
        pace: Pace,
        look_up: bool,
        draft: DraftModel | None,
    ) -> None:
        self._decoder = decoder
        self._pace = pace
        self._draft = draft
        self._text = list(tokens)
        self._lookup = Lookup(tokens) if look_up else None
        self._ahead: list[int] = []  # guesses that are evaluated and not yet chosen
        self._kind = ""
        self._right = 0
        self._begun = 0.0
        self._batch = 0
        self.index = -1
        """Which of the logits the next token is chosen from, as llama.cpp counts them."""
        self.guessed = 0
        """Tokens of the answer that were guessed."""

    def chosen(self) -> None:
        """A token was chosen from `index`; the first after an evaluation says how long it took."""
        if self._batch:
            self._pace.took(self._batch, time.perf_counter() - self._begun)
            self._batch = 0

    def has_room(self, token: int) -> bool:
        """Whether the context takes `token`, or has it already."""
        held = len(self._decoder.held) - len(self._ahead)
        return self._ahead[:1] == [token] or held < self._decoder.context_length

    def go_on(self, token: int, most: int, cancelled: Callable[[], bool]) -> None:
        """Have logits after `token`, evaluating it where it wasn't guessed; most: tokens that may
        be wanted after it. Errors: Aborted, ModelError."""
        self._text.append(token)
        if self._lookup:
            self._lookup.extend((token,))
        if self._ahead and self._ahead[0] == token:
            del self._ahead[0]
            self.index += 1
            self.guessed += 1
            self._right += 1
            return
        self.end(wrong=bool(self._ahead))
        guesses = self._guesses(most, cancelled)
        self._begun, self._batch = time.perf_counter(), 1 + len(guesses)
        self._decoder.step(token, cancelled, guesses)
        self._ahead = guesses
        self.index = 0 if guesses else -1

    def end(self, wrong: bool = False) -> None:
        """Let go of guesses that were not chosen."""
        if self._kind:
            self._pace.guessed(self._kind, self._right, wrong)
        self._kind, self._right = "", 0
        if self._ahead:
            self._decoder.forget(len(self._ahead))
            self._ahead = []
        self.index = -1

    def begin_anew(self, tokens: list[int]) -> None:
        """The text before the next token is another one now, evaluated already."""
        self._text = list(tokens)
        if self._lookup:
            self._lookup = Lookup(tokens)
        self.index = -1

    def _guesses(self, most: int, cancelled: Callable[[], bool]) -> list[int]:
        room = self._decoder.context_length - len(self._decoder.held) - 1
        most = min(most, room, GUESSES[-1])
        if most < GUESSES[0]:
            return []
        if self._lookup:
            found, same = self._lookup.guess(most)
            if same and (count := self._pace.how_many(kind_of(same), len(found))):
                self._kind = kind_of(same)
                return found[:count]
        if self._draft and (count := self._pace.how_many("draft", most)):
            begin = time.perf_counter()
            found = self._draft.guess(self._text, count, cancelled)
            if found:
                self._pace.draft_step = (time.perf_counter() - begin) / (len(found) + 1)
                self._kind = "draft"
            return found
        return []
