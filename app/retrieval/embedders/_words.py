"""The words of a GGUF file in place of a tokenizer of the `tokenizers` library.

It can what the chunker needs: count tokens, and say where the first n of them end. Limits: slower,
since the end of a token is looked for by counting again; only what is asked for is computed.
"""

from __future__ import annotations

import bisect
import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import BadEmbedder
from app.retrieval.embedders._llama import Model


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a text is in tokens. offsets[n]: (0, where the first n + 1 of them end)."""

    ids: Sequence[int]
    text: str
    words: GGUFWords

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def offsets(self) -> Encoded:
        """Itself: asked for one place at a time."""
        return self

    def __getitem__(self, place: int) -> tuple[int, int]:
        wanted = place + 1 if place >= 0 else len(self.ids) + place + 1
        if wanted >= len(self.ids):
            return 0, len(self.text)
        lengths = range(1, len(self.text) + 1)
        return 0, bisect.bisect_right(
            lengths, wanted, key=lambda length: self.words.count(self.text[:length])
        )


class GGUFWords:
    """Thread-safe. model: opened for its words alone, or whole."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._vocabulary = model.lib.llama_model_get_vocab(model.handle)

    def encode(self, text: str, add_special_tokens: bool = True) -> Encoded:
        """Tokens of a text. Errors: BadEmbedder."""
        return Encoded(self.ids(text, add_special_tokens), text, self)

    def count(self, text: str) -> int:
        """Tokens of a text alone. Errors: BadEmbedder."""
        return len(self.ids(text, False))

    def ids(self, text: str, special: bool) -> list[int]:
        """Errors: BadEmbedder when the file's words can't be used."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 16
        while True:
            found = (ctypes.c_int32 * room)()
            count = self._model.lib.llama_tokenize(
                self._vocabulary, data, len(data), found, room, special, False
            )
            if count >= 0:
                return list(found[:count])
            if -count <= room:
                reason = "its words can't be read"
                raise BadEmbedder(path=self._model.file, reason=reason)
            room = -count

    def encode_batch(self, texts: Sequence[str], add_special_tokens: bool = True) -> list[Encoded]:
        """Tokens of several texts. Errors: BadEmbedder."""
        return [self.encode(text, add_special_tokens) for text in texts]
