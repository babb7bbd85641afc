"""Step 1, Model: which model learns, and whether it can."""

from __future__ import annotations

from app.ui.context import Context
from app.ui.finetune.step import Step


class ModelStep(Step):
    """Being built."""

    key = "model"
    title = "Model"
    order = 10

    def __init__(self, context: Context) -> None:
        super().__init__(context)


STEP = ModelStep
