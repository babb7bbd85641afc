"""Rows from the person's chats and from documents, with the real chats and the real model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from app.core.paths import Profile, bundled_models
from app.core.process import Cancel
from app.core.types import (
    ChatKind,
    ChatSettings,
    DocumentView,
    Message,
    ModelSpec,
    PageText,
    Role,
    Status,
)
from app.services.assemble import Loam, build
from app.services.children import engine_process
from app.services.dataset.generating import engine_writer, pairs, passages_of
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Filter, Origin, Rejected, State
from app.services.default_record import default_chat_model
from app.services.store.chats import ChatStore

_PAGE = (
    "The botanical garden of Lindau was founded in 1887 by Helga Weiss. It opens at nine in the "
    "morning and closes at six in the evening. Entry costs 4 euros.\n\n"
)

_FACTS = (
    "The summer party is on 23 August 2025 from 15:00 in the yard. Everyone brings something to "
    "eat, and the band plays until ten in the evening.",
    "The library is open from Monday to Friday between nine and six. On Saturdays it closes at "
    "one. It is closed on Sundays and holidays.",
    "The bridge over the river Elm was built in 1902 by the engineer Maria Holt. It is 340 metres "
    "long and carries two lanes of traffic.",
)


@pytest.fixture
def loam(profile: Profile) -> Iterator[Loam]:
    made = build(profile)
    yield made
    made.close()


@pytest.fixture
def chats(profile: Profile) -> Iterator[ChatStore]:
    store = ChatStore(profile.chats)
    yield store
    store.close()


def said(store: ChatStore, chat: int, *lines: str, status: Status = Status.COMPLETE) -> Message:
    """Add messages in turn, the person's first; gives the last one."""
    message = None
    for number, line in enumerate(lines):
        leaf = store.chat(chat).leaf
        role = Role.ASSISTANT if number % 2 else Role.USER
        message = store.add(chat, leaf, role, line, status, "m.gguf" if number % 2 else "")
    assert message is not None
    return message


def test_chosen_answers_come_with_what_led_to_them(
    service: DatasetService, chats: ChatStore, loam: Loam
) -> None:
    chat = chats.create("Trains", ChatKind.CHAT, ChatSettings("Be brief."), ()).id
    first = said(chats, chat, "When?", "At nine [1].")
    second = said(chats, chat, "Where?", "Platform 3.")
    other = chats.add(chat, second.parent_id, Role.ASSISTANT, "Platform 4.", Status.LENGTH)
    failed = chats.add(chat, second.parent_id, Role.ASSISTANT, "Pl", Status.FAILED)
    asked = second.parent_id
    assert asked is not None
    key = service.create("Mine").id
    wanted = [first.id, other.id, failed.id, asked]
    ids, rejected = service.collect_answers(key, loam.chats, wanted, {other.id: "From 4."})
    assert [(item.name, item.reason) for item in rejected] == [
        ("Trains", "the answer failed or was declined"),
        ("Trains", "it does not end with an answer"),
    ]
    one, two = service.rows(ids)
    assert [(t.role, t.content) for t in one.turns] == [
        ("system", "Be brief."),
        ("user", "When?"),
        ("assistant", "At nine."),
    ]
    assert [t.content for t in two.turns[-2:]] == ["Where?", "From 4."]
    assert (one.source.chat_id, one.source.message_id) == (chat, first.id)
    assert (one.source.origin, one.source.name, one.source.model) == (
        Origin.CHAT,
        "Trains",
        "m.gguf",
    )
    assert one.group == two.group != ""
    assert not one.synthetic
    service.undo(key)
    assert service.count(key) == 0


def test_whole_chats_come_without_what_failed(
    service: DatasetService, chats: ChatStore, loam: Loam
) -> None:
    chat = chats.create("Talk", ChatKind.CHAT, ChatSettings(), ()).id
    said(chats, chat, "a", "b")
    said(chats, chat, "c", "", status=Status.FAILED)
    said(chats, chat, "e", "f")
    empty = chats.create("Empty", ChatKind.CHAT, ChatSettings(), ()).id
    page = chats.create("Page", ChatKind.COMPLETION, ChatSettings(), ()).id
    key = service.create("Mine").id
    ids, rejected = service.collect_chats(key, loam.chats, [chat, empty, page])
    (row,) = service.rows(ids)
    assert [turn.content for turn in row.turns] == ["a", "b", "e", "f"]
    assert [item.name for item in rejected] == ["Empty", "Page"]


