"""Other machines that compute parts of a model: llama.cpp's rpc-server.

They get parts of the model and of the text. llama.cpp's protocol has neither keys nor encryption.
"""

from __future__ import annotations

PORT = 50052
"""Where rpc-server listens unless it is told otherwise."""
_MOST = 16  # llama.cpp takes no more


def addresses(text: str) -> tuple[str, ...]:
    """'192.168.1.7:50052' for each machine that a person typed, with commas or spaces between
    them. What is no address stays as it is, so that whoever asks there can say so."""
    typed = text.replace(",", " ").split()
    found = [each if ":" in each else f"{each}:{PORT}" for each in typed]
    return tuple(dict.fromkeys(found))[:_MOST]


def is_address(card: str) -> bool:
    """Whether what has layers is another machine, by its name, and no card of this one."""
    host, _, port = card.partition(" ")[0].rpartition(":")
    return bool(host) and port.isdigit()


def is_here(address: str) -> bool:
    """Whether the other machine is this one."""
    from app.core import servernames

    return servernames.is_here(f"http://{address}")


def listens(address: str, seconds: float = 2.0) -> bool:
    """Whether something takes connections there."""
    import socket

    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), seconds):
            return True
    except (OSError, ValueError, OverflowError):
        return False
