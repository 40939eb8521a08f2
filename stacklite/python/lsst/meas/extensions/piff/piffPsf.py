"""A point-spread function that Piff fitted."""

from __future__ import annotations

__all__ = ["PiffPsf"]

import logging
import math
import pickle
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lsst.afw.detection import InvalidPsfError
from lsst.afw.fits._errors import reading
from lsst.afw.image import Color, ImageD
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import ImagePsf
from lsst.meas.algorithms._image_psf import Stack, batches
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite.archives import make_table, persistable_reader

from ._records import with_size

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

    from ._model import PiffModel

_Array = npt.NDArray[np.float64]

_default_log = logging.getLogger(__name__)

_CHUNK = 256  # Images that are made at a time.
_CHUNK_PIXELS = 2**20  # Pixels of these images: what is in memory between the steps.


class PiffPsf(ImagePsf):
    """A PSF of Piff.

    The pickle inside is kept as it is and written back unchanged. It is read
    only when the PSF is evaluated, and its classes are never imported: a model
    that stacklite does not know travels through, and raises
    `~lsst.afw.detection.InvalidPsfError` when it is evaluated. Only `piffResult`
    imports Piff, and makes a new object from what was read.

    Images sum to 1. `computeImage` is displaced by one pixel at coordinates
    that are exactly half-integer, as in the stack.

    Parameters
    ----------
    width, height : `int`
        Size of the images in pixels.
    piffResult : ``piff.PSF``
        Model that Piff fitted; it is pickled.
    log : `logging.Logger`, optional
        Logger of warnings.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if width and height are not equal and positive.
    """

    def __init__(self, width: int, height: int, piffResult: Any, log: Any = None) -> None:
        super().__init__()
        _check_size(width, height)
        self._data = pickle.dumps((int(width), int(height), piffResult))
        self._where = ""
        self._log = log
        self.__dict__["_piffResult"] = piffResult

    @classmethod
    def _from_pickle(cls, data: bytes, where: str = "") -> PiffPsf:
        """Return the PSF that a pickle of ``(width, height, piffResult)`` holds."""
        psf = cls.__new__(cls)
        ImagePsf.__init__(psf)
        psf._data, psf._where, psf._log = bytes(data), where, None
        return psf

    @property
    def width(self) -> int:
        """Width of the images in pixels (`int`)."""
        return self._model.width

    @property
    def height(self) -> int:
        """Height of the images in pixels (`int`)."""
        return self._model.height

    @property
    def piffResult(self) -> Any:
        """Model that Piff fitted (``piff.PSF``); it needs the package Piff."""
        return self._piffResult

    @cached_property
    def _piffResult(self) -> Any:
        # lsst.images takes this name.
        piff = _import_piff()
        with reading(self._where) if self._where else nullcontext():
            return self._model.make_piff_psf(piff)

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars that were used."""
        return Point2D(*self._model.average_position)

    def resized(self, width: int, height: int) -> PiffPsf:
        """Return the same PSF with images of another size.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if width and height are not equal and positive.
        """
        _check_size(width, height)
        return self._from_pickle(with_size(self._data, width, height))

    @cached_property
    def _model(self) -> PiffModel:
        # It imports GalSim, which takes a second; PSFs that are only copied do without.
        from ._model import PiffModel

        if not self._where:
            return PiffModel.from_pickle(self._data)
        with reading(self._where):
            return PiffModel.from_pickle(self._data)

    def __getstate__(self) -> dict[str, Any]:
        # The model's records have classes of their own, which cannot be pickled. Both are made anew.
        made = {"_model", "_piffResult"}
        return {name: value for name, value in self.__dict__.items() if name not in made} | {"_log": None}

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._box(Point2D(0.0, 0.0))

    def _box(self, center: Point2D) -> Box2I:
        x, y = (math.floor(p + 0.5) - size // 2 for p, size in zip(center, self._size, strict=True))
        return Box2I(Point2I(x, y), Extent2I(*self._size))

    @property
    def _size(self) -> tuple[int, int]:
        return self._model.width, self._model.height

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        pixels = self._centered_stamps(np.array([[position.x, position.y]]), color)[0]
        return ImageD(pixels, xy0=self._doComputeBBox(position, color).getMin())

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        if not (math.isfinite(position.x) and math.isfinite(position.y)):
            raise InvalidPsfError(f"A Piff PSF cannot be put at ({position.x}, {position.y}).")
        # Piff's own rule for the first pixel of a stamp differs from that of
        # the box at half-integers, and for even sizes.
        dx, dy = (
            _grid(size, math.ceil(p - 0.5 * (size % 2)) - size // 2 - p)
            for p, size in zip(position, self._size, strict=True)
        )
        x, y = np.array([position.x]), np.array([position.y])
        pixels = self._stamps(x, y, dx, dy, color)[0]
        return ImageD(pixels, xy0=self._box(position).getMin())

    def _kernel_stacks(self, positions: _Array) -> Iterator[Stack]:
        width, height = self._size
        for part in batches(len(positions), width * height, _CHUNK, _CHUNK_PIXELS):
            stamps = self._centered_stamps(self._real_positions(positions[part]), Color())
            yield part, stamps, (width // 2, height // 2)

    def _centered_stamps(self, positions: _Array, color: Color) -> _Array:
        dx, dy = (_grid(size, -0.5 * (size - 1)) for size in self._size)
        return self._stamps(positions[:, 0], positions[:, 1], dx, dy, color)

    def _stamps(self, x: _Array, y: _Array, dx: _Array, dy: _Array, color: Color) -> _Array:
        value = None if color.isIndeterminate() else color.getColorValue()
        stamps = self._model.stamps(x, y, dx, dy, value)
        if value is None and self._model.uses_color:
            (self._log or _default_log).warning(
                "The PSF depends on the color, which is not given; the mean color of the PSF stars is used."
            )
        return stamps

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [("bytes", "ArrayB", "pickle of width, height and Piff's PSF", "", 0)]
        return [make_table(fields, [(np.frombuffer(self._data, dtype=np.uint8),)])]


def _import_piff() -> Any:
    try:
        # Only piffResult needs it, and it is not installed with stacklite.
        import piff
    except ModuleNotFoundError as err:
        raise ModuleNotFoundError(
            "PiffPsf.piffResult needs the package piff; install it with: pip install 'piff>=1.6,<1.7'.",
            name=err.name,
        ) from err
    return piff


def _grid(size: int, first: float) -> _Array:
    return np.asarray(np.arange(size) + first, dtype=np.float64)


def _check_size(width: int, height: int) -> None:
    if not 0 < width == height < 2**31:
        raise InvalidParameterError(f"Images of a Piff PSF are square, not {width} x {height}.")


@persistable_reader("PiffPsf", of=PiffPsf, module="lsst.meas.extensions.piff.piffPsf", id_fields=())
def _read_piff_psf(archive: ArchiveReader, tables: Sequence[StoredTable]) -> PiffPsf:
    # Damage of the bytes shows when the PSF is evaluated.
    return PiffPsf._from_pickle(np.asarray(tables[0][0]["bytes"], dtype=np.uint8).tobytes(), archive.where)
