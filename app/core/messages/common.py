"""What any child may say while it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.errors import LoamError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: done of total, in `unit`; what names it for a person. share:
    how much of the effort that is, 0 to 1, where the units differ in it; else negative."""

    what: str
    done: float
    total: float
    unit: str = ""
    share: float = -1.0

    @property
    def fraction(self) -> float:
        """How much of the effort is done, 0 to 1; 0 while the total is unknown."""
        if self.share >= 0:
            return min(1.0, self.share)
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went on in a lesser way; the error says what and what to do."""

    error: LoamError
