"""What tests with golden values of topic table share."""

from __future__ import annotations

import builtins

import lsst.pex.exceptions


def error_class(name: str) -> type[BaseException]:
    return getattr(lsst.pex.exceptions, name, None) or getattr(builtins, name)
