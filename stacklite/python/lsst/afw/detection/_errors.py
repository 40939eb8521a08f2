"""Errors of point-spread functions."""

from __future__ import annotations

__all__ = ["InvalidPsfError"]

from lsst.pex.exceptions import InvalidParameterError


class InvalidPsfError(InvalidParameterError):
    """A point-spread function cannot be evaluated."""
