"""Where the index by meaning may live instead of on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IndexServer:
    """A Chroma server: its address ('http://192.168.1.5:8000'), a token where it asks for one, and
    which tenant and database of it; empty: its own defaults."""

    address: str
    token: str = field(default="", repr=False)
    tenant: str = ""
    database: str = ""
