"""What is kept of a download while it is unfinished: what was promised when it began."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from app.core.hubnames import all_parts, is_file_name, is_repository, is_sha256, local_name
from app.core.types import HubFile
from app.services.hub_add_ons import eyes_name

_log = logging.getLogger(__name__)
RECORD = ".json"
"""The ending of its file."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was promised when the download began: files in order, each whole or not at all. eyes:
    what the last of them, the model's vision add-on, is called here; '' where there is none."""

    repository: str
    name: str
    files: tuple[HubFile, ...]
    eyes: str = ""

    @property
    def model(self) -> tuple[HubFile, ...]:
        """The files of the model itself."""
        return self.files[:-1] if self.eyes else self.files

    def local(self, file: HubFile) -> str:
        """What a file is called here."""
        return self.eyes if self.eyes and file == self.files[-1] else local_name(file.name)


def read(file: Path) -> Record | None:
    """A record, checked like anything from outside: it decides which files are deleted."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        files = tuple(HubFile(f["name"], f["size_bytes"], f["sha256"]) for f in raw["files"])
        record = Record(raw["repository"], raw["name"], files, raw.get("eyes", ""))
        good = (
            is_repository(record.repository)
            and tuple(f.name for f in record.model) == all_parts(record.name)
            and (record.eyes == "" or record.eyes == eyes_name(record.name, files[-1].name))
            and all(is_file_name(f.name) and is_sha256(f.sha256) for f in files)
            and all(type(f.size_bytes) is int and f.size_bytes > 0 for f in files)
            and record_id(record.name) + RECORD == file.name
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _log.warning("The record of a download could not be read: %r", error)
        return None
    return record if good else None


def record_id(name: str) -> str:
    """What a download is called: its first file's name."""
    return local_name(all_parts(name)[0])
