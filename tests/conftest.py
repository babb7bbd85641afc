"""Fixtures for all tests: a profile of their own, no hub, and the place of shared data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hypothesis
import pytest

# Before anything imports a library that would look for a hub or a screen.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.core.paths import Profile
from tests.patience import PatientBot

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile(
    "loam",
    deadline=None,
    suppress_health_check=(hypothesis.HealthCheck.too_slow,),
)
hypothesis.settings.load_profile("loam")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> PatientBot:
    """pytest-qt's robot with more patience."""
    return PatientBot(request)


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


_session: list[pytest.Session] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember whose exit status counts."""
    _session.append(session)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leave with the status of the tests, once all is told. After all tests something native asks
    an interpreter that is gone for its error (PyErr_Fetch), which ended runs of passed tests with a
    segmentation fault; no part of the tests alone does it. How the program itself ends is tested in
    processes of its own."""
    if _session:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(_session[0].exitstatus))
