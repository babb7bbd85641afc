"""`loam` and `python -m app`: the window, or a command of the terminal."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window (with the files named), or run the command named. Gives the exit code."""
    multiprocessing.freeze_support()
    # No library asks a hub by itself; the hub's own child is the one exception, when a person asks.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Neither Qt nor a command is imported before it is known that it is needed.
    from app.cli.window import window_arguments

    given = list(sys.argv[1:] if arguments is None else arguments)
    profile, files = window_arguments(given)
    if files is None or not _has_screen():
        from app.cli import main as terminal

        return terminal.run(given) if files is None else terminal.run_demo(profile)
    from app.core.paths import profile as profile_at
    from app.ui.start import run as run_window

    return run_window(profile_at(profile), files)


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
