"""The one version number, and the moment of a build."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path


def version() -> str:
    """From pyproject.toml."""
    text = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text("utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def moment() -> datetime:
    """Now, or the moment that reproducible builds are told."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(told), UTC) if told else datetime.now(UTC)
