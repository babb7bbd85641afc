"""A chat that outgrows the context, through the real services and the real model."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

import pytest

from app.core.errors import ChatFull
from app.core.messages import AnswerDone, Progress, Turn
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.settings import WhenFull
from app.core.types import Chat, Role, Sampling, Status
from app.services import condensing
from app.services.assemble import Loam, build
from app.services.extracting import extract
from app.services.store.chats import ChatStore

FACT = "Remember that the boat of captain {} is painted in colour number {} and lies at pier {}. "


@pytest.fixture
def loam(profile: Profile) -> Iterator[Loam]:
    with contextlib.closing(build(profile)) as made:
        made.settings.change(threads=1)
        yield made


def long_chat(loam: Loam, messages: int = 6) -> Chat:
    """A chat of some 100 tokens a message, in a context of 512."""
    chat = loam.chats.create()
    settings = dataclasses.replace(
        chat.settings, context_length=512, sampling=Sampling(temperature=0, max_tokens=16)
    )
    loam.chats.set_settings(chat.id, settings)
    with contextlib.closing(ChatStore(loam.profile.chats)) as store:
        leaf: int | None = None
        for number in range(messages):
            role = Role.ASSISTANT if number % 2 else Role.USER
            text = FACT.format(number, number, number) * 4
            leaf = store.add(chat.id, leaf, role, text, Status.COMPLETE).id
    return loam.chats.get(chat.id)


def summaries(loam: Loam) -> int:
    """How many are kept, of all chats."""
    with contextlib.closing(ChatStore(loam.profile.chats)) as store:
        (row,) = store.database.read("SELECT count(*) FROM summaries")
        return int(row[0])


def answered(loam: Loam, chat: Chat, text: str) -> tuple[AnswerDone, list[str]]:
    events = list(loam.chats.reply(chat.id, text, Cancel()))
    assert isinstance(events[-1], AnswerDone)
    return events[-1], [e.what for e in events if isinstance(e, Progress)]


def test_the_oldest_messages_are_left_out_and_the_person_is_told(loam: Loam) -> None:
    chat = long_chat(loam)
    done, _ = answered(loam, chat, "Which boats do you know?")
    kept = loam.chats.message(done.message_id)
    assert kept.note == done.note
    assert kept.note.endswith("no longer fit; they were left out")


def test_the_oldest_messages_are_summed_up_once(
    loam: Loam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condensing, "_TINY", 0)  # the model writes it, as a larger one would
    loam.settings.change(when_full=WhenFull.SUM_UP)
    chat = long_chat(loam)
    first, steps = answered(loam, chat, "Which boats do you know?")
    assert "Summing up the oldest messages" in steps
    assert "they were summed up" in first.note
    assert first.stats is not None
    assert first.stats.prompt_tokens < 512
    # The same messages are gone for the next answer, whose summary is there already.
    second, steps = answered(loam, chat, "And of whom?")
    assert "Summing up the oldest messages" not in steps
    assert second.note == first.note
    assert second.stats is not None
    assert second.stats.prompt_cached > second.stats.prompt_tokens / 2
    # A deleted chat takes its summaries with it.
    assert summaries(loam) == 1
    with contextlib.closing(ChatStore(loam.profile.chats)) as store, store.database.write() as w:
        w.execute("DELETE FROM chats")
    assert summaries(loam) == 0


def test_a_chat_may_stop_where_it_is_full(loam: Loam) -> None:
    loam.settings.change(when_full=WhenFull.STOP)
    chat = long_chat(loam)
    with pytest.raises(ChatFull):
        list(loam.chats.reply(chat.id, "Which boats do you know?", Cancel()))
    assert loam.chats.thread(chat.id)[-1].status is Status.FAILED


def test_for_a_tiny_model_the_telling_sentences_are_kept(loam: Loam) -> None:
    loam.settings.change(when_full=WhenFull.SUM_UP)
    done, steps = answered(loam, long_chat(loam), "Which boats do you know?")
    assert "they were summed up" in done.note
    assert "Summing up the oldest messages" not in steps
    assert summaries(loam) == 0
    said = (
        Turn("user", "Hello there, how are you? My name is Ana and we have 900 euros for Lisbon."),
        Turn("assistant", "That is very nice to hear. Book the flight to Lisbon first."),
        Turn("user", "My name is Ana and we have 900 euros for Lisbon."),
    )
    first = "My name is Ana and we have 900 euros for Lisbon."
    assert extract(said, 60) == first
    assert extract(said, 100) == f"{first} Book the flight to Lisbon first."
    assert extract(said, 10) == ""


def test_stopping_while_it_sums_up_leaves_no_summary(
    loam: Loam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condensing, "_TINY", 0)
    loam.settings.change(when_full=WhenFull.SUM_UP)
    chat, cancel = long_chat(loam), Cancel()
    for event in loam.chats.reply(chat.id, "Which boats do you know?", cancel):
        if isinstance(event, Progress) and event.what.startswith("Summing up"):
            cancel.set()
    assert loam.chats.thread(chat.id)[-1].status is Status.STOPPED
    assert summaries(loam) == 0
