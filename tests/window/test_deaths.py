"""Kills of every process at the worst moment: the window lives, says so, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pytestqt.qtbot import QtBot

from app.core.paths import Profile, resources
from app.core.types import Status
from tests import patience
from tests.window.conftest import Person, children, drawn, kill


def test_a_killed_model_costs_nothing_that_was_said(person: Person, qtbot: QtBot) -> None:
    person.begin_endless()
    person.wait_for_words(10)
    kill(person.loam.engine.pid)
    broken = person.wait_for_answer()
    assert broken.status is Status.FAILED
    assert len(broken.content.split()) >= 5
    qtbot.waitUntil(lambda: bool(drawn(person.views()[-1]).strip()))
    said = [*person.errors(), broken.note]
    assert any("stopped unexpectedly" in text for text in said), said
    person.limit(48)
    answer = person.ask("Say hello.")
    assert answer.status in (Status.COMPLETE, Status.LENGTH)
    assert answer.content


def test_a_killed_index_answers_the_next_question(person: Person, qtbot: QtBot) -> None:
    person.drop(resources() / "samples" / "member-handbook.pdf")
    person.wait_for_reading()
    kill(person.loam.retrieval.pid)
    answer = person.ask("How much is the membership fee?")
    if answer.status is Status.FAILED:
        answer = person.ask("How much is the membership fee?")
    assert "35 euros" in answer.content
    assert "[" in answer.content


def test_a_killed_reader_of_documents_costs_one_file_at_most(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for number in range(40):
        text = f"# Note {number}\n\nThe locker of member {number} has the code {1000 + number}.\n"
        (notes / f"note{number:02}.html").write_text(f"<h1>{text}</h1><p>{text}</p>")
    person.drop(notes)
    found: list[psutil.Process] = []

    def readers() -> bool:
        pid = person.loam.retrieval.pid
        found[:] = patience.spawned_by(pid) if pid else []
        return bool(found)

    qtbot.waitUntil(readers)
    found[0].kill()
    person.wait_for_reading()
    chat = person.chats.chat
    assert chat is not None
    files = person.loam.library.files(chat.collections[0])
    assert len(files) == 40
    assert sum(f.state.value == "ready" for f in files) >= 39


def test_no_process_outlives_a_killed_window(profile: Profile) -> None:
    window = subprocess.Popen(
        [sys.executable, "-m", "app", "--profile", str(profile.root)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        deadline = time.monotonic() + patience.SECONDS
        while not (started := children(window.pid)):
            assert window.poll() is None
            assert time.monotonic() < deadline, "the window started no child"
            time.sleep(0.2)
        time.sleep(1.0)
        started = children(window.pid) or started
    finally:
        os.kill(window.pid, signal.SIGKILL)
        window.wait()
    gone, alive = psutil.wait_procs(started, timeout=patience.SECONDS)
    assert alive == []
    assert len(gone) == len(started) >= 1
