"""Where Loam keeps things. One profile folder holds a person's data; nothing is written elsewhere.

Order of choice for the profile: `--profile DIR`, the LOAM_PROFILE variable, platformdirs.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.core.errors import MissingFile


def program_root() -> Path:
    """The folder that holds app/, resources/ and models/ (inside a package: the bundle)."""
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else Path(__file__).resolve().parents[2]


def resources() -> Path:
    """Icons, fonts and the sample documents."""
    return program_root() / "resources"


def bundled_models() -> Path:
    """The weights that came with the program or the checkout."""
    return program_root() / "models"


def catalog() -> Path:
    """The list of models that can be downloaded."""
    return bundled_models() / "catalog.toml"


@dataclass(frozen=True, slots=True)
class Profile:
    """The folder of one person's data and the places in it."""

    root: Path

    @property
    def chats(self) -> Path:
        """SQLite file of chats."""
        return self.root / "chats.sqlite3"

    @property
    def drafts(self) -> Path:
        """What was typed in chats and not sent yet, one JSON file."""
        return self.root / "drafts.json"

    @property
    def library(self) -> Path:
        """Folder of the document index: SQLite and Chroma."""
        return self.root / "library"

    @property
    def adhoc(self) -> Path:
        """Indexes of `ask --docs` and `search --docs`, one folder each."""
        return self.root / "adhoc"

    @property
    def models(self) -> Path:
        """Models that the person added."""
        return self.root / "models"

    @property
    def runs(self) -> Path:
        """Training runs, one folder each."""
        return self.root / "runs"

    @property
    def projects(self) -> Path:
        """Fine-tune projects, one JSON file each."""
        return self.root / "projects"

    @property
    def adapters(self) -> Path:
        """Adapters that were trained here or added."""
        return self.root / "adapters"

    @property
    def training_cache(self) -> Path:
        """What training can make again: F32 copies of models."""
        return self.root / "training"

    @property
    def states(self) -> Path:
        """What the model has evaluated of chats; it can be made again."""
        return self.root / "states"

    @property
    def paces(self) -> Path:
        """How fast models are, as was measured; it can be made again."""
        return self.root / "paces.json"

    @property
    def hashes(self) -> Path:
        """SHA-256 of model files, as long as they stay as they are."""
        return self.root / "hashes.json"

    @property
    def replies(self) -> Path:
        """What models said of parts of documents, one SQLite file; it can be made again."""
        return self.root / "replies.sqlite3"

    @property
    def pictures(self) -> Path:
        """Pictures in chats, each called by its SHA-256."""
        return self.root / "pictures"

    @property
    def settings(self) -> Path:
        """Settings, one JSON file."""
        return self.root / "settings.json"

    @property
    def window(self) -> Path:
        """Sizes and places of the window, one JSON file; losing it costs nothing."""
        return self.root / "window.json"

    @property
    def logs(self) -> Path:
        """Log files; they hold no text of chats or documents."""
        return self.root / "logs"

    def create(self) -> Profile:
        """Make the folders, readable by their owner only. Errors: OSError."""
        for folder in (self.root, self.library, self.adhoc, self.models, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self


def profile(override: str | os.PathLike[str] | None = None) -> Profile:
    """The profile to use; nothing is created."""
    chosen = override or os.environ.get("LOAM_PROFILE")
    root = Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("loam", False))
    return Profile(root.resolve())


def existing(given: str | os.PathLike[str]) -> Path:
    """The absolute path of a file or folder that a person named; links are not followed, so that
    it is shown again as it was given. Errors: MissingFile."""
    path = Path(os.path.abspath(Path(given).expanduser()))  # noqa: PTH100 - resolve() follows links
    if not path.exists():
        raise MissingFile(path=given)
    return path


def existing_file(given: str | os.PathLike[str]) -> Path:
    """As `existing`, for a file only."""
    path = existing(given)
    if not path.is_file():
        raise MissingFile(path=given)
    return path
