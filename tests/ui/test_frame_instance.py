"""One window a profile, over real processes: the second hands its files over, a killed first one
leaves nothing behind that blocks the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.core.errors import ProfileBusy
from app.ui import single_instance
from app.ui.single_instance import SingleInstance, socket_name
from tests import patience

ROOT = Path(__file__).resolve().parents[2]
LISTENER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.single_instance import SingleInstance
application = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
assert not instance.hand_over([])
assert instance.listen()
instance.knocked.connect(lambda paths: print("knocked", paths, flush=True))
print("ready", flush=True)
if len(sys.argv) > 2:
    import time
    time.sleep(3600)
application.exec()
"""

KNOCK = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui import single_instance
from app.ui.single_instance import SingleInstance
single_instance._PATIENCE_MS = int(sys.argv[2])
application = QCoreApplication([])
sys.exit(0 if SingleInstance(Path(sys.argv[1])).hand_over(["/x/a.txt"]) else 1)
"""


@contextmanager
def listener(profile: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENER, str(profile), *more],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_start_hands_its_files_to_the_first(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_PATIENCE_MS", patience.MS)
    with listener(tmp_path) as first:
        assert SingleInstance(tmp_path).hand_over(["/x/ä b.pdf"])
        assert first.stdout is not None
        assert first.stdout.readline() == "knocked ['/x/ä b.pdf']\n"
        assert not SingleInstance(tmp_path / "other").hand_over([])


def test_a_killed_first_start_does_not_block_the_next(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_PATIENCE_MS", patience.MS)
    with listener(tmp_path) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with listener(tmp_path):
        assert SingleInstance(tmp_path).hand_over([])


def test_a_first_start_that_hangs_is_told(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_PATIENCE_MS", 300)
    with listener(tmp_path, "hang"), pytest.raises(ProfileBusy):
        SingleInstance(tmp_path).hand_over([])


def test_rubbish_on_the_socket_does_no_harm(qtbot: QtBot, tmp_path: Path) -> None:
    instance = SingleInstance(tmp_path)
    assert instance.listen()
    heard: list[list[str]] = []
    instance.knocked.connect(heard.append)
    for rubbish in (b"\xff\xfe\n", b"{}\n", b"[1, null]\n", b"no end"):
        socket = QLocalSocket()
        socket.connectToServer(socket_name(tmp_path))
        assert socket.waitForConnected(patience.MS)
        socket.write(rubbish)
        socket.flush()
        qtbot.wait(50)
        socket.abort()
    second = subprocess.Popen(
        [sys.executable, "-c", KNOCK, str(tmp_path), str(patience.MS)], cwd=ROOT
    )
    qtbot.waitUntil(lambda: second.poll() is not None)
    assert second.returncode == 0
    assert heard[-1] == ["/x/a.txt"]
    assert all(isinstance(path, str) for paths in heard for path in paths)
    instance.close()


def test_the_name_is_one_for_a_folder_however_it_is_written(tmp_path: Path) -> None:
    assert socket_name(tmp_path) == socket_name(tmp_path / "x" / "..")
    assert socket_name(tmp_path) != socket_name(tmp_path / "x")
