"""A real Chroma server on this machine, as a child that can be ended and started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests import patience

_RUN = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"


class ChromaServer:
    """`chroma run` over a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._settled = False
        self._take_port()

    def start(self) -> None:
        """It keeps its address from one start to the next."""
        tries = 5
        while not self._begin():
            # Somebody else may have taken the port meanwhile.
            tries -= 1
            assert tries, "the server ends by itself"
            assert not self._settled
            self._take_port()
        self._settled = True

    def _take_port(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self._port}"

    def _begin(self) -> bool:
        folder = str(self._folder)
        line = ("run", "--path", folder, "--host", "127.0.0.1", "--port", str(self._port))
        self._child = subprocess.Popen(
            (sys.executable, "-c", _RUN, *line),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
        )
        until = time.monotonic() + patience.SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/api/v2/heartbeat", timeout=5):
                    # Not another program that answers there.
                    if self._child.poll() is None:
                        return True
            except OSError:
                pass
            if self._child.poll() is not None:
                return False
            assert time.monotonic() < until
            time.sleep(0.1)

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(patience.SECONDS)
            self._child = None
