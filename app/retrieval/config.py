"""What the retrieval child and the parser child are told when they start. Plain, picklable data.

Limits: a folder belongs to one process at a time; a second one gets ProfileBusy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.core.types import IndexServer

WORKER = "app.retrieval.worker:Worker"
PARSER = "app.retrieval.parser:Worker"


@dataclass(frozen=True, slots=True)
class ParserConfig:
    """memory_bytes caps the parser's address space (0: no cap; only where the system can).
    scratch: an own folder for temporary files; None: the system's."""

    memory_bytes: int = 2 << 30
    scratch: Path | None = None


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """folder: where the library lives; embedder: folder of the embedding model's files; logs:
    folder for log files; parse_seconds: longest time that one document may take to be read, or
    one page of it where pictures are read; server: where the index by meaning lives, None: in the
    folder."""

    folder: Path
    embedder: Path
    logs: Path
    parse_seconds: float = 120.0
    parser: ParserConfig = ParserConfig()
    server: IndexServer | None = None
