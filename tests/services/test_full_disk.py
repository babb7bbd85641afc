"""A disk without any room when Loam starts: chats stay whole and can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.core.paths import program_root
from app.core.types import ChatKind, ChatSettings
from app.services.store.chats import ChatStore

# No file may grow beyond its first byte, which is what a full disk comes to.
_FULL = """
import resource, signal, sys
from pathlib import Path
from app.core.errors import StoreError
from app.core.types import ChatKind, ChatSettings
from app.services.store.chats import ChatStore

REST = (ChatKind.CHAT, ChatSettings(), ())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
try:
    store = ChatStore(Path(sys.argv[1]))
except StoreError as error:
    print("closed", type(error).__name__)
    sys.exit(0)
print([chat.title for chat in store.chats()], [type(one).__name__ for one in store.problems])
try:
    store.create("second", *REST)
    print("written")
except StoreError as error:
    print("refused")
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
store.create("third", *REST)
print([chat.title for chat in store.chats()])
store.close()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no limits of this kind")


def _on_a_full_disk(file: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(file)],
        capture_output=True,
        text=True,
        cwd=program_root(),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_chats_can_be_read_and_are_written_once_there_is_room(tmp_path: Path) -> None:
    file = tmp_path / "chats.sqlite3"
    store = ChatStore(file)
    store.create("first", ChatKind.CHAT, ChatSettings(), ())
    store.close()
    told = _on_a_full_disk(file)
    assert told == ["['first'] ['StoreError']", "refused", "['third', 'first']"]
    assert list(tmp_path.glob("*.damaged-*")) == []
    again = ChatStore(file)
    try:
        assert again.problems == []
        assert [chat.title for chat in again.chats()] == ["third", "first"]
    finally:
        again.close()


def test_a_new_profile_says_so_and_is_left_for_later(tmp_path: Path) -> None:
    file = tmp_path / "chats.sqlite3"
    assert _on_a_full_disk(file) == ["closed StoreError"]
    assert list(tmp_path.glob("*.damaged-*")) == []
    store = ChatStore(file)
    try:
        assert list(store.chats()) == []
        assert store.problems == []
    finally:
        store.close()
