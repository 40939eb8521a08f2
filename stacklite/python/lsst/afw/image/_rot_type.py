"""Senses of the rotator angle of a visit."""

from __future__ import annotations

__all__ = ["RotType"]

from lsst_stacklite._enumeration import Enumeration


class RotType(Enumeration):
    """References from which the rotator angle of a boresight is measured."""

    UNKNOWN = 0
    SKY = 1
    HORIZON = 2
    MOUNT = 3
