"""Servers that answer in place of a model here."""

from __future__ import annotations

from app.core.errors.models import ModelError


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


class ServerWantsKey(ServerDenied):
    what = "The server {place} wants a key ({reason})."
    do = "Give it one on the Models page, or with 'models connect --key-from-stdin'."


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
