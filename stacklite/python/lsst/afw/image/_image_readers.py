"""Readers of files with one image or mask."""

from __future__ import annotations

__all__ = ["ImageFitsReader", "MaskFitsReader"]

from typing import Any

from lsst.geom import Box2I

from ._image import image_of_plane
from ._indexing import PARENT, WHOLE, ImageOrigin
from ._mask import MaskX
from ._plane_readers import ImageBaseFitsReader


class ImageFitsReader(ImageBaseFitsReader):
    """Reader of an image."""

    def read(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Return (a box of) the image, of the type of the file by default."""
        return image_of_plane(self._plane, bbox, origin, allowUnsafe, dtype)


class MaskFitsReader(ImageBaseFitsReader):
    """Reader of a mask."""

    def read(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> MaskX:
        """Return (a box of) the mask, bits translated to the default planes."""
        return MaskX._of_plane(self._plane, bbox, origin, conformMasks, allowUnsafe)
