"""Other machines that compute parts of a model, through llama.cpp's RPC backend.

llama.cpp ends the process when a server is missing or speaks another version, so each is asked in
Python first: who it is, which devices it has and how much memory they have. Its devices are never
registered for all: a model gets those that its spec names, and no others.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.core.errors import HelperMissing, NoHelpers
from app.core.types import Buffer
from app.engine import native
from app.engine.native import lib

PLUGIN = "libggml-rpc.so"
_VERSION = 7  # RPC_PROTO_MAJOR_VERSION of the llama.cpp that Loam is built with
_MINOR = 0
_CAPS = 24
_HELLO, _COUNT, _MEMORY = 14, 15, 11
_SECONDS = 3.0
_MOST_DEVICES = 16
_registers: dict[str, tuple[int, ...]] = {}


@dataclass(frozen=True, slots=True)
class Helper:
    """A device of another machine. address: 'host:port'; number: which of its devices; memory in
    bytes."""

    address: str
    number: int
    memory_free: int
    memory_total: int


_told: dict[str, tuple[Helper, ...]] = {}  # by machines when they were last asked
_held: dict[str, tuple[Helper, ...]] = {}  # those that a model works on


def look(address: str) -> tuple[Helper, ...]:
    """What a machine offers now. Errors: HelperMissing."""
    host, _, port = address.rpartition(":")
    busy = _held.get(address)
    try:
        with socket.create_connection((host, int(port)), _SECONDS) as line:
            if busy is not None:
                return busy
            line.settimeout(_SECONDS)
            hello = _ask(line, _HELLO, bytes(_CAPS), 4 + _CAPS)
            if hello[0] != _VERSION or hello[1] > _MINOR:
                reason = f"its llama.cpp is of another version, {hello[0]}.{hello[1]}"
                raise HelperMissing(place=address, reason=reason)
            (count,) = struct.unpack("<I", _ask(line, _COUNT, b"", 4))
            found = []
            for number in range(min(count, _MOST_DEVICES)):
                told = _ask(line, _MEMORY, struct.pack("<I", number), 16)
                free, total = struct.unpack("<QQ", told)
                found.append(Helper(address, number, min(free, total), total))
    except TimeoutError:
        reason = "it does not answer, or works for another program"
        raise HelperMissing(place=address, reason=reason) from None
    except ConnectionRefusedError:
        raise HelperMissing(place=address, reason="nothing listens there") from None
    except (ConnectionError, EOFError) as error:
        raise HelperMissing(repr(error), place=address, reason="it is no rpc-server") from None
    except (OSError, ValueError, OverflowError) as error:
        raise HelperMissing(repr(error), place=address, reason="there is no way to it") from None
    if not found:
        raise HelperMissing(place=address, reason="it offers no device")
    _told[address] = tuple(found)
    return _told[address]


def hold(addresses: Sequence[str], buffers: Sequence[Buffer]) -> None:
    """A model that was loaded works on these machines. An rpc-server answers one program at a time
    and on one line, which is llama.cpp's now: what it said before, less what the model took, is
    what is known of it until `let_go`."""
    let_go()
    for address in addresses:
        if address in _told:
            _held[address] = tuple(_less(_told[address], address, buffers))


def _less(told: Sequence[Helper], address: str, buffers: Sequence[Buffer]) -> Iterator[Helper]:
    """A machine's devices without the memory that the buffers take there."""
    there = {each.device for each in buffers if each.device.endswith(f"[{address}]")}
    # llama.cpp counts the devices of all machines: RPC0[...], RPC1[...].
    names = sorted(there, key=lambda name: (len(name), name))
    for number, helper in enumerate(told):
        name = names[number] if number < len(names) else ""
        taken = sum(each.size_bytes for each in buffers if each.device == name)
        yield replace(helper, memory_free=max(0, helper.memory_free - taken))


def let_go() -> None:
    """No model works on other machines any more."""
    _held.clear()


def look_at_all(addresses: Sequence[str]) -> tuple[Helper, ...]:
    """All devices of all machines, in order. Errors: HelperMissing."""
    return tuple(helper for address in addresses for helper in look(address))


def devices(addresses: Sequence[str]) -> Any:
    """What llama.cpp's parameters of a model name as its devices: those of other machines, then
    the cards here. Keep it until the model is loaded. Errors: HelperMissing, NoHelpers."""
    register = _register()
    pointers: list[int] = []
    for address in addresses:
        look(address)
        if address not in _registers:
            _registers[address] = _added(register, address)
        pointers += _registers[address]
    ggml = lib._lib
    ggml.ggml_backend_dev_by_name.restype = ctypes.c_void_p
    for card in native.usable(native.devices()):
        pointers.append(ggml.ggml_backend_dev_by_name(ctypes.c_char_p(card.name.encode())))
    return (ctypes.c_void_p * (len(pointers) + 1))(*pointers, None)


def is_built() -> bool:
    """Whether this llama.cpp can use other machines."""
    with contextlib.suppress(NoHelpers):
        return bool(_register())
    return False


def _added(register: int, address: str) -> tuple[int, ...]:
    """Pointers to the devices of a machine that answers."""
    ggml = lib._lib
    find = ggml.ggml_backend_reg_get_proc_address
    find.restype = ctypes.c_void_p
    add = find(ctypes.c_void_p(register), b"ggml_backend_rpc_add_server")
    if not add:
        raise NoHelpers("no ggml_backend_rpc_add_server")
    made = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p)(add)(address.encode())
    if not made:
        raise HelperMissing(place=address, reason="it offers no device")
    ggml.ggml_backend_reg_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_reg_dev_get.restype = ctypes.c_void_p
    count = ggml.ggml_backend_reg_dev_count(ctypes.c_void_p(made))
    return tuple(
        ggml.ggml_backend_reg_dev_get(ctypes.c_void_p(made), ctypes.c_size_t(number))
        for number in range(count)
    )


def _register() -> int:
    """llama.cpp's RPC backend, built in or beside it as a plug-in. Errors: NoHelpers."""
    ggml = lib._lib
    for name in ("reg_by_name", "load"):
        getattr(ggml, f"ggml_backend_{name}").restype = ctypes.c_void_p
    found = ggml.ggml_backend_reg_by_name(b"RPC")
    named = os.environ.get("LOAM_GGML_RPC", "")
    for file in (Path(named) if named else None, native.plugin_folder() / PLUGIN):
        if not found and file is not None and file.is_file():
            found = ggml.ggml_backend_load(os.fsencode(file))
    if not found:
        raise NoHelpers(folder=native.plugin_folder(), file=PLUGIN)
    return int(found)


def _ask(line: socket.socket, command: int, sent: bytes, size: int) -> bytes:
    """One call of llama.cpp's protocol. Errors: OSError, EOFError when the answer is none."""
    line.sendall(struct.pack("<BQ", command, len(sent)) + sent)
    (told,) = struct.unpack("<Q", _read(line, 8))
    if told != size:
        raise EOFError(f"an answer of {told} bytes instead of {size}")
    return _read(line, size)


def _read(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        block = line.recv(size - len(found))
        if not block:
            raise EOFError("the connection ended")
        found += block
    return found
