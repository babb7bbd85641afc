"""What is known of this machine's graphics cards besides what llama.cpp says: which there are,
their drivers, and which parts of Loam could use them.

Only looks, in files and loaded libraries; starts no program. `backends/` judges what is found here,
so that every judgement can be tested with other facts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from app.engine import native

NVIDIA, AMD, INTEL = 0x10DE, 0x1002, 0x8086
_MAKERS = {NVIDIA: "An NVIDIA", AMD: "An AMD", INTEL: "An Intel"}
_DISPLAY = "0x03"  # a PCI class begins so for all that draws or computes for drawing
_CUDART = re.compile(rb"libcudart\.so\.(\d+)")
_NAMES_WITHIN = 8 << 20  # bytes of a plug-in in which the names of its libraries stand
_ICD_FOLDERS = ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d")


@dataclass(frozen=True, slots=True)
class PciCard:
    """A graphics card as the system lists it. driver: of the kernel, empty for none."""

    maker: int
    name: str
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """registries: backends that llama.cpp has; takes_plugins: whether more can be put beside it, in
    `folder`, where `plugins` are; plugin_errors: (file, why it could not be loaded); plugin_cuda:
    major version of CUDA that its plug-in was built for. nvidia_driver: version or empty; cuda:
    version that the driver offers, 12040 for 12.4, 0 without its library; cuda_error: what it said
    when it was asked for cards. vulkan_drivers: names of files that describe them; nodes: (file,
    group) of cards' device files that may not be opened. log: llama.cpp's lines on its plug-ins."""

    system: str = "Linux"
    registries: tuple[str, ...] = ()
    cards: tuple[PciCard, ...] = ()
    takes_plugins: bool = False
    folder: str = ""
    plugins: tuple[str, ...] = ()
    plugin_errors: tuple[tuple[str, str], ...] = ()
    plugin_cuda: int = 0
    nvidia_driver: str = ""
    cuda: int = 0
    cuda_error: str = ""
    vulkan_library: bool = False
    vulkan_drivers: tuple[str, ...] = ()
    nodes: tuple[tuple[str, str], ...] = ()
    log: tuple[str, ...] = ()

    def card(self, *makers: int) -> PciCard | None:
        """The first card of one of these makers."""
        return next((card for card in self.cards if card.maker in makers), None)


def look() -> Facts:
    """The facts of this machine. Takes some milliseconds, longer where a driver is slow to wake."""
    folder = native.plugin_folder()
    registries = native.registries()
    plugins = sorted(
        file.name for suffix in ("so", "dll") for file in folder.glob(f"*ggml-*.{suffix}")
    )
    cuda, error = _cuda()
    return Facts(
        system=platform.system(),
        registries=registries,
        cards=_cards(),
        takes_plugins=native.takes_plugins(),
        folder=str(folder),
        plugins=tuple(plugins),
        plugin_errors=tuple(_errors(folder, plugins, registries)),
        plugin_cuda=_built_for(folder / "libggml-cuda.so"),
        nvidia_driver=_nvidia_driver(),
        cuda=cuda,
        cuda_error=error,
        vulkan_library=_loads("libvulkan.so.1", "vulkan-1.dll"),
        vulkan_drivers=_vulkan_drivers(),
        nodes=tuple(_closed_nodes()),
        log=native.starting_log(),
    )


def _cards() -> tuple[PciCard, ...]:
    found = []
    for place in sorted(Path("/sys/bus/pci/devices").glob("*")):
        maker = _hex(place / "vendor")
        # Screens of virtual machines and of servers compute nothing.
        if maker in _MAKERS and _word(place / "class").startswith(_DISPLAY):
            driver = place / "driver"
            name = _model_of(place.name) or f"{_MAKERS[maker]} graphics card"
            found.append(PciCard(maker, name, driver.resolve().name if driver.exists() else ""))
    return tuple(found)


def _model_of(address: str) -> str:
    """What NVIDIA's driver calls a card."""
    text = _word(Path("/proc/driver/nvidia/gpus") / address / "information")
    found = re.search(r"Model:\s*(.+)", text)
    return found[1].strip() if found else ""


def _nvidia_driver() -> str:
    found = re.search(r"Module\s+([\d.]+)", _word(Path("/proc/driver/nvidia/version")))
    return found[1] if found else ""


def _cuda() -> tuple[int, str]:
    """(version that the driver offers, what it answers when asked to begin)."""
    library = _library("libcuda.so.1", "nvcuda.dll")
    if library is None:
        return 0, ""
    version, code = ctypes.c_int(0), 0
    with contextlib.suppress(AttributeError, OSError):
        library.cuDriverGetVersion(ctypes.byref(version))
        code = int(library.cuInit(0))
        if code:
            said = ctypes.c_char_p()
            library.cuGetErrorString(code, ctypes.byref(said))
            return version.value, (said.value or b"").decode("utf-8", "replace") or str(code)
    return version.value, ""


def _errors(folder: Path, plugins: list[str], registries: tuple[str, ...]) -> list[tuple[str, str]]:
    """Plug-ins that are there and were not taken, and why; llama.cpp keeps it to itself."""
    found = []
    for name in plugins:
        kind = name.removeprefix("lib").removeprefix("ggml-").partition(".")[0].lower()
        if kind in ("base", "cpu") or kind.startswith("cpu-"):
            continue
        if kind in [each.lower() for each in registries]:
            continue
        try:
            ctypes.CDLL(str(folder / name))
        except OSError as error:
            found.append((name, str(error)))
        else:
            found.append((name, "it belongs to another version"))
    return found


def _built_for(plugin: Path) -> int:
    """Major version of CUDA that a plug-in needs; 0 where its libraries don't tell."""
    with contextlib.suppress(OSError), plugin.open("rb") as file:
        found = _CUDART.search(file.read(_NAMES_WITHIN))
        return int(found[1]) if found else 0
    return 0


def _vulkan_drivers() -> tuple[str, ...]:
    named = os.environ.get("VK_DRIVER_FILES") or os.environ.get("VK_ICD_FILENAMES")
    if named:
        files = [Path(each) for each in named.split(os.pathsep) if each]
    else:
        files = [file for each in _ICD_FOLDERS for file in sorted(Path(each).glob("*.json"))]
    return tuple(file.stem.partition(".")[0] for file in files)


def _closed_nodes() -> list[tuple[str, str]]:
    found = []
    for node in sorted(Path("/dev/dri").glob("renderD*")):
        if not os.access(node, os.R_OK | os.W_OK):
            group = "render"
            with contextlib.suppress(OSError, KeyError, NotImplementedError):
                group = node.group()
            found.append((str(node), group))
    return found


def _loads(linux: str, windows: str) -> bool:
    return _library(linux, windows) is not None


def _library(linux: str, windows: str) -> ctypes.CDLL | None:
    if platform.system() == "Darwin":
        return None
    with contextlib.suppress(OSError):
        return ctypes.CDLL(windows if platform.system() == "Windows" else linux)
    return None


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _hex(file: Path) -> int:
    try:
        return int(_word(file), 16)
    except ValueError:
        return 0
