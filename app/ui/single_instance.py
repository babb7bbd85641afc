"""One window a profile: a second start hands its files to the first, which comes to the front.

The socket is named by a hash of the profile's folder and open to its owner only. One that was
left by a killed program is taken over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCryptographicHash, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.core.errors import ProfileBusy

_PATIENCE_MS = 3000
_LONGEST = 1_000_000
_ANSWER = b"ok\n"


class SingleInstance(QObject):
    """The first start listens, the others knock."""

    knocked = Signal(list)
    """Another start came, with these paths."""

    def __init__(self, profile: Path) -> None:
        super().__init__()
        self._profile = profile
        self._name = socket_name(profile)
        self._server: QLocalServer | None = None

    def hand_over(self, paths: Sequence[str]) -> bool:
        """Give the paths to the window that runs already; False when there is none.

        Errors: ProfileBusy when there is one that does not answer.
        """
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE_MS):
            return False
        socket.write(json.dumps(list(paths)).encode() + b"\n")
        socket.flush()
        answered = socket.waitForReadyRead(_PATIENCE_MS)
        answer = bytes(socket.readAll().data()) if answered else b""
        socket.disconnectFromServer()
        if answer != _ANSWER:
            raise ProfileBusy(path=self._profile)
        return True

    def listen(self) -> bool:
        """Be the first. Whether later starts can be heard; if not, Loam still works."""
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        return self._server.listen(self._name)

    def close(self) -> None:
        """Hear no more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accept(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()):
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _LONGEST:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        try:
            paths = json.loads(bytes(socket.readLine().data()))
        except ValueError:
            socket.abort()
            return
        socket.write(_ANSWER)
        socket.flush()
        if isinstance(paths, list):
            self.knocked.emit([path for path in paths if isinstance(path, str)])


def socket_name(profile: Path) -> str:
    """Short enough for every system's limit, and the same for one folder however it is named."""
    kind = QCryptographicHash.Algorithm.Sha256
    name = QCryptographicHash.hash(str(profile.resolve()).encode(), kind).toHex().toStdString()
    return f"loam-{name[:20]}"
