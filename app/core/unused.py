"""Why a device can't be used, or is not used: what is so, and what to do about it.

`there`: a device of that kind is in this machine, so that a person would expect it to be used.
"""

from __future__ import annotations

from app.core.errors import LoamError


class UnusedDevice(LoamError):
    """`label` is the kind of device ('CUDA'), `card` the card that it is about."""

    what = "{label} can't be used."
    do = ""
    there = False

    @property
    def reason(self) -> str:
        """A word for programs: 'NoDriver'."""
        return type(self).__name__


class NoCard(UnusedDevice):
    what = "There is no graphics card here that {label} could use."


class OtherSystem(UnusedDevice):
    what = "{label} is only on Apple computers."


class NoProcessor(UnusedDevice):
    what = "The part of Loam that uses the processor was not found in {folder}."
    do = "Install Loam again."
    there = True


class SoftwareOnly(UnusedDevice):
    what = "{label} finds no graphics card here, only a program that imitates one."
    do = "The processor itself is faster."


class UsedOtherwise(UnusedDevice):
    what = "{card} is used through {other}."


class CardThere(UnusedDevice):
    """There is a card; each kind says what is in the way."""

    there = True


class NoHelper(UnusedDevice):
    what = "The other machine {card} can't help: {reason}."
    do = "Start rpc-server of the same llama.cpp there, or switch it off in the settings."
    there = True


class NoHelperPlugin(UnusedDevice):
    what = "This llama.cpp was built without the part that lets {card} help."
    do = "Run 'make rpc' in Loam's sources once, or switch other machines off in the settings."
    there = True


class NoBuild(CardThere):
    what = "{card} is here, but this llama.cpp was built without {label}."
    do = "Build it in: make clean, then make run CMAKE_ARGS={flag}."


class NoPlugin(CardThere):
    what = "{card} is here, but the part of Loam that uses it is not installed ({file})."
    do = "Put the file that belongs to this version into {folder}, then start Loam again."


class BrokenPlugin(CardThere):
    what = "{card} is here, but the part of Loam that uses it could not be loaded ({reason})."
    do = "Install the library that is missing, or {file} of this version; then start Loam again."


class NoDriver(CardThere):
    what = "{card} is here, but its driver is not installed."
    do = "Install {driver}, start the machine again, and then Loam."


class OtherDriver(CardThere):
    what = "{card} is here, but with the driver {found}, which can't compute."
    do = "Install {driver}, start the machine again, and then Loam."


class OldDriver(CardThere):
    what = "{card} is here, but its driver {found} is too old: {needed} is needed."
    do = "Update the driver, start the machine again, and then Loam."


class SilentDriver(CardThere):
    what = "{card} and its driver {found} are here, but the driver does not answer."
    do = "Start the machine again. If it stays so, install the driver once more."


class NoLibrary(CardThere):
    what = "{card} is here, but the {label} library is not installed."
    do = "Install {package}, then start Loam again."


class NoRights(CardThere):
    what = "{card} is here, but you have no right to use it ({file})."
    do = "Add your user to the group {group}, then log out and in again."


class CardFull(CardThere):
    what = "{card} has {free} of memory free, too little for any part of this model."
    do = "Close what uses the card, or choose a smaller model or a shorter context."


class NotChosen(CardThere):
    what = "{card} is ready, but GPU layers is set to 0."
    do = "Set it to auto in the model's load settings or in Settings."
    there = False
