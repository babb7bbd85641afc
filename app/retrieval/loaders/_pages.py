"""Office files as pages, by LibreOffice where it is installed: a PDF that is shown, never kept on.

It runs as a program of its own in the parser's bounds on memory, with bounds on its time, a profile
that is thrown away, no macros and, where the system lets us, no network at all; remote pictures and
links stay unread in any case. Limits: pages are LibreOffice's, which other programs may cut
elsewhere; files behind a password are not shown so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from app.core.errors import DocumentError, NoLook, PasswordNeeded, TooBig
from app.retrieval.loaders import _locked

KINDS = frozenset(("docx", "odt", "rtf", "slides"))
_NOT_INSTALLED = (
    "LibreOffice is not installed; on Debian: apt-get install libreoffice-writer and "
    "libreoffice-impress"
)
_SECONDS = 100
_PROCESSOR_SECONDS = 90
_AGAIN = (79, 81)  # it set up its profile and wants to be started once more
# A proxy where nothing listens; never a macro; nothing linked is fetched or brought up to date.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
%s
</oor:items>
"""
_ITEM = '<item oor:path="/org.openoffice.%s"><prop oor:name="%s" oor:op="fuse"><value>%s</value></prop></item>'  # noqa: E501
_SET = (
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Common/Misc", "FirstRun", "false"),
)


def program() -> str:
    """LibreOffice's program; empty when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


@functools.cache
def _fenced() -> tuple[str, ...]:
    """What a command begins with so that it ends with this process, with all that it started, and
    has no network; as much of that as the system grants."""
    bound = ("setpriv", "--pdeathsig", "KILL", "--")
    alone = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child=KILL", "--")
    for command in ((*bound, *alone), alone, bound):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run([*command, "true"], capture_output=True, timeout=10)
            if done.returncode == 0:
                return command
    return ()


def write_pdf(path: Path, target: Path, scratch: Path | None) -> None:
    """The pages of a document. scratch: an own folder for temporary files. Errors: NoLook when
    LibreOffice is not installed, TooBig, DocumentError."""
    found = program()
    if not found:
        raise NoLook(path=path.name, reason=_NOT_INSTALLED)
    try:
        _locked.opened(path.name, path.read_bytes(), "")
    except PasswordNeeded:
        raise NoLook(path=path.name, reason="it is behind a password") from None
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        # Under a name of ours: theirs could be an option, or too long.
        given = Path(folder) / f"document{path.suffix.lower()}"
        shutil.copyfile(path, given)
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        settings = _SETTINGS % "\n".join(_ITEM % each for each in _SET)
        (profile / "user" / "registrymodifications.xcu").write_text(settings, "utf-8")
        # Should the parser be killed where nothing can be fenced, its time runs out soon.
        limit = f'ulimit -t {_PROCESSOR_SECONDS}; exec "$@"'
        command = ["sh", "-c", limit, "sh", *_fenced(), found]
        command += ["--headless", "--norestore", "--nolockcheck", "--convert-to", "pdf"]
        command += [f"-env:UserInstallation={profile.as_uri()}", "--outdir", folder, str(given)]
        made = Path(folder) / "document.pdf"
        for _ in range(3):
            if _run(command, path.name, folder) not in _AGAIN or made.exists():
                break
        if not made.exists():
            raise DocumentError(path=path.name, reason="LibreOffice could not open it")
        shutil.move(made, target)


def _run(command: list[str], name: str, folder: str) -> int:
    kept = {"PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"}
    env = {key: value for key, value in os.environ.items() if key in kept}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**env, "HOME": folder},
        cwd=folder,
        start_new_session=True,
    ) as running:
        try:
            return running.wait(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise TooBig(path=name, reason="showing its pages took too long") from None
        finally:
            # It starts programs of its own.
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
            else:
                running.kill()
