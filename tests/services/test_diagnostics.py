"""What is copied for a report of a fault, and what must not be in it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core import crashes, log
from app.core.crashes import CrashWatch
from app.core.paths import Profile, program_root
from app.services import about, assemble
from app.services.diagnostics import collect, last_crash, watch

_CRASH = """
import faulthandler, sys
from pathlib import Path
from app.core.crashes import CrashWatch
watch = CrashWatch(Path(sys.argv[1]))
watch.start()
if sys.argv[2] == "crash":
    faulthandler._sigsegv()
elif sys.argv[2] == "end":
    watch.stop()
import os
os._exit(0)
"""


def _run(folder: Path, how: str) -> int:
    command = [sys.executable, "-c", _CRASH, str(folder), how]
    return subprocess.run(command, cwd=program_root(), timeout=60).returncode


def test_a_crash_is_found_by_the_next_start_and_only_a_crash(tmp_path: Path) -> None:
    folder = tmp_path / "crashes"
    for how in ("end", "killed"):
        assert _run(folder, how) == 0
        assert CrashWatch(folder).take_report() is None
        assert CrashWatch(folder).reports() == []
    assert _run(folder, "crash") != 0
    watching = CrashWatch(folder)
    report = watching.take_report()
    assert report is not None
    assert "Segmentation fault" in crashes.read(report)
    assert watching.reports() == [report]
    assert CrashWatch(folder).take_report() is None  # told once


def test_a_childs_crash_is_kept_when_the_next_one_starts(profile: Profile) -> None:
    with contextlib.closing(assemble.build(profile.create())) as loam:
        next(iter(loam.models.devices()))
        child = loam.engine._child
        assert child is not None
        assert child.process.pid is not None
        os.kill(child.process.pid, signal.SIGSEGV)
        child.process.join(30)
        printed = profile.logs / "engine-worker-native.log"
        with printed.open("a", encoding="utf-8") as file:
            file.write("loading /home/ann/Grandmother.gguf\n")
        assert "Segmentation fault" in "\n".join(last_crash(profile.logs))
        next(iter(loam.models.devices()))  # the next child, which empties its file
    assert "Segmentation fault" not in printed.read_text("utf-8")
    told = "\n".join(last_crash(profile.logs))
    assert told.startswith("In engine-worker\nFatal Python error: Segmentation fault")
    assert "serving.py" in told
    assert "Grandmother" not in told


def test_folders_of_a_person_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/people/ann")
    told = crashes.without_folders(
        'File "/srv/people/ann/loam/app/x.py"\nFile "/home/bob/y.py"\nC:\\Users\\Eve\\z.py'
    )
    assert told == 'File "~/loam/app/x.py"\nFile "/home/.../y.py"\nC:\\Users\\...\\z.py'


def test_diagnostics_hold_nothing_of_the_person(profile: Profile) -> None:
    secret = "Grandmother"
    (profile.create().logs / "window.log").write_text(
        f"2026-01-02 03:04:05,678 9 app.ui.notices WARNING Shown: NoModel: {secret}\n"
        f"2026-01-02 03:04:06,678 9 app.ui.notices WARNING Shown: {secret}: x\n"
        f"2026-01-02 03:04:07,678 9 app.x ERROR {secret}\n",
        "utf-8",
    )
    assert _run(profile.logs / "crashes", "crash") != 0
    watch(profile.logs).take_report()
    with contextlib.closing(assemble.build(profile)) as loam:
        loam.settings.change(
            system_prompt=secret, proxy=f"http://{secret}:1", model=f"/{secret}.gguf", passages=3
        )
        (found,) = collect(loam)
    text = found.text
    assert secret not in text
    assert str(profile.root) not in text
    assert f"Loam {about.version()}" in text
    assert "passages: 3" in text
    assert "system_prompt: its own text" in text
    assert "2026-01-02 03:04:05 NoModel" in text
    assert "Segmentation fault" in text
    assert "llama.cpp" in text


def test_errors_in_the_log_are_found_as_they_are_written(profile: Profile) -> None:
    """The pattern follows the format of core/log.py and the words of ui/notices.py."""
    line = log._FORMAT % {
        "asctime": "2026-01-02 03:04:05,678",
        "process": 9,
        "name": "app.ui.notices",
        "levelname": "WARNING",
        "message": "Shown: NoModel: There is none.",
    }
    (profile.create().logs / "window.log").write_text(line + "\n", "utf-8")
    from app.services.diagnostics import last_errors

    assert last_errors(profile.logs) == ("2026-01-02 03:04:05 NoModel",)


def test_all_parts_have_a_licence() -> None:
    parts = {part.name: part for part in about.parts()}
    assert {"pyside6", "chromadb", "llama-cpp-python", "all-MiniLM-L6-v2"} <= parts.keys()
    assert parts["all-MiniLM-L6-v2"].kind == "model"
    unnamed = [name for name, part in parts.items() if not part.licence]
    assert unnamed == []
    assert "Permission" in about.text_of(parts["llama-cpp-python"])
    assert "pytest" not in parts


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
def test_a_log_that_cannot_be_written_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "window.log").symlink_to("/dev/full")
    code = (
        "import logging, sys; from pathlib import Path; from app.core import log\n"
        "log.start(Path(sys.argv[1]), 'window')\n"
        "for _ in range(3): logging.getLogger('x').warning('y' * 10000)\n"
        "print('lives')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=program_root(),
        timeout=60,
    )
    assert done.stdout.strip() == "lives", done.stderr
