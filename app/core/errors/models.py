"""Models that can't be loaded, or not be asked what they were asked."""

from __future__ import annotations

from app.core.errors.base import LoamError


class ModelError(LoamError):
    what = "The model {path} could not be loaded."
    do = "Choose another model, or get the file again."


class NotAModel(ModelError):
    what = "{path} is not a model that Loam can read ({reason})."
    do = "Loam reads GGUF files. Choose another file, or download this one again."


class OutOfMemory(ModelError):
    """Memory ran out while a model was loaded or while it wrote. context: tokens; gpu_layers: how
    many were on cards: with them the next smaller plan is found."""

    what = "There is not enough memory for {name} with {context} tokens of context."
    do = "Load it with less, choose a smaller model, or close other programs."

    def asked(self, usual: int) -> tuple[int, int]:
        """(context, layers on cards) that were tried; usual: a context where none is known."""
        found = [self.params.get(name, "") for name in ("context", "gpu_layers")]
        numbers = [each.replace(",", "") for each in found]
        context, layers = (int(each) if each.isdecimal() else 0 for each in numbers)
        return context or usual, layers


class NoModel(ModelError):
    what = "There is no chat model yet."
    do = "Add a GGUF model on the Models page, or run 'make run' once to fetch the default one."


class FetchFailed(ModelError):
    what = "The model {name} could not be fetched ({reason})."
    do = "Check the network connection and run 'make run' again."


class BadDraft(ModelError):
    what = "{name} can't guess ahead for this model: {reason}."
    do = "Choose a smaller model of the same family in the model's loading options, or none."


class BadTemplate(ModelError):
    what = "The chat template inside {path} could not be used ({reason})."
    do = "Use another model; a plain layout of the conversation is used meanwhile."


class ContextFull(ModelError):
    what = "This text has {tokens} tokens; the model can keep {context} in mind."
    do = "Shorten it, start a new chat, or raise the context length in the chat's settings."


class ChatFull(ContextFull):
    what = "This chat has {tokens} tokens; the model can keep {context} in mind."
    do = (
        "Start a new chat, raise the context length in the chat's settings, or let the oldest "
        "messages be left out or summed up (Settings, Chats, 'When a chat is full')."
    )


class HelperMissing(ModelError):
    """Another machine that computes parts of a model. place: its address."""

    what = "The other machine {place} can't help ({reason})."
    do = "Start rpc-server of the same llama.cpp there, or switch it off in the settings."


class NoHelpers(ModelError):
    what = "This llama.cpp was built without the part that lets other machines help."
    do = "Run 'make rpc' in Loam's sources once, or switch other machines off in the settings."
