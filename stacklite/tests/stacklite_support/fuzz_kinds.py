"""The kinds of files that stacklite reads, undamaged examples of each, and how each is read and used."""

from __future__ import annotations

__all__ = ["KINDS", "Evaluations", "FuzzError", "Kind", "check_name", "check_type"]

import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lsst.geom
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS, Camera
from lsst.afw.detection import Psf
from lsst.afw.fits import DEFAULT_HDU, readMetadata
from lsst.afw.geom import SkyWcs, makeSkyWcs
from lsst.afw.geom.polygon import Polygon
from lsst.afw.image import (
    ApCorrMap,
    ExposureF,
    ExposureFitsReader,
    Image,
    ImageFitsReader,
    MaskedImageF,
    MaskX,
    PhotoCalib,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.math import BackgroundList, BoundedField
from lsst.afw.table import BaseCatalog, ExposureCatalog, Schema
from lsst.afw.table.io import Persistable
from lsst.meas.extensions.piff.piffPsf import PiffPsf
from lsst.obs.base.yamlCamera import makeCamera
from lsst.resources import ResourcePath
from lsst_stacklite.archives import FitsReadable, read_object
from lsst_stacklite.sky_maps import SkyMapFormatter
from stacklite_support.fuzz_made import HEADERS
from stacklite_support.paths import REFERENCE_VISIT

POINT = lsst.geom.Point2D(3.0, 4.0)
POSITIONS = np.linspace(-50.0, 4000.0, 4)
Evaluations = Iterable[Callable[[], Any]]


# -- What must not happen --------------------------------------------------------------


class FuzzError(AssertionError):
    """Something that must not happen, whatever the file."""


def _chain(err: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = err
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def check_type(err: BaseException) -> None:
    """Check that an exception is one of the stack, and not made of a shortage of memory."""
    if isinstance(err, AttributeError) and "which stacklite cannot evaluate" in str(err):
        return  # The name of a class is damaged; nobody can know that.
    if not isinstance(err, pex_exceptions.Exception):
        raise FuzzError(f"{type(err).__module__}.{type(err).__name__}: {err}") from err
    if any(isinstance(each, MemoryError) for each in _chain(err)):
        raise FuzzError(f"asked for too much memory, then: {err}") from err


def check_name(err: BaseException, path: str) -> None:
    """Check that an exception is one of the stack, and names the file."""
    check_type(err)
    if path not in str(err):
        raise FuzzError(f"the file is not named: {type(err).__name__}: {err}") from err


# -- What each kind of file holds ------------------------------------------------------


def _psf(psf: Any) -> Evaluations:
    if psf is not None:
        if isinstance(psf, PiffPsf):
            _ = psf._model.width  # The pickle is read now: reading, not evaluation.
        yield psf.getAveragePosition
        yield lambda: psf.computeShape(POINT)
        yield lambda: psf.computeKernelImage(POINT)
        yield lambda: psf.computeImage(POINT)
        yield lambda: psf.computeApertureFlux(3.0, POINT)
        yield lambda: psf.computeBBox(POINT)
        yield lambda: psf._compute_shapes(np.stack([POSITIONS, POSITIONS[::-1]], axis=1))


def _wcs(wcs: Any) -> Evaluations:
    if wcs is not None:
        yield lambda: wcs.pixelToSky(POINT)
        yield lambda: wcs.getPixelScale(POINT)
        yield lambda: wcs.skyToPixel(wcs.getSkyOrigin())
        yield lambda: wcs.pixelToSkyArray(POSITIONS, POSITIONS)
        yield lambda: wcs.isFits
        yield lambda: wcs.getFitsMetadata(False) if wcs.isFits or wcs.hasFitsApproximation() else None


def _photo_calib(calib: Any) -> Evaluations:
    if calib is not None:
        yield lambda: calib.instFluxToMagnitude(100.0, POINT)
        yield lambda: calib.instFluxToNanojansky(100.0, 1.0, POINT)
        yield lambda: calib.getLocalCalibration(POINT)


def _field(field_: Any) -> Evaluations:
    yield lambda: field_.evaluate(POINT)
    yield lambda: field_.evaluate(np.arange(3.0), np.arange(3.0))
    yield field_.getBBox


def _ap_corr(ap_corr: Any) -> Evaluations:
    for each in list((ap_corr or {}).values())[:2]:
        yield from _field(each)


def _detector(detector: Any) -> Evaluations:
    if detector is not None:
        yield lambda: detector.getCorners(FIELD_ANGLE)
        yield lambda: detector.transform(POINT, PIXELS, FIELD_ANGLE)
        yield lambda: [amp.getBBox() for amp in detector]


def _polygon(polygon: Any) -> Evaluations:
    if polygon is not None:
        yield polygon.calculateArea
        yield lambda: polygon.contains(POINT)
        yield polygon.getBBox
        yield lambda: polygon.createImage(lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(9, 9)))


def _info(info: Any) -> Evaluations:
    yield from _psf(info.getPsf())
    yield from _wcs(info.getWcs())
    yield from _photo_calib(info.getPhotoCalib())
    yield from _ap_corr(info.getApCorrMap())
    yield from _detector(info.getDetector())
    yield from _polygon(info.getValidPolygon())
    yield lambda: str(info.getVisitInfo())
    yield lambda: info.getVisitInfo().getBoresightAirmass() if info.getVisitInfo() else None
    yield lambda: str(info.getFilter())


def _again(path: str, obj: Any) -> Evaluations:
    """Write some of what was read, which takes longer than reading it."""
    if _random(path).random() < 0.1:
        yield lambda: obj.writeFits(f"{path}.again")


def _read_exposure(path: str) -> Evaluations:
    exposure = ExposureF.readFits(path)
    _ = exposure.mask.array  # It is decompressed now: reading, not evaluation.
    yield lambda: exposure.maskedImage.image.array.sum()
    yield from _info(exposure.info)
    yield from _again(path, exposure)


def _read_masked(path: str) -> Evaluations:
    masked = MaskedImageF.readFits(path)
    _ = masked.mask.array
    yield from _array(masked.image)


_PARTS = ("ExposureId", "Metadata", "VisitInfo", "Wcs", "Filter", "PhotoCalib", "Psf", "ValidPolygon",
          "ApCorrMap", "Detector", "BBox", "XY0", "ImageDType", "Image", "Mask", "Variance")  # fmt: skip


def _random(path: str) -> random.Random:
    """Return choices that depend on the content of the file only."""
    return random.Random(zlib.crc32(Path(path).read_bytes()))


def _read_parts(path: str) -> Evaluations:
    with open_reader(ExposureFitsReader, path) as reader:
        for part in _random(path).sample(_PARTS, 5):
            try:
                found = getattr(reader, f"read{part}")()
                _ = getattr(found, "array", None)
            except pex_exceptions.Exception as err:
                check_name(err, path)
        reader.readComponent("SUMMARY_STATS")
        reader.readImage(lsst.geom.Box2I(reader.readXY0(), lsst.geom.Extent2I(2, 2)))
    return ()


def _read_catalog(path: str) -> Evaluations:
    catalog = BaseCatalog.readFits(path)
    yield lambda: [catalog._values(item.field) for item in catalog.schema]
    yield catalog.asAstropy
    yield lambda: Schema.readFits(path)
    yield from _again(path, catalog)
    rows = list(catalog)
    for row in _random(path).sample(rows, min(2, len(rows))):
        yield lambda row=row: [row[name] for name in catalog.schema.getOrderedNames()]
        if isinstance(catalog, ExposureCatalog):
            yield from _row(row)


def _row(row: Any) -> Evaluations:
    """Objects of a row are read when they are asked for: reading, not evaluation."""
    yield from _psf(row.getPsf())
    yield from _wcs(row.getWcs())
    yield from _photo_calib(row.getPhotoCalib())
    yield from _ap_corr(row.getApCorrMap())
    yield from _polygon(row.getValidPolygon())
    yield from _detector(row.getDetector())
    row.getVisitInfo()


def _read_background(path: str) -> Evaluations:
    background = BackgroundList.readFits(path)
    yield background.getImage
    yield from _again(path, background)
    for layer in background:
        yield layer[0].getStatsImage


def _read_camera(path: str) -> Evaluations:
    camera = Camera.readFits(path)
    yield from _camera(camera)
    yield from _again(path, camera)


def _camera(camera: Any) -> Evaluations:
    for detector in list(camera)[:1]:
        yield from _detector(detector)
    yield lambda: camera.findDetectors(POINT, FIELD_ANGLE)


def _read_image(path: str) -> Evaluations:
    readMetadata(path)
    with open_reader(ImageFitsReader, path) as reader:
        image = reader.read(allowUnsafe=True)
    Image["F"].readFits(path)
    yield lambda: image.array.sum()


def _read_header_wcs(path: str) -> Evaluations:
    metadata = readMetadata(path)
    yield lambda: makeSkyWcs(metadata)
    with open_reader(ExposureFitsReader, path) as reader:
        yield from _wcs(reader.readWcs())
        yield from _info(reader.readExposureInfo())


def _read_object(path: str) -> Evaluations:
    found = read_object(path, DEFAULT_HDU, Persistable)
    yield lambda: (str(found), repr(found), found == found)  # noqa: PLR0124 (compares the contents)
    yield from _again(path, found)


def _read_sky_map(path: str) -> Evaluations:
    sky_map = SkyMapFormatter.read_from_uri(None, ResourcePath(path))  # type: ignore[arg-type]
    coord = lsst.geom.SpherePoint(10.5, -2.5, lsst.geom.degrees)
    yield lambda: len(sky_map)
    yield lambda: sky_map.findTract(coord).getId()
    yield lambda: sky_map[0].getWcs().pixelToSky(POINT)
    yield lambda: _find_patch(sky_map[0])
    yield lambda: sky_map.findTractIdArray(POSITIONS % 360, POSITIONS % 90, degrees=True)


def _find_patch(tract: Any) -> None:
    with suppress(LookupError):  # What is asked for may be outside.
        tract.findPatch(tract.getCtrCoord())


def _object(cls: type[FitsReadable], use: Callable[[Any], Evaluations]) -> Callable[[str], Evaluations]:
    return lambda path: use(cls.readFits(path))


def _array(image: Any) -> Evaluations:
    yield lambda: image.array.sum()


@dataclass(frozen=True)
class Kind:
    """A kind of file: its undamaged examples, and how it is read."""

    files: Sequence[str]
    read: Callable[[str], Evaluations]
    weight: int
    suffix: str = ".fits"


_EXPOSURES = ("exposure_bare.fits", "exposure_only_wcs.fits", "exposure_only_visit_info.fits",
              "exposure_only_summary_stats.fits", "exposure_lossy_bare.fits")  # fmt: skip
_FULL = ("exposure_full.fits", "exposure_full_gzip.fits", "exposure_full_lossy.fits")
_VISIT = tuple(f"{REFERENCE_VISIT}/{name}" for name in (
    "fgcmPhotoCalibCatalog.fits", "gbdesAstrometricFitSkyWcsCatalog_tract9813.fits", "visitSummary.fits",
))  # fmt: skip

KINDS = {
    "exposure": Kind(_EXPOSURES, _read_exposure, 12),
    "full exposure": Kind(_FULL, _read_exposure, 3),
    "parts of an exposure": Kind((*_EXPOSURES, *_FULL), _read_parts, 8),
    "catalog": Kind(
        ("table_all_types.fits", "table_source.fits", "table_flags_9.fits", "table_simple.fits",
         "table_exposure.fits"), _read_catalog, 12,
    ),
    "catalog with objects": Kind(_VISIT, _read_catalog, 5),
    "background": Kind(
        ("background_one.fits", "background_approx_xy0.fits", "background_xy0.fits"), _read_background, 8
    ),
    "camera": Kind(("camera.fits",), _read_camera, 3),
    "camera in YAML": Kind(("camera.yaml",), lambda path: _camera(makeCamera(path)), 3, ".yaml"),
    "sky map": Kind(
        ("skymap_rings_3_v1.pickle", "skymap_rings_120_v0.pickle", "skymap_discrete_4.pickle"),
        _read_sky_map, 8, ".pickle",
    ),
    "PSF": Kind(
        ("psf_piff_grid.fits.gz", "psf_piff_moffat.fits.gz", "psf_pca_linear.fits.gz",
         "psf_pca_chebyshev.fits.gz", "psf_kernel_analytic_double.fits.gz", "psf_kernel_delta.fits.gz",
         "psf_kernel_linear_combination_constant.fits.gz", "psf_gaussian_7_7_3.0.fits.gz",
         "psf_double_gaussian_15_15_1.0_4.0_-0.05.fits.gz", "psf_single_gaussian_9_9_0.15.fits.gz",
         "psfex"),
        _object(Psf, _psf), 16,
    ),
    "Piff model": Kind(
        ("psf_piff_grid.fits.gz", "psf_piff_moffat.fits.gz"),
        lambda path: _psf(PiffPsf._from_pickle(Path(path).read_bytes())),
        4,
    ),
    "photometric calibration": Kind(
        ("photocalib_product.fits.gz", "photocalib_constant.fits.gz", "photocalib_field.fits.gz"),
        _object(PhotoCalib, _photo_calib), 8,
    ),
    "bounded field": Kind(
        ("field_chebyshev_0_43.fits.gz", "field_transform.fits.gz", "field_pixel_area_degrees.fits.gz",
         "field_product_mixed.fits.gz"),
        _object(BoundedField, _field), 6,
    ),
    "aperture corrections": Kind(("apcorr.fits.gz",), _object(ApCorrMap, _ap_corr), 4),
    "WCS": Kind(("field_wcs.fits.gz", "SKYWCS"), _object(SkyWcs, _wcs), 6),
    "WCS in a header": Kind(HEADERS, _read_header_wcs, 8),
    "polygon": Kind(("polygon_concave.fits",), _object(Polygon, _polygon), 4),
    "component": Kind(("FILTER", "DETECTOR", "SUMMARY_STATS", "VALID_POLYGON", "transform"), _read_object, 6),
    "image": Kind(
        ("image_ImageF_none.fits", "image_ImageU_gzip_2.fits", "image_ImageF_lossy16.fits",
         "image_ImageD_gzip_2.fits", "image_ImageL_none.fits", "GZIP_1", "GZIP_2", "RICE_1"), _read_image, 12,
    ),
    "image of another compression": Kind(
        ("HCOMPRESS_1", "PLIO_1", "NOCOMPRESS"), _read_image, 2
    ),
    "mask": Kind(("mask_none.fits", "mask_gzip_2.fits"), lambda path: _array(MaskX.readFits(path)), 5),
    "masked image": Kind(
        ("masked_none.fits", "masked_gzip_2.fits", "masked_lossy16.fits"),
        _read_masked, 5,
    ),
    "compressed exposure": Kind(
        ("exposure_bare.fits", "exposure_only_wcs.fits"), _read_exposure, 5, ".fits.gz"
    ),
    "compressed catalog": Kind(("table_all_types.fits", "table_exposure.fits"), _read_catalog, 4, ".fits.gz"),
}  # fmt: skip