def document(text: str) -> DocumentView:
    middle = len(text) // 2
    pages = (PageText(1, 0, middle), PageText(2, middle, len(text)))
    return DocumentView(1, "/d/garden.md", "The garden", "md", text, pages)


def test_passages_are_pieces_of_their_pages() -> None:
    paragraph = "This is a paragraph about gardens. " * 9
    view = document("\n\n".join(f"{n} {paragraph}" for n in range(12)))
    found = list(passages_of(view))
    assert len(found) > 3
    for passage in found:
        assert view.text[passage.start : passage.end] == passage.text
        page = view.pages[passage.page - 1]
        assert page.start <= passage.start < passage.end <= page.end
        assert 80 <= len(passage.text) <= 1200
    together = "".join(passage.text for passage in found)
    assert "".join(together.split()) == "".join(view.text.split())


def test_what_a_model_writes_is_a_suggestion_until_it_is_accepted(
    service: DatasetService, profile: Profile
) -> None:
    model = default_chat_model(bundled_models())
    assert model is not None
    whole, pages = "".join(_FACTS), list[PageText]()
    for number, fact in enumerate(_FACTS, 1):
        start = pages[-1].end if pages else 0
        pages.append(PageText(number, start, start + len(fact)))
    view = DocumentView(1, "/d/news.md", "News", "md", whole, tuple(pages))
    key = service.create("News").id
    with contextlib.closing(engine_process(profile)) as engine:
        write = engine_writer(engine, ModelSpec(str(model), 1024), Cancel())
        events = pairs(passages_of(view), write, model.name)
        found = list(service.keep(key, "Write questions", events))
    rows = service.page(key)
    assert len(rows) == sum(isinstance(item, int) for item in found)
    # A model this small writes much that is turned away.
    assert rows, f"the default model wrote nothing usable: {found}"
    for row in rows:
        assert row.synthetic
        assert row.turns[0].content.endswith("?")
        assert (row.source.path, row.source.model) == ("/d/news.md", model.name)
        assert whole[row.source.start : row.source.end] == _FACTS[row.source.page - 1]
    assert service.count(key, Filter(usable=True)) == 0
    assert service.training(key).train == ()
    row = rows[0]
    service.set_state(key, [row.id], State.ACCEPTED)
    assert not service.row(row.id).synthetic
    assert len(service.training(key).train) == 1
    service.undo(key)
    service.undo(key)
    assert service.count(key) == 0


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("I like gardens.", "", "no question"),
        ("What is the answer to this question?", "", "no question"),
        ("Question: Who founded the garden?", " ", "no answer"),
        ("Who founded the garden?", "Napoleon conquered Moscow yesterday.", "does not rest"),
        ("When was the garden founded?", "The garden was founded in 1987.", "does not rest"),
    ],
)
def test_what_is_plainly_unusable_is_turned_away(question: str, answer: str, reason: str) -> None:
    written = iter([question, answer])
    passages = list(passages_of(document(_PAGE * 2)))[:1]
    (item,) = pairs(passages, lambda _: next(written), "m")
    assert isinstance(item, Rejected)
    assert reason in item.reason
    assert item.name == "The garden, page 1"


def test_leads_before_a_question_are_taken_off() -> None:
    written = iter(
        ["Sure.\nQuestion 1: Who founded the garden?", "The answer is: Helga Weiss founded it."]
    )
    passages = list(passages_of(document(_PAGE * 2)))[:1]
    ((draft, _),) = pairs(passages, lambda _: next(written), "m")  # type: ignore[misc]
    assert [turn.content for turn in draft.turns] == [
        "Who founded the garden?",
        "Helga Weiss founded it.",
    ]
