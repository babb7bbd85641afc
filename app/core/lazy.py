"""What is loaded or made when it is first asked for, so that the window starts with what it shows.

Making a frozen dataclass costs a third of a millisecond, and importing a service up to 60.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
_making = threading.RLock()


def names(package: str, table: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for `package`. table: the submodule of each group of names, and the names
    with spaces between them. Errors: AttributeError for any other name."""
    where = {name: module for module, group in table.items() for name in group.split()}

    def find(name: str) -> Any:
        try:
            module = where[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        value = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)  # found without this the next time
        return value

    return find


def load_all(package: ModuleType) -> None:
    """Load every module of a package of `names`, for who has to see all that it holds."""
    for module in package.NAMES:
        import_module(f"{package.__name__}.{module}")


class on_first_use(Generic[T]):  # noqa: N801  (used as a decorator, like property)
    """A method as an attribute, computed once, whichever threads ask first (what functools'
    cached_property leaves open since Python 3.12). Assigning puts another value in its place."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> on_first_use[T]: ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> on_first_use[T] | T:
        if owner is None:
            return self
        with _making:
            if self._name not in owner.__dict__:
                owner.__dict__[self._name] = self._make(owner)
            value: T = owner.__dict__[self._name]
            return value
