"""Asking a model about one stretch of text after another, and remembering what it said.

Decoding is greedy, so that a reply can be kept by its prompt. What a model says is untrusted text:
it is cut to lines, and only what stands in its stretch counts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import ChildStuck, ContextFull
from app.core.messages import Generate, Generated, Loaded, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import ModelSpec, Sampling, Status
from app.services.everything.cache import Replies, key_of
from app.services.everything.packing import Pack
from app.services.everything.record import Record

_LONGEST_ITEM = 90
_MOST_WORDS = 9
_MOST_LINES = 80
_BULLET = re.compile(r"^\s*(?:[-*•–·]|\(?\d{1,3}[.)]|[a-z]\))\s+")
_NOTHING = re.compile(
    r"^(?:none|nothing|no(?: \w+){0,4}|n/?a|not mentioned|there (?:are|is) no\b.*|empty|-+)\.?$",
    re.IGNORECASE,
)
_MARKUP = "*_`\"'“”„«»"


@dataclass(frozen=True, slots=True)
class Named:
    """An item of a reply that stands in its stretch: as it stands there, and where."""

    text: str
    start: int
    end: int
    chunk_id: int


class Mapper:
    """For one run. `loaded`: events of the engine that the caller passes on; `record`: what was
    asked and said."""

    def __init__(
        self,
        engine: WorkerProcess,
        replies: Replies,
        spec: ModelSpec,
        cancel: Cancel,
        record: Record | None = None,
    ) -> None:
        self._engine = engine
        self._replies = replies
        self._spec = spec
        self._cancel = cancel
        self._seconds = 0.0
        self._characters = 0
        self.loaded: list[Loaded] = []
        self.record = record or Record()

    def key(self, prompt: str, answer_tokens: int) -> bytes:
        """Under which the reply to a prompt is kept."""
        return key_of(self._spec, f"{answer_tokens}\0{prompt}")

    def ask(
        self, path: str, prompt: str, answer_tokens: int, pack: Pack | None = None
    ) -> str | None:
        """The reply to a prompt about the document at `path`, or a stretch of it; None when it was
        stopped. One that doesn't fit the context is none. Errors: of the engine but ContextFull."""
        kept = self._replies.get(self.key(prompt, answer_tokens))
        said = kept if kept is not None else self._said(path, prompt, answer_tokens)
        if said is not None:
            self.record.asked(path, pack, prompt, said, again=kept is not None)
        return said

    def _said(self, path: str, prompt: str, answer_tokens: int) -> str | None:
        if self._cancel.is_set():
            return None
        request = Generate(
            self._spec,
            Sampling(temperature=0.0, max_tokens=answer_tokens, seed=1),
            turns=(Turn("user", prompt),),
        )
        said: list[str] = []
        began, ended = time.monotonic(), False
        try:
            for event in self._engine.stream(request, self._cancel):
                if isinstance(event, Loaded):
                    # Loading is no part of the pace.
                    self.loaded.append(event)
                    began = time.monotonic()
                elif isinstance(event, Token):
                    said.append(event.text)
                elif isinstance(event, Generated):
                    ended = event.status is not Status.STOPPED
        except ContextFull:
            return ""
        except ChildStuck:
            if self._cancel.is_set():
                return None  # it was ended for being slow to stop; what was found is kept
            raise
        if not ended:
            return None
        self._seconds += time.monotonic() - began
        self._characters += len(prompt)
        reply = "".join(said).strip()
        self._replies.put(self.key(prompt, answer_tokens), path, reply)
        return reply

    def close(self) -> None:
        """Remember the pace."""
        if self._characters > 2_000:
            self._replies.measured(self._spec.path, self._seconds / self._characters)


def items(reply: str) -> Iterator[tuple[str, ...]]:
    """For each line that may name an item: the writings of it to look for, the whole one first.
    Lines that introduce others, and prose, are none."""
    for line in reply.splitlines()[:_MOST_LINES]:
        bullet = _BULLET.match(line)
        text = " ".join(line[bullet.end() if bullet else 0 :].split()).strip(_MARKUP + "# ")
        if not text or text.endswith(":") or _NOTHING.match(text):
            continue
        text = text.rstrip(".;,").strip(_MARKUP + " ")
        parts = text.split(", ") if not bullet and text.count(", ") >= 2 else [text]
        for part in parts:
            heads = [part, *(part.split(mark)[0] for mark in (": ", " - ", " – ", " (", ", "))]
            options = dict.fromkeys(head.strip(_MARKUP + " .;,") for head in heads)
            fitting = tuple(
                option
                for option in options
                if 2 <= len(option) <= _LONGEST_ITEM and len(option.split()) <= _MOST_WORDS
            )
            yield fitting


def locate(options: tuple[str, ...], pack: Pack) -> Named | None:
    """The first of the writings that stands in the passages of a stretch, whole words, whatever
    its case and line breaks."""
    for option in options:
        words = r"\s+".join(re.escape(word) for word in option.split())
        pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
        for passage in pack.passages:
            match = pattern.search(passage.text)
            if match:
                start = passage.start + match.start()
                shown = " ".join(match.group().split())
                return Named(shown, start, start + len(match.group()), passage.chunk_id)
    return None


def same(text: str) -> str:
    """What writings of one item share."""
    plain = re.sub(r"^(?:the|a|an|der|die|das|le|la|les|el|los|las)\s+", "", text.casefold())
    return " ".join(re.findall(r"\w+", plain))
