"""What a window that starts has loaded when its first frame stands: only what it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WINDOW = """
import sys
from pathlib import Path
from app.core.paths import Profile
from app.services import assemble
from app.ui import app
from app.ui.notices import Notices
from app.ui.single_instance import SingleInstance
from PySide6.QtCore import QTimer

# What waits until after the first frame stays away on a slow machine too.
once, start = QTimer.singleShot, QTimer.start
QTimer.singleShot = staticmethod(lambda ms, *rest: once(ms, *rest) if ms == 0 else None)
QTimer.start = lambda timer, *ms: start(timer, *ms) if ms == (0,) else None

application = app.make_application()
profile = Profile(Path(sys.argv[1]))
instance = SingleInstance(profile.root)
instance.listen()
loam = assemble.build(profile)
loam.settings.change(welcomed=True)
window = app.make_window(app.make_context(loam, Notices(), application))
window.show()
for _ in range(3):
    application.processEvents()
assert window.page is not None and window.page.isVisible()
print(*sorted(sys.modules), flush=True)
import os
os._exit(0)
"""
SERVICES = {
    *("assemble", "chat", "chat_list", "models", "default_record", "model_links", "model_notes"),
    "preferences",
    *("children", "engine_process", "store", "store.chats", "store.codec", "store.rows"),
    "store.schema",
}
"""All of app.services that the first frame needs."""
NEVER = {
    *("numpy", "multiprocessing.connection", "socket", "subprocess", "tomllib"),
    *("logging.handlers", "hashlib", "statistics", "pygments", "markdown_it"),
    *("app.core.child", "app.core.messages.engine", "app.core.messages.retrieval"),
    *("app.core.messages.collections", "app.core.messages.indexing", "app.core.messages.watching"),
    *("app.core.messages.training", "app.core.types.retrieval", "app.core.types.training"),
    *("app.ui.chat.message_view", "app.ui.chat.code_block", "app.ui.chat.adapter_menu"),
    *("app.ui.documents", "app.ui.models", "app.ui.finetune", "app.ui.settings_dialog"),
    *("app.training", "app.retrieval", "app.hub", "app.cli"),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    profile: Path = tmp_path_factory.mktemp("profile")
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(profile)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_no_service_is_loaded_that_the_first_frame_does_not_need(loaded: set[str]) -> None:
    services = {name[13:] for name in loaded if name.startswith("app.services.")}
    assert "chat" in services
    assert services - SERVICES == set()


def test_nothing_is_loaded_that_is_not_shown(loaded: set[str]) -> None:
    assert {"app.ui.window", "app.ui.chat.composer"} <= loaded
    assert loaded & NEVER == set()
