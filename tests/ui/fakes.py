"""Answers from a script for tests of the chat page: everything else of the chats is the real
service over a real store; only the model and the library are not there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from app.core.messages import (
    AnswerDone,
    Generated,
    Loaded,
    Offered,
    Progress,
    SourcesFound,
    Token,
)
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import (
    GenerationStats,
    Hit,
    LoadedModel,
    ModelInfo,
    ModelSpec,
    Passage,
    Source,
    Status,
)
from app.services import assemble
from app.services.question import Question
from app.ui.app import make_application, make_context
from app.ui.notices import Notices
from tests import patience
from tests.ui.frame_fakes import FakeLibrary, FakeModels

Script = Callable[[Question, Cancel], Iterator[object]]
STATS = GenerationStats(120, 40, 60, 410.0, 58.3, 1204, 4096)
MODEL = ModelInfo(
    "/models/small.gguf", "SmolLM2 135M", "llama", "Q4_0", 91_000_000, 135_000_000, 8192, True
)


def source(number: int, text: str = "The library opens at nine.", page: int | None = 3) -> Source:
    """A source with a passage of file number * 10."""
    passage = Passage(
        chunk_id=number,
        file_id=number * 10,
        path=f"/home/someone/handbook-{number}.pdf",
        title=f"Handbook {number}",
        page=page,
        heading=("Opening hours", "Weekdays"),
        start=100,
        end=100 + len(text),
        text=text,
    )
    return Source(number, Hit(passage, 0.9 / number, 0.7, 4.2))


def says(
    text: str,
    sources: Sequence[Source] = (),
    status: Status = Status.COMPLETE,
    declined: bool = False,
    final: str | None = None,
    go_on: threading.Event | None = None,
) -> Script:
    """A script that finds `sources`, streams `text` word by word and ends as told, with `final`
    as the text that is stored. go_on: before its last word it waits for that, or to be stopped."""

    def script(question: Question, cancel: Cancel) -> Iterator[object]:
        said = [question.prefill]
        if question.collections:
            yield Progress("Searching your documents", 0, 0)
            yield SourcesFound(tuple(sources))
        words = text.split(" ")
        for number, word in enumerate(words, 1):
            while number == len(words) and go_on and not cancel.is_set() and not go_on.wait(0.005):
                pass
            if cancel.is_set():
                break
            piece = word if not said or not said[-1] else f" {word}"
            said.append(piece)
            yield Token(piece)
        ended = Status.STOPPED if cancel.is_set() else status
        whole = "".join(said) if final is None or cancel.is_set() else final
        yield AnswerDone(whole, declined, tuple(sources), ended, STATS)

    return script


class ScriptedAnswering:
    """In place of services.answering.Answering; `script` may be changed between answers."""

    def __init__(self) -> None:
        self.script: Script = says("It opens at nine.")
        self.questions: list[Question] = []
        self.offered: Offered | None = None

    def offer(self, question: Question, cancel: Cancel) -> Offered | None:
        """What the person is asked before a long run; None begins at once."""
        return self.offered

    def answer(self, question: Question, cancel: Cancel) -> Iterator[object]:
        self.questions.append(question)
        yield from self.script(question, cancel)


class ScriptedEngine:
    """In place of the engine's process, for completion pages."""

    def __init__(self) -> None:
        self.words = [" and", " so", " on"]
        self.hold = threading.Event()
        self.hold.set()

    def stream(self, request: Any, cancel: Cancel) -> Iterator[object]:
        for word in self.words:
            yield Token(word)
        while not self.hold.wait(0.005) and not cancel.is_set():
            pass
        status = Status.STOPPED if cancel.is_set() else Status.COMPLETE
        yield Generated(status, STATS)

    def close(self) -> None:
        """Nothing was started."""


class ChatModels(FakeModels):
    """Models that load at once; `here` is whether the child runs."""

    def __init__(self) -> None:
        super().__init__()
        self.here = False
        self.now: LoadedModel | None = None
        self.engine_name = "The model"

    def spec_for(self, chat: Any = None) -> ModelSpec:
        return ModelSpec((chat.model if chat else "") or MODEL.path, 4096)

    def load(self, spec: ModelSpec, cancel: Cancel | None = None) -> Iterator[object]:
        yield Progress("Loading the model", 40, 100, "%")
        self.here = True
        self.now = LoadedModel(replace(MODEL, path=spec.path), 4096, "CPU", 0, 30, 2)
        yield Loaded(self.now)

    def note(self, event: object) -> None:
        """Nothing to remember."""

    def loaded(self) -> LoadedModel | None:
        return self.now if self.here else None

    def alive(self) -> bool:
        return self.here


class Chats:
    """The chat page over all this, and what it shares with the window."""

    def __init__(self, profile: Profile) -> None:
        from app.ui.pages.chats import ChatsPage

        application = make_application()
        self.loam = assemble.build(profile)
        self.answering = ScriptedAnswering()
        self.engine = ScriptedEngine()
        self.models = ChatModels()
        self.library = FakeLibrary()
        parts = cast("Any", self.loam)
        parts.library, parts.models = self.library, self.models
        inside = cast("Any", self.loam.chats)
        inside._make_answering = lambda: self.answering
        inside._engine = self.engine
        inside._models = self.models
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.page = ChatsPage(self.context)
        self.page.resize(1280, 760)

    def say(self, text: str) -> None:
        """Type a message and send it."""
        self.page.view.composer.field.setPlainText(text)
        self.page.view.composer.field.entered.emit()

    @property
    def idle(self) -> bool:
        """Whether nothing runs."""
        return not self.context.tasks.running

    def close(self) -> None:
        """Stop what runs and take the page apart."""
        self.context.tasks.stop_all(patience.SECONDS)
        self.page.close()
        self.page.deleteLater()
        self.loam.close()
