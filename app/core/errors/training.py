"""Fine-tuning, and the adapters that come of it."""

from __future__ import annotations

from app.core.errors.base import LoamError
from app.core.errors.common import MissingFile


class TrainingError(LoamError):
    what = "Training could not go on ({reason})."
    do = "What was saved is kept; resume from the last checkpoint."


class TrainingUnavailable(TrainingError):
    what = "Fine-tuning does not work with the llama.cpp installed here ({reason})."
    do = "Install the llama-cpp-python version that Loam names in pyproject.toml."


class NotTrainable(TrainingError):
    what = "{path} can't be fine-tuned here: {reason}."
    do = "Choose another model, or a shorter context."


class BadAdapter(TrainingError):
    what = "The adapter {path} can't be used with this model ({reason})."
    do = "Choose the model that the adapter was trained on, or another adapter."


class AdapterGone(MissingFile):
    """An adapter that a chat uses has no file any more."""

    what = "The adapter {name} is no longer at {path}."
    do = "Turn it off in the menu of models, or put its file back."


class BadRows(TrainingError):
    what = "There is nothing to learn from in the rows given ({reason})."
    do = "Look at the rows that were left out, or choose a longer context."


class CannotResume(TrainingError):
    what = "The run can't be resumed from {path} ({reason})."
    do = "Give the same model, rows and settings as before, or start a new run."


class Diverged(TrainingError):
    what = "Training came apart at update {step}: the {quantity} is not a number (rows: {rows})."
    do = "The last good checkpoint is kept. Look at these rows, or lower the learning rate."
