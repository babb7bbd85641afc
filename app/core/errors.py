"""Every error that a person may see: what happened, what to do, and the details behind it.

`what` and `do` are English templates with {named} places, so that ui/ can translate them before
filling them in. An exception outside this tree is a defect of Loam and is shown as one.
"""

from __future__ import annotations


class LoamError(Exception):
    """Base of the tree. `params` fill the templates; `detail` is for the Details button."""

    what = "Something went wrong."
    do = "Try again. If it happens once more, the details help to report it."

    def __init__(self, detail: str = "", **params: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.params = {name: str(value) for name, value in params.items()}

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.detail, self.params))

    @property
    def what_text(self) -> str:
        """What happened, in English, filled in."""
        return self.what.format_map(_Blank(self.params))

    @property
    def do_text(self) -> str:
        """What to do, in English, filled in."""
        return self.do.format_map(_Blank(self.params))

    def __str__(self) -> str:
        return f"{self.what_text} {self.do_text}".strip()


class _Blank(dict[str, str]):
    """Leaves unknown places visible instead of failing while an error is being shown."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _rebuild(kind: type[LoamError], detail: str, params: dict[str, str]) -> LoamError:
    return kind(detail, **params)


class BadInput(LoamError):
    """What the person typed can't be used. On the terminal: exit code 2."""

    what = "{problem}"
    do = ""


class MissingFile(BadInput):
    what = "There is no file or folder {path}."
    do = "Check the name, or choose it again."


class Cancelled(LoamError):
    what = "Stopped."
    do = ""


class ChildDied(LoamError):
    """A child process ended while it was needed. name: 'the model', 'the document reader' ..."""

    what = "{name} stopped unexpectedly ({reason})."
    do = "It starts again by itself with your next step; nothing that was saved is lost."


class ChildStuck(ChildDied):
    what = "{name} did not answer and was ended."


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


class NoEmbedder(ModelError):
    what = "The model that reads documents is missing ({path})."
    do = "Run 'make run' once to fetch it."


class BadEmbedder(NoEmbedder):
    """A model that a person chose and that makes no vectors of documents here."""

    what = "{path} can't be used to search documents by meaning: {reason}."
    do = "Choose the folder of a sentence-transformers model, or an embedding model in GGUF."


class BadReranker(ModelError):
    """A model that a person chose and that can't order passages here."""

    what = "{path} can't be used to put passages in order: {reason}."
    do = "Choose the folder of a cross-encoder, or a reranking model in GGUF, or none."


class HubError(LoamError):
    """Something with the model hub. address: where it was looked for."""

    what = "The model hub {address} did not answer as it should ({reason})."
    do = "Try again later, or look at the hub's address in the settings."


class HubUnreachable(HubError):
    what = "The model hub {address} can't be reached ({reason})."
    do = "Check the network, and the hub's address and the proxy in the settings."


class HubBusy(HubError):
    what = "The model hub {address} asks to wait: there were too many requests."
    do = "Try again in some minutes. With an access token it allows more."


class HubDenied(HubError):
    what = "The model hub does not give {name} to everybody."
    do = "Accept its terms on its page at {address}, then give Loam an access token."


class HubMissing(HubError):
    what = "{name} is not on the model hub {address}."
    do = "Check the name. A private model needs an access token."


class DownloadRefused(HubError):
    what = "{name} was not downloaded ({reason})."
    do = "Choose another file."


class DownloadDamaged(HubError):
    what = "{name} did not arrive as the file that the hub promised."
    do = "It was thrown away. Download it again; if that fails too, choose another source."


class NoRoom(LoamError):
    what = "There is no room for {name}: {needed} are needed and {free} are free in {path}."
    do = "Free some space on that disk, or choose a smaller file."


class ServerError(ModelError):
    """Something with a server that answers in place of a model here. place: its address."""

    what = "The server {place} did not answer as it should ({reason})."
    do = "Try again, or look at its address on the Models page."


class ServerUnreachable(ServerError):
    what = "The server {place} can't be reached ({reason})."
    do = "See that it is running and that its address on the Models page is right."


class CertificateUntrusted(ServerUnreachable):
    """reason: what is wrong with it. There is no way to go on without trust."""

    what = "The certificate of {place} is not one that this machine trusts: {reason}."
    do = (
        "If the server is yours, give Loam its certificate or that of its issuer (a .pem file): "
        "'Certificate' in the connection on the Models page, or 'models connect --certificate'."
    )


class ServerDenied(ServerError):
    what = "The server {place} does not accept the key ({reason})."
    do = "Give it another key on the Models page, or with 'models connect --key-from-stdin'."


class ServerModelGone(ServerError):
    what = "The server {place} has no model {model}."
    do = "Choose another model, or test the connection on the Models page to see what it has."


class ServerBusy(ServerError):
    what = "The server {place} asks to wait {time}: it has too much to do."
    do = "Try again then."


class ServerCut(ServerError):
    what = "The answer of the server {place} broke off ({reason})."
    do = "What had come is kept. Continue it, or ask again."


class ServerForgotten(ServerError):
    what = "The server {place} is no longer among your models."
    do = "Choose another model, or connect to it again on the Models page."


class DocumentsStay(ServerError):
    what = "Passages of your documents would go to {place}, and you have not agreed to that."
    do = "Agree in the window, or connect again with --allow-documents; or choose a model here."


