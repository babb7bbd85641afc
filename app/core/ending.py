"""How a child process ended, in words."""

from __future__ import annotations

import signal


class Died:
    """Put into every open call's queue when the child has ended."""

    def __init__(self, exitcode: int | None) -> None:
        self.reason, self.detail = _describe(exitcode)


def _describe(exitcode: int | None) -> tuple[str, str]:
    """(words for a person, detail) for a process's exit code as multiprocessing gives it."""
    if exitcode is None or exitcode >= 0:
        return f"it ended with code {exitcode}", f"exit code {exitcode}"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    words = {
        "SIGKILL": "it was ended, perhaps because memory ran out",
        "SIGBUS": "a file it was reading changed",
        "SIGSEGV": "it crashed",
        "SIGABRT": "it crashed",
        "SIGILL": "this processor lacks an instruction it needs",
    }
    return words.get(name, "it was ended"), name
