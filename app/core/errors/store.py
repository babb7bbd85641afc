"""Files of Loam's own: the person's data and its folder."""

from __future__ import annotations

from app.core.errors.base import LoamError


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
