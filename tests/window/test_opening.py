"""Models that a file manager opens with Loam: a second start hands them to the window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.core.magic import is_gguf
from app.core.paths import program_root
from app.ui.app import hear_finder
from app.ui.pages.models import ModelsPage
from app.ui.single_instance import SingleInstance
from tests import patience
from tests.window.conftest import PATIENCE_MS, Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def instance(person: Person) -> Iterator[SingleInstance]:
    """Hears other starts, as the running program does."""
    made = SingleInstance(person.loam.profile.root)
    assert made.listen()
    made.knocked.connect(person.window.come_forward)
    yield made
    made.close()


def _open_as_a_file_manager(person: Person, *files: Path) -> None:
    """Start Loam once more with files; the window that is there takes them."""
    profile = person.loam.profile.root
    other = subprocess.Popen(
        [sys.executable, "-m", "app", "--profile", str(profile), *map(str, files)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=program_root(),
    )
    try:
        person.qtbot.waitUntil(lambda: other.poll() is not None, timeout=PATIENCE_MS)
        assert other.returncode == 0
    finally:
        if other.poll() is None:
            other.kill()
        other.wait(patience.SECONDS)


@pytest.mark.usefixtures("instance")
def test_a_model_opened_from_outside_is_linked_and_offered(
    person: Person, tiny: Path, tmp_path: Path
) -> None:
    # Known by how it begins: file managers go by that as well.
    model = tmp_path / "a model without an ending"
    shutil.copyfile(tiny, model)
    assert is_gguf(str(model))
    _open_as_a_file_manager(person, model)
    page = person.window.page
    assert isinstance(page, ModelsPage)
    person.qtbot.waitUntil(
        lambda: str(model) in [each.info.path for each in page.infos], timeout=PATIENCE_MS
    )
    assert person.loam.models.is_link(model)
    assert person.notices.toasts[-1].startswith("Added ")
    assert list(person.loam.profile.models.glob("*.gguf")) == []
    assert person.errors() == []


def test_a_file_that_only_begins_like_a_model_is_refused_in_words(
    person: Person, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(40))
    person.window.come_forward([str(broken)])
    person.qtbot.waitUntil(lambda: bool(person.window.banners.texts), timeout=PATIENCE_MS)
    assert "is not a model that Loam can read" in person.window.banners.texts[-1]
    assert not person.loam.models.is_link(broken)
    assert not is_gguf(str(tmp_path))


def test_a_file_from_the_finder_comes_as_an_event(person: Person, tiny: Path) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    hear_finder(application, person.window)
    QApplication.sendEvent(application, QFileOpenEvent(str(tiny)))
    page = person.window.page
    assert isinstance(page, ModelsPage)
    person.qtbot.waitUntil(lambda: person.loam.models.is_link(tiny), timeout=PATIENCE_MS)
