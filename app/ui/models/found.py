"""What a repository on the hub offers, as a person chooses: whole models, the smallest first."""

from __future__ import annotations

import re

from app.core.hubnames import all_parts, local_name
from app.core.messages import HubListing
from app.core.types import HubFile
from app.engine.plan import Machine
from app.services.device_plan import fit_of_file
from app.services.hub_add_ons import add_on_of
from app.services.hub_shapes import HubShape
from app.services.model_words import size_word
from app.ui import words
from app.ui.models import facts
from app.ui.models.offer_rows import Offer

_TYPE = re.compile(
    r"[-_./](I?Q\d(?:_[0-9A-Z]+)*|TQ\d_\d|BF16|F16|FP16|F32|MXFP4)(?=[-_.])", re.IGNORECASE
)


def offers_of(
    listing: HubListing, machine: Machine | None, told: HubShape | None = None
) -> list[Offer]:
    """A split model is one offer; what only goes with a model (its eyes: mmproj) is none, and comes
    along. told: what a file's header said, which is worth more than its size."""
    known = {file.name: file for file in listing.files}
    offers = []
    for file in sorted(listing.files, key=lambda file: file.size_bytes):
        parts = all_parts(file.name)
        if parts[:1] != (file.name,) or not all(part in known for part in parts):
            continue
        if local_name(file.name).lower().startswith("mmproj"):
            continue
        eyes = add_on_of(listing, file.name)
        size = sum(known[part].size_bytes for part in parts) + (eyes[0].size_bytes if eyes else 0)
        whole = HubFile(file.name, size, file.sha256)
        fit = fit_of_file(whole, listing.repository, machine) if machine else None
        if told and machine:
            fit = told.fit(size, machine)
        about = words.size(size)
        if len(parts) > 1:
            about = facts.in_files(size, len(parts))
        if eyes:
            about = facts.with_add_on(about)
        made = Offer(listing.repository.id, file.name, type_of(file.name), about, about, fit)
        offers.append((size, made))
    return [offer for _size, offer in sorted(offers, key=lambda each: each[0])]


def type_of(name: str) -> str:
    """'Q4_K_M' of a file's name; '' where it names no type that is known."""
    found = _TYPE.findall("/" + local_name(name))
    return found[-1].upper() if found and size_word(found[-1]) else ""
