"""The exception classes that the stack raises, with the same built-in bases.

Code that catches ``LookupError`` or ``OSError`` therefore works the same way
on stacklite and on the real stack.
"""

from __future__ import annotations

__all__ = [
    "DomainError",
    "Exception",
    "InvalidParameterError",
    "IoError",
    "LengthError",
    "LogicError",
    "NotFoundError",
    "OutOfRangeError",
    "OverflowError",
    "RangeError",
    "RuntimeError",
    "TypeError",
    "UnderflowError",
]

import builtins
from typing import Any

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)


class Exception(builtins.Exception):  # noqa: A001 (the stack's own name)
    """Base class of the exceptions that the stack raises itself.

    ``what()`` returns the message.
    """

    def __getattr__(self, name: str) -> Any:
        """Return ``what``, which the wrapped object has in the stack."""
        if name == "what":
            return self.__str__
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class LogicError(Exception):
    """A precondition of the interface is violated."""


class DomainError(LogicError):
    """An argument lies outside the domain of a function."""


class InvalidParameterError(LogicError):
    """An argument has a value that is never valid."""


class LengthError(LogicError):
    """A size does not fit."""


class OutOfRangeError(LogicError):
    """An index or a coordinate is outside the valid range."""


class RuntimeError(Exception, builtins.RuntimeError):  # noqa: A001
    """A failure that shows only at run time."""


class RangeError(RuntimeError):
    """An intermediate result cannot be represented."""


class OverflowError(RuntimeError, builtins.OverflowError):  # noqa: A001
    """A result is too large, or a sum that divides is zero."""


class UnderflowError(RuntimeError, builtins.ArithmeticError):
    """A result is too small."""


class NotFoundError(Exception, builtins.LookupError):
    """A name or a key does not exist."""


class IoError(RuntimeError, builtins.OSError):
    """A file cannot be read or written."""


class TypeError(LogicError, builtins.TypeError):  # noqa: A001
    """An object has the wrong type."""
