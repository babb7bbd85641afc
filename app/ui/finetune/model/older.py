"""Whether a project's adapter belongs to the model that it has now."""

from __future__ import annotations

import json
from pathlib import Path

from app.core.errors import LoamError
from app.engine import adapter_header
from app.services.finetune_projects import TuneProject
from app.services.finetune_runs import TuneRun


def other_base(project: TuneProject, run: TuneRun | None) -> str:
    """The name of the model that the adapter was trained on when it is another one; else empty."""
    if not project.adapter or not project.model:
        return ""
    if run is not None and run.adapter == project.adapter:
        return "" if run.model == project.model else Path(run.model).stem
    name = _base_of(project.adapter)
    return "" if not name or name == Path(project.model).name else Path(name).stem


def _base_of(adapter: str) -> str:
    """The file name of the model that an adapter was trained on, as its card has it."""
    try:
        card = json.loads(adapter_header.inspect(adapter).card or "{}")
        return str(card["base"]["file"])
    except (LoamError, ValueError, KeyError, TypeError):
        return ""
