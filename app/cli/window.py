"""Whether a command line asks for the window. Imports none of the commands: the window waits."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.core import paths


def window_arguments(arguments: Sequence[str]) -> tuple[str | None, list[str] | None]:
    """(profile folder, files to open) when the window is wanted; files None when a command is."""
    window = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    window.add_argument("--profile")
    window.add_argument("files", nargs="*")
    try:
        known, unknown = window.parse_known_args(arguments)
    except argparse.ArgumentError:
        return None, None
    if unknown or not all(Path(file).exists() for file in known.files):
        return known.profile, None
    return known.profile, [str(paths.existing(file)) for file in known.files]
