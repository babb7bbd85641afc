"""Documents in the real window: dropped, asked about, cited, opened at the page, declined."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.messages import Progress
from app.core.paths import Profile, resources
from app.ui.tasks import Task
from tests.window.conftest import PATIENCE_MS, Person, somebody

HANDBOOK = resources() / "samples" / "member-handbook.pdf"


def test_a_dropped_pdf_answers_and_its_citation_opens_the_page(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    pdf = tmp_path / "handbook.pdf"
    shutil.copy(HANDBOOK, pdf)
    assert person.chats.isVisible()
    watched: list[Task] = []
    told: list[Progress] = []

    def hear(event: object) -> None:
        if isinstance(event, Progress):
            told.append(event)

    def watch() -> None:
        for task in person.context.tasks.shown:
            if task not in watched:
                watched.append(task)
                task.delivered.connect(hear)

    person.context.tasks.changed.connect(watch)
    person.drop(pdf)
    person.wait_for_reading()
    # The foot of the window told how far it was, up to the end.
    assert [task.title for task in watched]
    assert max(event.fraction for event in told) == 1
    answer = person.ask("How much is the membership fee?")
    assert "35 euros" in answer.content
    cited = [s for s in answer.sources if f"[{s.number}]" in answer.content]
    fee = next(s for s in cited if "35 euros" in s.hit.passage.text)
    assert fee.hit.passage.page == 1

    person.chats.view.conversation.cited.emit(answer.id, fee.number)
    qtbot.waitUntil(lambda: person.reading, timeout=PATIENCE_MS)
    reader = person.documents.reader
    qtbot.waitUntil(
        lambda: reader.pdf is not None and bool(reader.pdf.marked_pages), timeout=PATIENCE_MS
    )
    assert reader.pdf is not None
    assert reader.pdf.marked_pages == (1,)
    assert reader.pdf.page == 1
    # By geometry: what another reader of PDFs finds under the marked boxes are the words cited.
    under = " ".join(
        reader.pdf._document.getSelection(0, box.topLeft(), box.bottomRight()).text()
        for box in reader.pdf._boxes[0]
    )
    assert "35 euros" in " ".join(under.split())
    seen = reader.pdf.viewport().rect()
    first = reader.pdf._boxes[0][0]
    corner = reader.pdf._rect(reader.pdf._layout.spot(0)).topLeft()
    scale = reader.pdf._layout.scale
    assert seen.contains(corner + (first.center() * scale).toPoint())
    document = reader.document
    assert document is not None
    passage = fee.hit.passage
    assert document.text[passage.start : passage.end] == passage.text
    assert person.errors() == []


def test_what_the_documents_do_not_cover_is_declined(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    shutil.copy(HANDBOOK, tmp_path / "handbook.pdf")
    person.drop(tmp_path / "handbook.pdf")
    person.wait_for_reading()
    answer = person.ask("Who won the football world cup in 2014?")
    assert answer.declined
    assert answer.stats is None, "the model was asked"


def test_a_folder_with_a_broken_file_is_read_all_the_same(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "garden.md").write_text("# Garden\n\nThe garden gate code is 4711.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    person.drop(folder)
    person.wait_for_reading()
    chat = person.chats.chat
    assert chat is not None
    files = {f.name: f for f in person.loam.library.files(chat.collections[0])}
    assert files["garden.md"].state.value == "ready"
    assert files["broken.pdf"].state.value == "failed"
    assert files["broken.pdf"].detail
    answer = person.ask("What is the code of the garden gate?")
    assert "4711" in answer.content


def test_the_first_start_leads_to_a_cited_answer_in_three_clicks(
    profile: Profile, qtbot: QtBot
) -> None:
    with somebody(profile, qtbot, welcomed=False) as person:
        person.press("Try it on the sample documents")

        def questions() -> list[QPushButton]:
            return [
                b
                for b in person.window.findChildren(QPushButton)
                if b.isVisible() and b.text().endswith("?")
            ]

        qtbot.waitUntil(lambda: bool(questions()), timeout=PATIENCE_MS)
        questions()[0].click()
        qtbot.waitUntil(lambda: person.chats.view.running, timeout=PATIENCE_MS)
        answer = person.wait_for_answer()
        assert "[" in answer.content
        cited = next(s for s in answer.sources if f"[{s.number}]" in answer.content)
        person.chats.view.conversation.cited.emit(answer.id, cited.number)
        qtbot.waitUntil(lambda: person.reading, timeout=PATIENCE_MS)
        assert person.errors() == []
