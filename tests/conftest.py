"""Fixtures for all tests: a profile of their own, no hub, and the place of shared data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before anything imports a library that would look for a hub or a screen.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication

from app.core.paths import Profile
from tests.patience import PatientBot

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile(
    "loam",
    deadline=None,
    # The same examples in each run, or one would fail for what nobody changed;
    # --hypothesis-profile=default draws others.
    derandomize=True,
    suppress_health_check=(hypothesis.HealthCheck.too_slow,),
)
hypothesis.settings.load_profile("loam")

# All servers of tests are on this machine.
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> Iterator[PatientBot]:
    """pytest-qt's robot with more patience, and an empty clipboard after it: Qt deletes what is
    there when the interpreter is gone, and what a test had made was then looked for in Python,
    which ended runs of passed tests with a segmentation fault."""
    yield PatientBot(request)
    QGuiApplication.clipboard().clear()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A fresh profile folder."""
    return Profile(tmp_path / "profile").create()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data beside the checkout; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"evaluation data is absent: {SHARED}")
    return SHARED
