"""Fixtures for all tests: a profile of their own, no hub, and the place of shared data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports a library that would look for a hub or a screen.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.core.paths import Profile

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


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
