"""The model hub, and what comes from it."""

from __future__ import annotations

from app.core.errors.base import LoamError


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


class HubTokenRefused(HubDenied):
    what = "The model hub {address} does not take the access token."
    do = "It may have run out or been withdrawn. Make a new one there, or let Loam forget this one."


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


class NoKeyring(LoamError):
    what = "This system offers no safe place for an access token ({reason})."
    do = "Unlock or set up its keyring. Loam writes no token into a file."
