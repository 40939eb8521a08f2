"""A bounded cache of images, least recently used out first."""

from __future__ import annotations

__all__ = ["ImageCache"]

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsst.afw.image import ImageD


class ImageCache:
    """Images by key; safe to share between threads. Copies start empty.

    Parameters
    ----------
    capacity : `int`
        Largest number of images kept.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._images: OrderedDict[Hashable, ImageD] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], ImageD]) -> ImageD:
        """Return the image of a key, made by ``make()`` if it is not there."""
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
        image = make()
        with self._lock:
            self._images[key] = image
            self._shrink()
        return image

    def set_capacity(self, capacity: int) -> None:
        """Change the largest number of images kept."""
        with self._lock:
            self.capacity = capacity
            self._shrink()

    def _shrink(self) -> None:
        while len(self._images) > self.capacity:
            self._images.popitem(last=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return ImageCache, (self.capacity,)

    def __len__(self) -> int:
        return len(self._images)
