"""Cases that are measured."""

from __future__ import annotations

__all__ = ["background_cases", "evaluation_cases", "exposure_cases", "statistics_cases", "summary_cases"]

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from astropy.io import fits

from lsst.afw.geom import SipApproximation
from lsst.afw.image import ExposureFitsReader, MaskX
from lsst.afw.math import MEANCLIP, MEDIAN, STDEVCLIP, StatisticsControl, makeStatistics
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2D, Extent2I, Point2D

from .measure import Result, compare
from .visit import HEIGHT, WIDTH, Visit

_READING_AIM, _STATISTICS_AIM, _BACKGROUND_AIM = 1.2, 6.0, 3.0
"""Largest ratios that are acceptable, in units of the baselines."""

_IMAGE, _MASK, _VARIANCE = 1, 2, 3
"""HDUs of the planes of an exposure."""

_RNG = np.random.default_rng(7)


def _astropy_data(path: str, indices: list[int] | None = None) -> list[Any]:
    """Read the data of some HDUs (all by default) with astropy alone."""
    with fits.open(path, memmap=False) as hdus:
        return [hdus[i].data for i in (range(len(hdus)) if indices is None else indices)]


def _resolve(catalog: ExposureCatalog) -> list[Any]:
    getters = ("getPsf", "getWcs", "getPhotoCalib", "getApCorrMap", "getVisitInfo", "getValidPolygon")
    return [getattr(record, getter)() for record in catalog for getter in getters]


def summary_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Read a visit summary of 189 detectors."""
    path = visit.summary_file
    baseline = partial(_astropy_data, path)
    run = partial(compare, baseline=baseline, baseline_name="astropy, all HDUs", repeats=repeats, memory=True)
    yield run("read summary, 189 rows", partial(ExposureCatalog.readFits, path), aim=_READING_AIM)
    yield run("read summary, build all objects", lambda: _resolve(ExposureCatalog.readFits(path)))


def _points(n: int) -> np.ndarray:
    """Return new positions on a detector each time, shape (2, n)."""
    return _RNG.random((2, n)) * [[WIDTH - 1], [HEIGHT - 1]]


def _kernel_images(psfs: list[Any]) -> list[Any]:
    """Return images at 100 new points: PSFs remember their last images."""
    return [psf.computeKernelImage(Point2D(*xy)) for psf in psfs for xy in _points(100).T]


def evaluation_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Evaluate WCSs and PSFs of a visit at 100 points each."""
    catalog = ExposureCatalog.readFits(visit.summary_file)
    wcss = [wcs for record in catalog if (wcs := record.getWcs()) is not None]
    psfs = [psf for record in catalog if (psf := record.getPsf()) is not None]
    points = _points(100)
    positions = [Point2D(*xy) for xy in points.T]
    frame_sets = [wcs.getFrameDict() for wcs in wcss]
    yield compare(
        "189 WCSs at 100 points (pixelToSky)",
        lambda: [wcs.pixelToSky(positions) for wcs in wcss],
        lambda: [frames.applyForward(points) for frames in frame_sets],
        "AST, arrays",
        repeats=repeats,
    )
    stamps = np.ones((len(positions), *psfs[0].computeKernelImage(positions[0]).array.shape))
    yield compare(
        "189 Piff PSFs at 100 points (computeKernelImage)",
        lambda: _kernel_images(psfs),
        lambda: [stamps.sum(axis=(1, 2)) for _ in psfs],
        "sum of the same pixels",
        repeats=repeats,
    )
    wcs = wcss[0]
    box = Box2D(Point2D(0, 0), Point2D(WIDTH, HEIGHT))
    ast = wcs.getFrameDict()
    grid = _points(90 * 90)
    yield compare(
        "SIP approximation, order 5, 90 x 90 points",
        lambda: SipApproximation(wcs, box, Extent2I(90, 90), 5),
        lambda: ast.applyForward(grid),
        "AST at as many points",
        repeats=repeats,
    )


def _read(path: str, method: str) -> Any:
    result = getattr(ExposureFitsReader(path), method)()
    mask = getattr(result, "mask", result)
    # Masks are decompressed when their pixels are looked at.
    return result, mask.array if isinstance(mask, MaskX) else None


def exposure_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Read an exposure, whole and by component."""
    for name, path in (("GZIP_2", visit.gzip_file), ("RICE_1", visit.rice_file)):
        read = partial(partial, _read, path)
        baseline = partial(partial, _astropy_data, path)
        run = partial(compare, repeats=repeats, aim=_READING_AIM)
        whole = partial(run, baseline_name="astropy, all HDUs", memory=True)
        yield whole(f"read exposure, {name}", read("read"), baseline())
        for plane, hdu in (("Image", _IMAGE), ("Mask", _MASK), ("Variance", _VARIANCE)):
            title = f"read {plane.lower()}, {name}"
            yield run(title, read(f"read{plane}"), baseline([hdu]), f"astropy, HDU {hdu}")
    yield from _component_cases(visit.rice_file, repeats)


def _component_cases(path: str, repeats: int) -> Iterator[Result]:
    """Read components other than planes, which are the same in all files."""
    read, run = partial(partial, _read, path), partial(compare, repeats=repeats, aim=_READING_AIM)
    with fits.open(path, memmap=False) as hdus:
        archive = list(range(_VARIANCE + 1, len(hdus)))
    for component in ("BBox", "Metadata", "VisitInfo"):
        yield run(
            f"read {component}", read(f"read{component}"), partial(_headers, path), "astropy, 2 headers"
        )
    for component in ("Filter", "Wcs", "Detector", "Psf", "ApCorrMap"):
        baseline = partial(_astropy_data, path, archive)
        yield run(f"read {component}", read(f"read{component}"), baseline, "astropy, archive HDUs")


def _headers(path: str) -> list[Any]:
    with fits.open(path, memmap=False) as hdus:
        return [[(card.value, card.comment) for card in hdus[i].header.cards] for i in (0, _IMAGE)]


def _in_passes(
    pixels: np.ndarray, repeats: int, name: str, function: Callable[[], Any], aim: float | None = None
) -> Result:
    """Time a function, and one pass that reads and writes all pixels as its baseline."""
    factor = np.float32(2)
    baseline = partial(np.multiply, pixels, factor)
    return compare(name, function, baseline, "pixels * 2", repeats=repeats, aim=aim, memory=True)


def statistics_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Compute statistics of 16 million pixels."""
    image, masked = visit.pixels.image, visit.pixels
    control = StatisticsControl(3.0, 3)
    control.setAndMask(masked.mask.getPlaneBitMask("BAD"))
    run = partial(_in_passes, image.array, repeats)
    clip = MEANCLIP | STDEVCLIP
    yield run("clipped mean, image", lambda: makeStatistics(image, clip, control), aim=_STATISTICS_AIM)
    yield run("clipped mean, masked", lambda: makeStatistics(masked, clip, control), aim=_STATISTICS_AIM)
    yield run("median, image", lambda: makeStatistics(image, MEDIAN, control))


def background_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Make background images of full size."""
    pixels, layers = visit.pixels.image.array, visit.background
    run = partial(_in_passes, pixels, repeats)
    for number, style in enumerate(("Akima", "natural")):
        one = type(layers)(layers[number])
        yield run(f"background image, one layer, {style}", one.getImage, aim=_BACKGROUND_AIM)
    yield run("background image, two layers", layers.getImage, aim=2 * _BACKGROUND_AIM)
