"""Training runs on disk: one folder each, which holds all that is needed to go on with it.

    run.json  rows.json  validation.json  left-out.json  log.jsonl  checkpoint-*.npz  start.gguf

A folder without run.json is no run: it is written last, and replaced whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from app.core.errors import NotFound, StoreError
from app.core.files import write_atomically
from app.core.lock import FileLock
from app.core.types import BEST, LAST, HyperParameters, LeftOut, TrainingRow
from app.services.store import codec


class RunState(StrEnum):
    """Where a run stands. INTERRUPTED: its process ended in the middle; it can go on."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TuneRun:
    """A run. adapter: where the finished GGUF goes; data: what is learnt from, for a person; log:
    a file beside the run's own that gets the same lines; step of steps (0: not known yet);
    untuned_loss: validation loss before the first update; detail: why it failed, error: the kind
    of that, as core/errors names it; closed: Loam was closed while it was trained; notes: JSON
    for the adapter's card; changed_rate: the learning rate is not the one that it began with;
    context, tokens: at once, and in one epoch, 0 until known; precision: which weights are trained
    on, and why; keep: which values the adapter is to get, kept: which it has, 'last' or 'best';
    best_step, best_loss: after which update the held-out rows were predicted best, 0 and None until
    the run is done; queued: since when it waits for its turn, 0 when it does not. Times are
    seconds since the epoch."""

    id: str
    folder: str
    model: str
    adapter: str
    created: float
    hyper: HyperParameters = field(default_factory=HyperParameters)
    data: str = ""
    rows: int = 0
    validation_rows: int = 0
    initial_adapter: str = ""
    log: str = ""
    checkpoint_every: int = 5
    validate_every: int = 0
    threads: int = 0
    notes: str = ""
    state: RunState = RunState.WAITING
    step: int = 0
    steps: int = 0
    untuned_loss: float | None = None
    detail: str = ""
    error: str = ""
    closed: bool = False
    changed_rate: bool = False
    context: int = 0
    tokens: int = 0
    precision: str = ""
    keep: str = LAST
    kept: str = ""
    best_step: int = 0
    best_loss: float | None = None
    queued: float = 0.0

    @property
    def own_log(self) -> Path:
        """The log in the run's folder."""
        return Path(self.folder) / "log.jsonl"

    def values_file(self, which: str) -> Path:
        """Where a finished run has its 'last' or 'best' values, when they are not the same."""
        return Path(self.folder) / f"{which}.gguf"

    @property
    def has_choice(self) -> bool:
        """Whether its adapter can have the best values or the last ones."""
        done = self.state is RunState.DONE
        return done and all(self.values_file(which).is_file() for which in (BEST, LAST))

    @property
    def last_checkpoint(self) -> str:
        """The latest checkpoint's path, empty when there is none."""
        names = sorted(str(path) for path in Path(self.folder).glob("checkpoint-*.npz"))
        return names[-1] if names else ""

    @property
    def kept_step(self) -> int:
        """How many updates the latest checkpoint holds; 0 when there is none."""
        digits = re.sub(r"\D", "", Path(self.last_checkpoint).stem)
        return int(digits) if digits else 0


class RunStore:
    """The runs in one folder. Errors of what writes: StoreError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(
        self,
        run: TuneRun,
        rows: Sequence[TrainingRow],
        validation: Sequence[TrainingRow],
    ) -> TuneRun:
        """Keep a new run; it gets its id and folder."""
        now = datetime.datetime.now()
        run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        folder = self._folder / run_id
        run = dataclasses.replace(
            run,
            id=run_id,
            folder=str(folder),
            created=now.timestamp(),
            rows=len(rows),
            validation_rows=len(validation),
        )
        self._write(folder / "rows.json", codec.dump(rows))
        self._write(folder / "validation.json", codec.dump(validation))
        self.save(run)
        return run

    def save(self, run: TuneRun) -> None:
        """Replace what is kept of a run."""
        self._write(Path(run.folder) / "run.json", codec.dump(run))

    def all(self) -> list[TuneRun]:
        """All runs, the newest first; a folder that can't be read is passed over."""
        found = []
        for file in self._folder.glob("*/run.json"):
            with contextlib.suppress(NotFound):
                found.append(self._read(file))
        return sorted(found, key=lambda run: (run.created, run.id), reverse=True)

    def get(self, name: str) -> TuneRun:
        """A run by its id, its folder, or the adapter that it writes. Errors: NotFound."""
        for file in (self._folder / name / "run.json", Path(name) / "run.json"):
            if file.is_file():
                return self._read(file)
        adapter = Path(name).expanduser().absolute()
        for run in self.all():
            if Path(run.adapter) == adapter:
                return run
        raise NotFound(thing=f"The training run {name}")

    def rows(self, run: TuneRun) -> tuple[tuple[TrainingRow, ...], tuple[TrainingRow, ...]]:
        """(rows, validation rows). Errors: NotFound when they are lost."""
        try:
            texts = [
                (Path(run.folder) / name).read_text(encoding="utf-8")
                for name in ("rows.json", "validation.json")
            ]
            rows, validation = (codec.load_all(TrainingRow, text) for text in texts)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NotFound(repr(error), thing=f"The data of the training run {run.id}") from None
        return rows, validation

    def keep_left_out(self, run: TuneRun, rows: Sequence[LeftOut]) -> None:
        """Keep which rows could not be used."""
        self._write(Path(run.folder) / "left-out.json", codec.dump(rows))

    def left_out(self, run: TuneRun) -> tuple[LeftOut, ...]:
        """Rows that could not be used; none while that is not known."""
        try:
            text = (Path(run.folder) / "left-out.json").read_text(encoding="utf-8")
            return codec.load_all(LeftOut, text)
        except (OSError, ValueError, TypeError, KeyError):
            return ()

    def lock(self, run: TuneRun) -> FileLock:
        """Held by the process that trains."""
        return FileLock(Path(run.folder) / "lock")

    def delete(self, run: TuneRun) -> None:
        """Remove a run and its checkpoints; the adapter it wrote stays."""
        # Without run.json it is no run any more, even if the rest can't be removed.
        (Path(run.folder) / "run.json").unlink(missing_ok=True)
        shutil.rmtree(run.folder, ignore_errors=True)

    def _read(self, file: Path) -> TuneRun:
        try:
            run = codec.load(TuneRun, file.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NotFound(repr(error), thing=f"The training run {file.parent.name}") from None
        # The folder may have been moved with the profile.
        run = dataclasses.replace(run, folder=str(file.parent.absolute()))
        if run.state is RunState.RUNNING:
            lock = self.lock(run)
            if lock.acquire():
                lock.release()
                run = dataclasses.replace(run, state=RunState.INTERRUPTED)
        return run

    @staticmethod
    def _write(path: Path, text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, text.encode())
        except OSError as error:
            raise StoreError.of(error, path.parent) from error
