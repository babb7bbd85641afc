"""Packages that give their names from submodules, each loaded when one of its names is asked for.

Making a frozen dataclass costs a third of a millisecond: a window that starts makes only those
that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names(package: str, table: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for `package`. table: the submodule of each group of names, and the names
    with spaces between them. Errors: AttributeError for any other name."""
    where = {name: module for module, group in table.items() for name in group.split()}

    def find(name: str) -> Any:
        try:
            module = where[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        return getattr(import_module(f"{package}.{module}"), name)

    return find
