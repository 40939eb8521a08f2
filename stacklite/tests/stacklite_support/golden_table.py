"""What tests with golden values of topic table share."""

from __future__ import annotations

import builtins

import lsst.pex.exceptions as pex_exceptions


def error_class(name: str) -> type[BaseException]:
    return getattr(pex_exceptions, name, None) or getattr(builtins, name)
