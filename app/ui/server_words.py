"""Models on servers in the person's words: their names, and where text goes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core import helpers, servernames


def _tr(text: str) -> str:
    return QCoreApplication.translate("servers", text)


def model_name(path: str) -> str:
    """The name of a model on a server; some servers call it by a file."""
    return short_name(servernames.split(path)[1])


def short_name(name: str) -> str:
    """What a server calls a model, less the folders of a file."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return (last if name.startswith(("/", "\\")) or ".gguf" in name else name) or name


def where(path_or_address: str) -> str:
    """'Text goes to 192.168.1.5:8080', or 'This machine, port 8080'."""
    address = servernames.split(path_or_address)[0]
    if servernames.is_here(address):
        return _tr("This machine, port {port}").replace("{port}", str(servernames.port(address)))
    return _tr("Text goes to {place}").replace("{place}", servernames.place(address))


def in_menu(path: str) -> str:
    """A model on a server among others: its name, and where text goes."""
    return f"{model_name(path)} ({where(path)})"


def went(path: str) -> str:
    """Of an answer that was kept: which model wrote it, and where its question went."""
    address = servernames.split(path)[0]
    if servernames.is_here(address):
        text = _tr("{model} on this machine, port {port}")
        text = text.replace("{port}", str(servernames.port(address)))
    else:
        text = _tr("{model}. Text went to {place}")
        text = text.replace("{place}", servernames.place(address))
    return text.replace("{model}", model_name(path))


def explained(path_or_address: str) -> str:
    """What `where` means, for a tooltip."""
    address = servernames.split(path_or_address)[0]
    if servernames.is_here(address):
        return _tr("The model runs in another program on this machine. No text leaves it.")
    text = _tr(
        "The model runs on another machine: what you write, the chat so far, and passages of "
        "documents once you agree, are sent there. The documents themselves and their index stay "
        "here."
    )
    return f"{text} {open_line(address)}".strip()


def open_line(address: str) -> str:
    """A warning for an address that is not encrypted, else nothing."""
    if not servernames.is_open(address):
        return ""
    return _tr("Not encrypted: others on the network can read it.")


def picture(path: str) -> str:
    """The icon of a model on a server."""
    return "cpu" if servernames.is_here(servernames.split(path)[0]) else "globe"


def helped(addresses: tuple[str, ...]) -> str:
    """Which other machines compute parts of a model, and what goes there."""
    if all(map(helpers.is_here, addresses)):
        text = _tr("Helped by rpc-server on this machine, {places}")
        return text.replace("{places}", ", ".join(addresses))
    text = _tr("Parts of the model and of text go to {places}. {warning}")
    text = text.replace("{places}", ", ".join(addresses))
    return text.replace("{warning}", _tr("Not encrypted: others on the network can read it."))


def helped_explained() -> str:
    """What `helped` means, for a tooltip."""
    return _tr(
        "Other machines compute parts of the model through llama.cpp's rpc-server. They are "
        "switched on and off in the settings: Let other machines help."
    )
