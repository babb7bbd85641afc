"""The end of a run: the adapter's file, with its card, and beside it the values that it has not.

Where the held-out rows were predicted best before the last update, best.gguf and last.gguf stay in
the run's folder, so that the adapter can be given the others later.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core.messages import Trained
from app.core.types import BEST, LAST, TrainingSpec
from app.training import adapter_file
from app.training.best import Best
from app.training.optimizer import AdamW, Floats
from app.training.session import Session

if TYPE_CHECKING:
    from app.training.run import Material

_CURVE_POINTS = 2000  # in the card; longer curves are thinned out
_COLUMNS = ["step", "loss", "gradient_norm", "learning_rate", "tokens", "seconds"]


def write(
    spec: TrainingSpec,
    material: Material,
    curve: dict[str, Any],
    session: Session,
    adam: AdamW,
    best: Best | None,
) -> Trained:
    """Write what the run has made; best: None when nothing was measured after its first update.
    Errors: StoreError."""

    def put(path: Path, values: Floats, kept: str, step: int) -> str:
        card = _card(spec, material, curve, kept, step)
        about = adapter_file.Description(
            name=Path(spec.adapter).stem,
            architecture=material.info.architecture,
            rank=material.hyper.rank,
            alpha=material.hyper.alpha,
            targets=material.hyper.targets,
            base_sha256=material.base_sha256,
            card=card,
        )
        parts = dict(zip(session.names, session.parts(values), strict=True))
        adapter_file.write(path, parts, about)
        return card

    states = {LAST: (adam.values, adam.step)}
    if best is not None:
        states[BEST] = (best.values, best.step)
        if best.step != adam.step:
            for name, (values, step) in states.items():
                put(Path(spec.folder) / f"{name}.gguf", values, name, step)
    kept = BEST if spec.keep == BEST and best is not None else LAST
    values, step = states[kept]
    card = put(Path(spec.adapter), values, kept, step)
    best_step, best_loss = (best.step, best.loss) if best is not None else (0, None)
    return Trained(spec.adapter, card, kept, best_step, best_loss)


def _card(
    spec: TrainingSpec, material: Material, curve: dict[str, Any], kept: str, step: int
) -> str:
    """What the adapter says of itself, as JSON. kept: which values it has, after `step`."""
    points = curve["steps"]
    every = max(1, -(-len(points) // _CURVE_POINTS))
    try:
        notes = json.loads(spec.notes) if spec.notes else {}
    except ValueError:
        notes = {"text": spec.notes}
    card = {
        "version": 1,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "base": {
            "name": material.info.name,
            "file": Path(material.info.path).name,
            "sha256": material.base_sha256,
            "quantization": material.info.quantization,
            "trained_in_f32": material.full_precision,
        },
        "data": {
            "sha256": material.identity["rows"],
            "rows": len(material.examples),
            "tokens": sum(len(example.tokens) for example in material.examples),
            "learnt": sum(example.kept for example in material.examples),
            "validation_rows": len(material.validation),
            "left_out": len(material.left_out),
        },
        "settings": {**dataclasses.asdict(material.hyper), "context": material.context},
        "curve": {
            "columns": _COLUMNS,
            "steps": [*points[:-1:every], *points[-1:]],
            "validation": curve["validation"],
            "seconds": round(curve["seconds"], 3),
        },
        "kept": {"which": kept, "step": step},
        "notes": notes,
    }
    return json.dumps(card, ensure_ascii=False)