class IndexServerError(LoamError):
    """Something with a Chroma server that keeps the index by meaning. place: its address."""

    what = "The index server {place} did not answer as it should ({reason})."
    do = (
        "Searches look through all passages here meanwhile, which takes longer. The index there is "
        "brought up to date when it answers again."
    )


class IndexServerAway(IndexServerError):
    what = "The index server {place} can't be reached ({reason})."


class IndexServerDenied(IndexServerError):
    what = "The index server {place} does not accept the token ({reason})."
    do = (
        "Give it another one in Settings, Documents, or with 'documents index server'. Searches "
        "look through all passages here meanwhile."
    )


class IndexStays(IndexServerError):
    what = "The index would go to {place}, and you have not agreed to that."
    do = "Agree in Settings, Documents, or say --allow. It stays on this machine meanwhile."


class HelperMissing(ModelError):
    """Another machine that computes parts of a model. place: its address."""

    what = "The other machine {place} can't help ({reason})."
    do = "Start rpc-server of the same llama.cpp there, or switch it off in the settings."


class NoHelpers(ModelError):
    what = "This llama.cpp was built without the part that lets other machines help."
    do = "Run 'make rpc' in Loam's sources once, or switch other machines off in the settings."


class NoKeyring(LoamError):
    what = "This system offers no safe place for an access token ({reason})."
    do = "Unlock or set up its keyring. Loam writes no token into a file."


class BadDraft(ModelError):
    what = "{name} can't guess ahead for this model: {reason}."
    do = "Choose a smaller model of the same family in the model's loading options, or none."


class ContextFull(ModelError):
    what = "This text has {tokens} tokens; the model can keep {context} in mind."
    do = "Shorten it, start a new chat, or raise the context length in the chat's settings."


class ChatFull(ContextFull):
    what = "This chat has {tokens} tokens; the model can keep {context} in mind."
    do = (
        "Start a new chat, raise the context length in the chat's settings, or let the oldest "
        "messages be left out or summed up (Settings, Chats, 'When a chat is full')."
    )


class CannotSee(ModelError):
    what = "{name} can't see pictures."
    do = "Choose a model that sees (one with a vision add-on), or let the text in it be read."


class BadProjector(ModelError):
    """A vision add-on that can't be used with a model."""

    what = "{name} can't be used as the vision add-on of this model: {reason}."
    do = "Choose the add-on (a file named mmproj) that was published with this very model."


class BadPicture(LoamError):
    what = "{name} can't be used as a picture: {reason}."
    do = "Open it in its own program, save it as PNG or JPEG, and add that."


class BadTemplate(ModelError):
    what = "The chat template inside {path} could not be used ({reason})."
    do = "Use another model; a plain layout of the conversation is used meanwhile."


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


class DocumentError(LoamError):
    what = "{path} could not be read ({reason})."
    do = "Open it in its own program to see if it is damaged, save it again, and add it once more."


class PasswordNeeded(DocumentError):
    what = "{path} is protected by a password."
    do = "Read it again with its password, or save a copy without one and add that."


class WrongPassword(PasswordNeeded):
    what = "The password for {path} is not right."
    do = "Type it again, or save a copy without a password and add that."


class CannotUnlock(PasswordNeeded):
    """Of a format whose passwords Loam does not take."""

    do = "Save a copy without the password and add that."


class NoText(DocumentError):
    what = "{path} holds no text that can be read."
    do = "If there is text in its pictures, choose its language in Settings and read it again."


class EmptyFile(NoText):
    what = "{path} is empty: there is nothing in the file."
    do = "If it should hold something, find a copy that does and add that."


class NoWords(NoText):
    """Of a format whose pictures are not read."""

    what = "{path} holds no words that can be read."
    do = "If its words are in pictures, save it as PDF and add that: in PDF files they are read."


class Scanned(NoText):
    what = "{path} is made of pictures of text, which can't be read yet: {reason}."
    do = "{remedy}, then read it again."


class NoLook(DocumentError):
    """A document whose pages can't be shown as they look; its text can."""

    what = "The pages of {path} can't be shown ({reason})."
    do = "Its text can be read all the same."


class UnknownFormat(DocumentError):
    what = "Loam cannot read files like {path}."
    do = "Save it as PDF, DOCX, HTML or text and add that."


class TooBig(DocumentError):
    what = "{path} is too large to read ({reason})."
    do = "Split it into smaller files and add those."


class StoreError(LoamError):
    what = "Your data could not be saved ({reason})."
    do = "Free some space on the disk that holds {path}, then try again."

    @classmethod
    def of(cls, error: OSError, path: object) -> StoreError:
        """What the system said when `path`, or something in it, could not be written."""
        return cls(repr(error), reason=error.strerror or "the disk refused", path=path)


class StoreBroken(LoamError):
    what = "The file {path} is damaged."
    do = "It was kept aside as {kept}; the last good copy was opened instead."


class StoreTooNew(LoamError):
    what = "The data in {path} was written by a newer Loam."
    do = "Install the newer version, or start with another --profile folder."


class ProfileBusy(LoamError):
    what = "Another Loam is using {path}."
    do = "Close it, or start with another --profile folder."


class NotFound(LoamError):
    what = "{thing} is no longer there."
    do = "The list is brought up to date."


class SettingRejected(LoamError):
    what = "The setting {key} had a value that can't be used ({value})."
    do = "Its default, {default}, is used instead."
