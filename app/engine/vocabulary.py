"""Text to tokens and back, byte for byte.

The package's own `detokenize` cuts tokens at 32 bytes, so pieces are read here with a buffer
that grows. Pieces are kept once read: an answer repeats them.
"""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.engine.native import lib

_PIECE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a prompt. trusted: control tokens written out in it are meant as such; picture:
    the path of one that stands here in place of text."""

    text: str
    trusted: bool
    picture: str = ""


class Vocabulary:
    """The tokenizer of a loaded model; it must not outlive the model."""

    def __init__(self, model: object) -> None:
        self._vocab = lib.llama_model_get_vocab(model)
        self.size: int = lib.llama_vocab_n_tokens(self._vocab)
        self.adds_bos = bool(lib.llama_vocab_get_add_bos(self._vocab))
        self.bos_text = self._text_of(lib.llama_vocab_bos(self._vocab))
        self.eos_text = self._text_of(lib.llama_vocab_eos(self._vocab))
        self._bos = lib.llama_vocab_bos(self._vocab)
        self._pieces: dict[int, bytes] = {}
        self._control = self._control_texts()
        self.control_pattern = _any_of(self._control)

    def tokens(self, text: str, *, begin: bool = False, trusted: bool = False) -> list[int]:
        """Tokens of `text`. begin: put the model's start token first, where it has one;
        trusted: read control tokens written out in the text as such."""
        raw = text.encode("utf-8", "surrogatepass")
        room = len(raw) + 8
        while True:
            buffer = (lib.llama_token * room)()
            count = lib.llama_tokenize(self._vocab, raw, len(raw), buffer, room, begin, trusted)
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def prompt_tokens(
        self, segments: Sequence[Segment], seen: Callable[[str], list[int]] | None = None
    ) -> list[int]:
        """Tokens of a rendered conversation. The start token is added unless it is there. seen:
        gives those of a picture, which are left out without it."""
        tokens: list[int] = []
        for segment in segments:
            if segment.picture and seen:
                tokens += seen(segment.picture)
            elif segment.text:
                tokens += self.tokens(segment.text, trusted=segment.trusted)
        if self.adds_bos and self._bos >= 0 and tokens[:1] != [self._bos]:
            tokens.insert(0, self._bos)
        return tokens

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of one token, none for a control token unless `special`."""
        if not special and token in self._pieces:
            return self._pieces[token]
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = lib.llama_token_to_piece(self._vocab, token, buffer, room, 0, special)
            if count >= 0:
                break
            room = -count
        raw = buffer.raw[:count]
        if not special:
            self._pieces[token] = raw
        return raw

    def ends_answer(self, token: int) -> bool:
        """Whether the model says with this token that it has finished."""
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    @functools.cached_property
    def silent(self) -> list[int]:
        """Tokens that write nothing and don't end the answer either."""
        every = range(self.size)
        return [t for t in every if not self.piece(t) and not self.ends_answer(t)]

    def has(self, text: str) -> bool:
        """Whether `text` is one of the control tokens."""
        return text in self._control

    def _text_of(self, token: int) -> str:
        return self.piece_of_control(token) if token >= 0 else ""

    def piece_of_control(self, token: int) -> str:
        """How a control token is written in a template."""
        raw: bytes = lib.llama_vocab_get_text(self._vocab, token) or b""
        return raw.decode("utf-8", "replace")

    def _control_texts(self) -> frozenset[str]:
        wanted = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_UNKNOWN
        attr, vocab = lib.llama_vocab_get_attr, self._vocab
        found = (t for t in range(self.size) if attr(vocab, t) & wanted)
        return frozenset(text for t in found if (text := self.piece_of_control(t)))


def _any_of(texts: frozenset[str]) -> re.Pattern[str] | None:
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None
