"""From turns to the prompt's segments: the model's own chat template, or a plain layout.

A control token written out in a message must not act as one, or a document could end the user's
turn and speak as the system. Such texts are replaced by secret numbers before the template sees
them, and put back as untrusted segments after it; all that a template does to text around them
(trimming, splitting) still works.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import BadTemplate, ChildDied, LoamError
from app.core.messages import Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import ToolSpec
from app.engine.renderer import Render
from app.engine.toolturns import calls_as_json, tools_as_json
from app.engine.vocabulary import Segment, Vocabulary

# The renderer's own limit counts its work, and a busy machine doesn't make a template a bad one.
_SECONDS = 30.0
_PROBE = 60  # letters of the last turn that must be found again
_PLAIN_STOPS = ("\n### User:", "\n### System:", "\n### Assistant:")


@dataclass(frozen=True, slots=True)
class Layout:
    """A conversation ready for the tokenizer, and strings that end the answer."""

    segments: tuple[Segment, ...]
    stops: tuple[str, ...] = ()


class Templates:
    """Renders conversations; owns the renderer's process, started with the first one."""

    def __init__(self, logs: Path) -> None:
        self._renderer = WorkerProcess(
            "The chat template", "app.engine.renderer:Worker", None, logs, grace=0.3
        )

        self._starting = threading.Lock()
        self._started: int | None = None

    def close(self) -> None:
        """End the renderer."""
        self._renderer.close(patience=0.5)

    def start(self) -> None:
        """Start the renderer's process unless it runs, so that its start is not counted as a
        template's time. Errors: ChildDied."""
        with self._starting:
            if self._renderer.pid is None or self._renderer.pid != self._started:
                self._renderer.ask(Render("", (), "", ""))
                self._started = self._renderer.pid

    def read_ahead(self, template: str) -> None:
        """Have a template understood while there is time, so that the first conversation doesn't
        wait for it; what is wrong with it is told then."""

        def run() -> None:
            with contextlib.suppress(LoamError):
                self.start()
                self._renderer.ask(Render(template, (("user", "?"),), "", ""))

        if template:
            threading.Thread(target=run, name="read a template", daemon=True).start()

    def layout(
        self,
        template: str,
        turns: Sequence[Turn],
        vocabulary: Vocabulary,
        tools: Sequence[ToolSpec] = (),
    ) -> Layout:
        """Errors: BadTemplate, without its path."""
        nonce = f"{secrets.randbelow(9 * 10**17) + 10**17}"
        pattern, hidden = vocabulary.control_pattern, list[Segment]()

        def put(segment: Segment) -> str:
            hidden.append(segment)
            return f"{nonce}{len(hidden) - 1:06d}{nonce}"

        def hide(match: re.Match[str]) -> str:
            return put(Segment(match.group(), False))

        clean = []
        for turn in turns:
            shown = "".join(put(Segment("", True, each)) for each in turn.pictures)
            said = pattern.sub(hide, turn.content) if pattern else turn.content
            clean.append((turn.role, shown + said))
        calls = calls_as_json(turns)
        if pattern:
            calls = tuple(pattern.sub(hide, each) for each in calls)
        told = tools_as_json(tools)
        try:
            text = self._render(template, clean, vocabulary, calls, told)
        except BadTemplate as error:
            # Some models know no system turn and refuse it: it then opens the first user turn.
            if error.detail != "refused" or len(clean) < 2 or clean[0][0] != "system":
                raise
            merged = [(clean[1][0], f"{clean[0][1]}\n\n{clean[1][1]}"), *clean[2:]]
            text = self._render(template, merged, vocabulary, calls[1:], told)
        return Layout(tuple(_segments(text, nonce, hidden)))

    def _render(
        self,
        template: str,
        turns: Sequence[tuple[str, str]],
        vocabulary: Vocabulary,
        calls: tuple[str, ...],
        tools: str,
    ) -> str:
        begin, end = vocabulary.bos_text, vocabulary.eos_text
        request = Render(template, tuple(turns), begin, end, calls, tools)
        text = self._rendered(request)
        said = turns[-1][1].strip()[:_PROBE] if turns else ""
        if said in text:
            return text
        # Templates of models that see may take no plain text; what is then said is lost.
        with contextlib.suppress(BadTemplate):
            other = self._rendered(replace(request, parts=True))
            return other if said in other else text
        return text

    def _rendered(self, request: Render) -> str:
        self.start()
        cancel = Cancel()
        timer = threading.Timer(_SECONDS, cancel.set)
        timer.daemon = True
        timer.start()
        try:
            answer = self._renderer.ask(request, cancel)
        except BadTemplate:
            raise
        except ChildDied as error:
            raise BadTemplate(error.detail, reason="it takes too long") from None
        except LoamError as error:
            raise BadTemplate(error.detail, reason="it has an error") from None
        finally:
            timer.cancel()
        if answer is None:
            raise BadTemplate(reason="it takes too long")
        return str(answer.text)


def plain_layout(turns: Sequence[Turn], vocabulary: Vocabulary) -> Layout:
    """A layout that needs no template: ChatML where the model has its tokens, else headings."""
    segments = []
    if vocabulary.has("<|im_start|>") and vocabulary.has("<|im_end|>"):
        for turn in turns:
            segments.append(Segment(f"<|im_start|>{turn.role}\n", True))
            segments += [Segment("", True, each) for each in turn.pictures]
            segments.append(Segment(turn.content, False))
            segments.append(Segment("<|im_end|>\n", True))
        segments.append(Segment("<|im_start|>assistant\n", True))
        return Layout(tuple(segments))
    for turn in turns:
        # A heading inside a message is moved off the line's start, so that it opens no turn.
        content = re.sub(r"(?m)^###", " ###", turn.content)
        heading, rest = f"### {turn.role.capitalize()}:\n", f"{content}\n\n"
        if turn.pictures:
            eyes = [Segment("", True, each) for each in turn.pictures]
            segments += [Segment(heading, False), *eyes, Segment(rest, False)]
        else:
            # In one piece: cut here, the words would be other tokens.
            segments.append(Segment(heading + rest, False))
    segments.append(Segment("### Assistant:\n", False))
    return Layout(tuple(segments), _PLAIN_STOPS)


def _segments(text: str, nonce: str, hidden: Sequence[Segment]) -> list[Segment]:
    parts = re.split(f"{nonce}([0-9]{{6}}){nonce}", text)
    segments = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            segments.append(Segment(part, True))
        elif int(part) < len(hidden):
            segments.append(hidden[int(part)])
    return segments
