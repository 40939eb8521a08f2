"""Files of a visit with detectors of full size, made of the reference visit."""

from __future__ import annotations

__all__ = ["HEIGHT", "INITIAL", "N_DETECTORS", "REFERENCE", "WIDTH", "Visit"]

import copy
import io
from functools import cached_property
from pathlib import Path

import numpy as np
from astropy.io import fits

from lsst.afw.detection import Psf
from lsst.afw.image import ExposureF, MaskedImageF
from lsst.afw.math import BackgroundControl, BackgroundList, StatisticsControl, makeBackground
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.extensions.piff.piffPsf import PiffPsf

WIDTH, HEIGHT = 4072, 4000
"""Size of a detector in pixels."""

N_DETECTORS = 189
"""Rows of a full visit summary."""

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "reference_visit"

FINAL = "expected_finalVisitSummary_full.fits"
"""Output of the task for the reference visit; has all components."""

INITIAL = "visitSummary.fits"
"""Input of the task."""

_PIFF_ROWS = (93, 96)
_PIXELS = Box2I(Point2I(0, 0), Extent2I(WIDTH, HEIGHT))
_QUANTIZED = {
    "algorithm": "RICE_1",
    "quantization": {"level": 16.0, "dither": "SUBTRACTIVE_DITHER_2", "seed": 1},
}
_LOSSY = {"image": _QUANTIZED, "mask": {"algorithm": "GZIP_2"}, "variance": _QUANTIZED}
"""Compression options of the butler's recipe lossy16."""

_LOSSLESS = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}
_PLANES = 4
"""HDUs of an exposure file before the archive: the primary one and the planes."""

_SMALL_WIDTH, _SMALL_HEIGHT = 320, 256
"""Size of a detector of the reference visit in pixels."""

_CELL = 128
_SKY, _NOISE = 300.0, 12.0


def _stretched(psf: Psf) -> Psf:
    """Return a copy of the PSF of a small detector, for one of full size.

    The coefficients in the pickle of a Piff PSF are exchanged, so that it
    stays the same in files and in other processes.
    """
    if not isinstance(psf, PiffPsf):
        return copy.copy(psf)
    interpolation = psf._model._psf["interp"]
    coefficients, powers = np.asarray(interpolation["q"]), np.argwhere(interpolation["_mask"])
    scales = np.prod(np.array([_SMALL_WIDTH / WIDTH, _SMALL_HEIGHT / HEIGHT]) ** powers, axis=1)
    before, after = coefficients.tobytes(), (coefficients * scales).tobytes()
    assert psf._data.count(before) == 1, "The coefficients are somewhere else."
    return PiffPsf._from_pickle(psf._data.replace(before, after), psf._where)


class Visit:
    """A synthetic visit; its files are written when they are first needed.

    Parameters
    ----------
    directory : `~pathlib.Path`
        Where the files are put.

    Notes
    -----
    Pixels are noise on a sky with a gradient, 3 % of them masked. Every row
    has the objects of a detector of the reference visit with a Piff PSF.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def summary(self, n: int, name: str = FINAL) -> ExposureCatalog:
        """Return a summary of ``n`` detectors of full size.

        Its rows have PSFs, WCSs and calibrations of their own, as those of
        real visits; they share the visit info.

        Parameters
        ----------
        n : `int`
            Number of rows; their ids count from 0.
        name : `str`, optional
            File of the reference visit from which rows are taken.
        """
        source = ExposureCatalog.readFits(str(REFERENCE / name))
        rows = {record.getId(): record for record in source}
        catalog = ExposureCatalog(source.schema)
        for detector in range(n):
            record = catalog.addNew()
            record.assign(rows[_PIFF_ROWS[detector % len(_PIFF_ROWS)]])
            record.setId(detector)
            record.setBBox(_PIXELS)
            if (psf := record.getPsf()) is not None:
                record.setPsf(_stretched(psf))
            record.setWcs(copy.copy(record.getWcs()))
            record.setPhotoCalib(copy.copy(record.getPhotoCalib()))
        return catalog

    @cached_property
    def summary_file(self) -> str:
        """A final visit summary of 189 rows."""
        path = str(self._directory / "finalVisitSummary.fits")
        self.summary(N_DETECTORS).writeFits(path)
        return path

    @cached_property
    def pixels(self) -> MaskedImageF:
        """Image, mask and variance of a detector."""
        rng = np.random.default_rng(20260321)
        masked = MaskedImageF(_PIXELS)
        shape = (HEIGHT, WIDTH)
        level = np.linspace(_SKY, 1.02 * _SKY, WIDTH)
        masked.image.array[:] = level + _NOISE * rng.standard_normal(shape, np.float32)
        masked.variance.array[:] = _NOISE**2 * (1 + 0.02 * rng.random(shape, np.float32))
        bad = masked.mask.getPlaneBitMask("BAD")
        masked.mask.array[rng.random(shape, np.float32) < 0.03] = bad
        return masked

    @cached_property
    def exposure(self) -> ExposureF:
        """The pixels, with the components of an exposure of the reference visit."""
        source = ExposureF.readFits(str(REFERENCE / f"calexp_{_PIFF_ROWS[0]}.fits"))
        return ExposureF(self.pixels, source.info)

    @cached_property
    def gzip_file(self) -> str:
        """The exposure, all planes compressed with GZIP_2."""
        path = str(self._directory / "gzip_2.fits")
        self.exposure.writeFitsWithOptions(path, _LOSSLESS)
        return path

    @cached_property
    def rice_file(self) -> str:
        """The exposure, all planes compressed with RICE_1, floats quantized."""
        path = self._directory / "rice_1.fits"
        planes = io.BytesIO()
        with fits.open(self.gzip_file, memmap=False) as source:
            hdus = [source[0]]
            for hdu in source[1:_PLANES]:
                compressed = fits.CompImageHDU(
                    hdu.data, hdu.header, compression_type="RICE_1", quantize_method=1
                )
                hdus.append(compressed)
            archive = source[_PLANES].fileinfo()["hdrLoc"]
            fits.HDUList(hdus).writeto(planes)
        path.write_bytes(planes.getvalue() + Path(self.gzip_file).read_bytes()[archive:])
        return str(path)

    @cached_property
    def lossy_file(self) -> str:
        """The exposure, as the butler's recipe lossy16 compresses its planes."""
        path = str(self._directory / "lossy16.fits")
        self.exposure.writeFitsWithOptions(path, _LOSSY)
        return path

    @cached_property
    def background(self) -> BackgroundList:
        """Two layers, cells of 128 pixels: Akima splines and natural splines."""
        layers = BackgroundList()
        for style in ("AKIMA_SPLINE", "NATURAL_SPLINE"):
            control = BackgroundControl(WIDTH // _CELL, HEIGHT // _CELL, StatisticsControl())
            background = makeBackground(self.pixels.image, control)
            background.getImageF(style, "REDUCE_INTERP_ORDER")
            layers.append(background)
        return layers
