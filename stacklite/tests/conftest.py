"""State that one test must not leave to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lsst.afw.image import Mask


@pytest.fixture(autouse=True)
def _default_mask_planes() -> Iterator[None]:
    """Start with the canonical planes: reading a file adds those it names."""
    Mask.restoreDefaultMaskDict()
    yield
    Mask.restoreDefaultMaskDict()
