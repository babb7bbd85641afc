"""The question that an answer is made for: all that the answer depends on, what the index is asked,
and the conversation as the model gets it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.messages import Turn
from app.core.settings import WhenFull
from app.core.types import (
    MEANING_SHARE,
    AnswerForm,
    ModelSpec,
    Over,
    Sampling,
    SearchFilter,
    Source,
)
from app.services import followups

# Of six layouts tried on the default model with the right paragraph given, this plain one answered
# most questions; explicit rules ('answer in one sentence, using only ...') cost a third of them.
_LAYOUT = "Read this text:\n\n{text}\n\nBased on the text, {question}"


@dataclass(frozen=True, slots=True)
class Question:
    """All that one answer depends on. `before` are earlier turns, oldest first. `passages` is how
    many the model reads, 0 for as many as its size handles. `only` says which of the collections'
    documents are asked. `share` is how much meaning counts in the search. `given` are sources to
    use again instead of searching; `forced`: they are those of an answer that was declined.
    `prefill` is an answer's beginning to go on from; `form` is JSON or a grammar, and an answer
    that has one is left as the model wrote it. `over` is what of the documents is read;
    services/everything decides it where the question does. `summed_up` earlier turns were replaced
    by a summary in the system prompt. `tools`: a model that can call tools searches by itself.
    `pictures` are files that stand before the question."""

    text: str
    spec: ModelSpec
    sampling: Sampling
    system_prompt: str = ""
    before: tuple[Turn, ...] = ()
    collections: tuple[int, ...] = ()
    only: SearchFilter = SearchFilter()
    only_documents: bool = True
    passages: int = 0
    relevance: float = 0.4
    share: float = MEANING_SHARE
    forced: bool = False
    given: tuple[Source, ...] | None = None
    prefill: str = ""
    form: AnswerForm | None = None
    when_full: WhenFull = WhenFull.LEAVE_OUT
    summed_up: int = 0
    tools: bool = False
    over: Over = Over.AUTO
    pictures: tuple[str, ...] = ()


def search_text(question: Question) -> str:
    """What the index is asked: the question, with the one before it when it can't stand alone."""
    earlier = [turn.content for turn in question.before if turn.role == "user"]
    return followups.search_text(question.text, earlier)


def turns(question: Question, read: tuple[str, ...]) -> tuple[Turn, ...]:
    """The conversation as the model gets it; what it reads stands right before the question."""
    system = (Turn("system", question.system_prompt),) if question.system_prompt.strip() else ()
    if not read:
        return (*system, *question.before, Turn("user", question.text, pictures=question.pictures))
    asked = _LAYOUT.format(text="\n\n".join(read), question=question.text)
    return (*system, *question.before, Turn("user", asked, pictures=question.pictures))
