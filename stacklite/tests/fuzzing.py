"""Damaged copies of files of every kind, and a worker that reads them.

``python fuzzing.py FIRST LAST`` runs the cases with these numbers: a case is
its number, nothing else, so that any failure can be repeated alone. The
worker writes one line of JSON for each case before it starts, and one for
each failure; a worker that dies or hangs is a failure of the case that it
wrote last.
"""

from __future__ import annotations

__all__ = ["KINDS", "FuzzError", "damage", "run_case", "run_cases", "undamaged"]

import faulthandler
import gzip
import json
import os
import pickletools
import random
import re
import resource
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

import lsst.geom
import lsst.pex.exceptions
from golden import REFERENCE_VISIT, golden_file
from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS, Camera
from lsst.afw.detection import Psf
from lsst.afw.fits import readMetadata
from lsst.afw.geom import SkyWcs
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
from lsst.afw.math import BackgroundList, BoundedField
from lsst.afw.table import BaseCatalog, ExposureCatalog
from lsst.afw.table.io import Persistable
from lsst.meas.extensions.piff import PiffPsf

MEMORY = 2 * 1024**3
SECONDS = 10.0
WALL_SECONDS = 60.0

POINT = lsst.geom.Point2D(3.0, 4.0)
Evaluations = Iterable[Callable[[], Any]]


# What each kind of file holds --------------------------------------------


def _psf(psf: Any) -> Evaluations:
    if psf is not None:
        yield psf.getAveragePosition
        yield lambda: psf.computeShape(POINT)
        yield lambda: psf.computeKernelImage(POINT)
        yield lambda: psf.computeImage(POINT)
        yield lambda: psf.computeApertureFlux(3.0, POINT)
        yield lambda: psf.computeBBox(POINT)


def _wcs(wcs: Any) -> Evaluations:
    if wcs is not None:
        yield lambda: wcs.pixelToSky(POINT)
        yield lambda: wcs.getPixelScale(POINT)
        yield lambda: wcs.skyToPixel(wcs.getSkyOrigin())
        yield lambda: wcs.isFits
        yield lambda: wcs.getFitsMetadata(False)


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


def _read_exposure(path: str) -> Evaluations:
    exposure = ExposureF.readFits(path)
    yield lambda: exposure.maskedImage.image.array.sum()
    yield from _info(exposure.info)


_PARTS = ("ExposureId", "Metadata", "VisitInfo", "Wcs", "Filter", "PhotoCalib", "Psf", "ValidPolygon",
          "ApCorrMap", "Detector", "BBox", "XY0", "ImageDType", "Image", "Mask", "Variance")  # fmt: skip


def _random(path: str) -> random.Random:
    """Return choices that depend on the content of the file only."""
    return random.Random(zlib.crc32(Path(path).read_bytes()))


def _read_parts(path: str) -> Evaluations:
    with ExposureFitsReader(path) as reader:
        for part in _random(path).sample(_PARTS, 5):
            try:
                getattr(reader, f"read{part}")()
            except lsst.pex.exceptions.Exception as err:
                _check_name(err, path)
        reader.readComponent("SUMMARY_STATS")
        reader.readImage(lsst.geom.Box2I(reader.readXY0(), lsst.geom.Extent2I(2, 2)))
    return ()


def _read_catalog(path: str) -> Evaluations:
    catalog = BaseCatalog.readFits(path)
    yield lambda: [catalog[name] for name in catalog.schema.getNames()]
    yield catalog.asAstropy
    rows = list(catalog)
    for row in _random(path).sample(rows, min(2, len(rows))):
        yield lambda row=row: [row[name] for name in catalog.schema.getNames()]
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
    for layer in background:
        yield layer[0].getStatsImage


def _read_camera(path: str) -> Evaluations:
    camera = Camera.readFits(path)
    for detector in list(camera)[:1]:
        yield from _detector(detector)
    yield lambda: camera.findDetectors(POINT, FIELD_ANGLE)


def _read_image(path: str) -> Evaluations:
    readMetadata(path)
    with ImageFitsReader(path) as reader:
        image = reader.read(allowUnsafe=True)
    Image["F"].readFits(path)
    yield lambda: image.array.sum()


def _object(cls: type[Persistable], use: Callable[[Any], Evaluations]) -> Callable[[str], Evaluations]:
    return lambda path: use(cls.readFits(path))


def _array(image: Any) -> Evaluations:
    yield lambda: image.array.sum()


@dataclass(frozen=True)
class Kind:
    """A kind of file: its undamaged examples, and how it is read."""

    files: Sequence[str]
    read: Callable[[str], Evaluations]
    weight: int


_EXPOSURES = ("exposure_bare.fits", "exposure_only_wcs.fits", "exposure_only_visit_info.fits",
              "exposure_only_summary_stats.fits", "exposure_lossy_bare.fits")  # fmt: skip
_FULL = ("exposure_full.fits", "exposure_full_gzip.fits", "exposure_full_lossy.fits")
_VISIT = tuple(f"{REFERENCE_VISIT}/{name}" for name in (
    "fgcmPhotoCalibCatalog.fits", "gbdesAstrometricFitSkyWcsCatalog_tract9813.fits", "visitSummary.fits",
))  # fmt: skip

KINDS = {
    "exposure": Kind(_EXPOSURES, _read_exposure, 12),
    "full exposure": Kind(_FULL, _read_exposure, 4),
    "parts of an exposure": Kind((*_EXPOSURES, *_FULL), _read_parts, 12),
    "catalog": Kind(
        ("table_all_types.fits", "table_source.fits", "table_flags_9.fits", "table_simple.fits",
         "table_exposure.fits"), _read_catalog, 14,
    ),
    "catalog with objects": Kind(_VISIT, _read_catalog, 6),
    "background": Kind(
        ("background_one.fits", "background_approx_xy0.fits", "background_xy0.fits"), _read_background, 8
    ),
    "camera": Kind(("camera.fits",), _read_camera, 4),
    "PSF": Kind(
        ("psf_piff_grid.fits.gz", "psf_piff_moffat.fits.gz", "psf_pca_linear.fits.gz",
         "psf_pca_chebyshev.fits.gz", "psf_kernel_analytic_double.fits.gz", "psf_kernel_delta.fits.gz",
         "psf_kernel_linear_combination_constant.fits.gz", "psf_gaussian_7_7_3.0.fits.gz",
         "psf_double_gaussian_15_15_1.0_4.0_-0.05.fits.gz", "psf_single_gaussian_9_9_0.15.fits.gz"),
        _object(Psf, _psf), 16,
    ),
    "Piff model": Kind(
        ("psf_piff_grid.fits.gz", "psf_piff_moffat.fits.gz"),
        lambda path: _psf(PiffPsf(Path(path).read_bytes())),
        6,
    ),
    "photometric calibration": Kind(
        ("photocalib_product.fits.gz", "photocalib_constant.fits.gz", "photocalib_field.fits.gz"),
        _object(PhotoCalib, _photo_calib), 8,
    ),
    "bounded field": Kind(
        ("field_chebyshev_0_43.fits.gz", "field_transform.fits.gz", "field_pixel_area_degrees.fits.gz"),
        _object(BoundedField, _field), 6,
    ),
    "aperture corrections": Kind(("apcorr.fits.gz",), _object(ApCorrMap, _ap_corr), 4),
    "WCS": Kind(("field_wcs.fits.gz",), _object(SkyWcs, _wcs), 6),
    "polygon": Kind(("polygon_concave.fits",), _object(Polygon, _polygon), 4),
    "image": Kind(
        ("image_ImageF_none.fits", "image_ImageU_gzip_2.fits", "image_ImageF_lossy16.fits",
         "image_ImageD_gzip_2.fits", "image_ImageL_none.fits"), _read_image, 12,
    ),
    "mask": Kind(("mask_none.fits", "mask_gzip_2.fits"), lambda path: _array(MaskX.readFits(path)), 5),
    "masked image": Kind(
        ("masked_none.fits", "masked_gzip_2.fits", "masked_lossy16.fits"),
        lambda path: _array(MaskedImageF.readFits(path).image), 5,
    ),
}  # fmt: skip


# Damage -------------------------------------------------------------------

_INTEGERS = (0, 1, 2, 3, 5, 8, 40, -1, -2, 255, 2**15, -(2**15), 2**31 - 1, -(2**31), 10**6, 10**9)
_LONG = (*_INTEGERS, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63), 10**12)
_REALS = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, -1e300, 1e10, np.nan, np.inf, -np.inf, 0.5, 1e5)
_VALUES = (*(str(i) for i in _LONG), "1E300", "-1.5", "NaN", "T", "F", "", "'text'", "'IMAGE'", "'1E'",
           "'2PB'", f"'{10**9}E'", f"'{10**17}D'", "'0A'", "'1PE(9)'", "'1QD'", "'12X'", "'Angle'", "'Point'",
           "'RICE_1'", "'GZIP_1'", "'BINTABLE'", "'HCOMPRESS_1'", "10" * 30)  # fmt: skip
_STRUCTURE = re.compile(
    rb"(NAXIS|BITPIX|PCOUNT|GCOUNT|TFORM|TFIELDS|THEAP|TTYPE|TCCLS|AR_|AFW_|EXTTYPE|XTENSION|Z|FLAGCOL|TFLAG"
    rb"|BZERO|BSCALE|TZERO|TSCAL|[A-Z_]*_ID|ARCHIVE_ID|CRPIX|CRVAL|CTYPE|EXPINFO|MP_|SIMPLE|EXTNAME|INHERIT)"
)


@dataclass
class Example:
    """An undamaged file and where its parts are."""

    data: bytes
    cards: list[int] = field(default_factory=list)
    structure: list[int] = field(default_factory=list)
    data_parts: list[tuple[int, int]] = field(default_factory=list)
    cells: list[tuple[int, str]] = field(default_factory=list)
    opcodes: list[tuple[int, str]] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)


@cache
def model(name: str) -> Example:
    """Return the pickle in a file: without frames, so that it may change its length."""
    found = example(name)
    start = found.opcodes[0][0]
    pickled = Example(b"")
    opcodes = list(pickletools.genops(found.data[start:]))
    ends = [position for _, _, position in opcodes[1:]] + [opcodes[-1][2] + 1]
    for (opcode, _, position), end in zip(opcodes, ends, strict=True):
        if opcode.name in ("BININT1", "BININT2", "BININT", "BINFLOAT", "NONE", "NEWTRUE", "NEWFALSE"):
            pickled.numbers.append((len(pickled.data), end - position))
        if opcode.name != "FRAME":
            pickled.data += found.data[start + position : start + end]
    # Most numbers are those of stars, which matter less.
    pickled.numbers = pickled.numbers[:150] + pickled.numbers[-30:]
    return pickled


@cache
def example(name: str) -> Example:
    """Read and take apart an undamaged file."""
    raw = Path(name if os.path.isabs(name) else golden_file(name)).read_bytes()
    found = Example(gzip.decompress(raw) if name.endswith(".gz") else raw)
    with tempfile.NamedTemporaryFile(suffix=".fits") as file:
        file.write(found.data)
        file.flush()
        with fits.open(file.name, disable_image_compression=True, memmap=False) as hdus:
            for hdu in hdus:
                _take_apart(found, hdu)
    start = found.data.find(b"\x80\x04\x95")
    if start >= 0:
        opcodes = pickletools.genops(found.data[start:])
        found.opcodes = [(start + position, opcode.name) for opcode, _, position in opcodes]
    return found


def _take_apart(found: Example, hdu: Any) -> None:
    info = hdu.fileinfo()
    header = range(info["hdrLoc"], info["datLoc"], 80)
    found.cards += [at for at in header if found.data[at : at + 80].strip()]
    found.structure = [at for at in found.cards if _STRUCTURE.match(found.data[at : at + 80])]
    if not info["datSpan"]:
        return
    found.data_parts.append((info["datLoc"], info["datSpan"]))
    if "TFIELDS" not in hdu.header:
        return
    offset = info["datLoc"]
    for _ in range(min(hdu.header["NAXIS2"], 60)):
        for number in range(1, hdu.header["TFIELDS"] + 1):
            repeat, letter = re.match(r"(\d*)([A-Z])", hdu.header[f"TFORM{number}"]).groups()  # type: ignore[union-attr]
            n = int(repeat or 1)
            width, code = {"J": (4, "i"), "K": (8, "q"), "D": (8, "d"), "E": (4, "f"), "P": (4, "i"),
                           "Q": (8, "q"), "I": (2, "h")}.get(letter, (1, ""))  # fmt: skip
            n *= 2 if letter in "PQ" else 1
            if code:
                found.cells += [(offset + width * i, code) for i in range(min(n, 8))]
            offset += (n + 7) // 8 if letter == "X" else n * width


def _flip_bits(data: bytearray, rng: random.Random, _: Example) -> None:
    for _i in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _flip_data(data: bytearray, rng: random.Random, part: Example) -> None:
    start, size = rng.choice(part.data_parts)
    for _i in range(rng.choice((1, 2, 8))):
        data[start + rng.randrange(size)] = rng.randrange(256)


def _truncate(data: bytearray, rng: random.Random, _: Example) -> None:
    size = rng.randrange(0, len(data), 2880) if rng.random() < 0.7 else rng.randrange(len(data))
    del data[size:]


def _set_card(data: bytearray, rng: random.Random, part: Example) -> None:
    at = rng.choice(part.structure if part.structure and rng.random() < 0.8 else part.cards)
    if rng.random() < 0.15:
        card = b"" if rng.random() < 0.5 else data[(other := rng.choice(part.cards)) : other + 80]
    else:
        card = bytes(data[at : at + 8]) + b"= " + rng.choice(_VALUES).rjust(20).encode()
    data[at : at + 80] = card.ljust(80)[:80]


def _set_cell(data: bytearray, rng: random.Random, part: Example) -> None:
    if not part.cells:
        return _flip_data(data, rng, part)
    at, code = rng.choice(part.cells)
    if code in "fd":
        value = rng.choice(_REALS)
        packed = struct.pack(f">{code}", value if code == "d" or abs(value) < 1e38 else np.inf)
    else:
        bits = 8 * struct.calcsize(code)
        value = rng.choice(_LONG if code == "q" else _INTEGERS)
        packed = struct.pack(f">{code}", (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1))
    data[at : at + len(packed)] = packed
    return None


def _change_pickle(data: bytearray, rng: random.Random, part: Example) -> None:
    if not part.opcodes:
        return _set_cell(data, rng, part)
    numbers = [each for each in part.opcodes if each[1] in ("BININT1", "BININT", "BINFLOAT")]
    at, name = rng.choice(numbers if rng.random() < 0.5 else part.opcodes)
    if name == "BINFLOAT":
        data[at + 1 : at + 9] = struct.pack(">d", rng.choice(_REALS))
    elif name == "BININT":
        data[at + 1 : at + 5] = struct.pack("<i", rng.choice(_INTEGERS))
    elif name == "BININT1" and rng.random() < 0.7:
        # A longer number in place of a short one, and of what comes after it.
        data[at : at + 5] = b"J" + struct.pack("<i", rng.choice(_INTEGERS))
        del data[at + 5 : at + 5 + rng.choice((0, 3))]
    else:
        data[at] = ord(rng.choice(pickletools.opcodes).code)
    return None


def _change_number(rng: random.Random, part: Example) -> bytes:
    at, size = rng.choice(part.numbers)
    value = rng.choice(
        (
            b"J" + struct.pack("<i", rng.choice(_INTEGERS)),
            b"\x8a\x08" + struct.pack("<q", max(-(2**63), rng.choice(_LONG))),
            b"G" + struct.pack(">d", rng.choice(_REALS)),
            rng.choice((b"N", b"]", b"}", b"\x8c\x01a", b"C\x01a", b"K\x00K\x01\x86")),
        )
    )
    return part.data[:at] + value + part.data[at + size :]


def _move_block(data: bytearray, rng: random.Random, _: Example) -> None:
    blocks = len(data) // 2880
    first, second = (2880 * rng.randrange(blocks) for _i in range(2))
    block = data[first : first + 2880]
    match rng.randrange(3):
        case 0:
            del data[first : first + 2880]
        case 1:
            data[second:second] = block
        case _:
            data[second : second + 2880] = block


_DAMAGES = (_flip_bits, _flip_data, _truncate, _set_card, _set_card, _set_card, _set_cell, _set_cell,
            _set_cell, _change_pickle, _move_block)  # fmt: skip


def undamaged(kind: str, name: str) -> bytes:
    """Return an example before the damage."""
    return (model if kind == "Piff model" else example)(name).data


def damage(number: int) -> tuple[str, str, bytes]:
    """Return kind, example and damaged bytes of a case."""
    rng = random.Random(number)
    kind = rng.choices(list(KINDS), [k.weight for k in KINDS.values()])[0]
    name = rng.choice(KINDS[kind].files)
    if kind == "Piff model":
        return kind, name, _change_number(rng, model(name))
    part = example(name)
    data = bytearray(part.data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) == len(part.data):
            rng.choice(_DAMAGES)(data, rng, part)
    return kind, name, bytes(data)


# One case -----------------------------------------------------------------


class FuzzError(AssertionError):
    """Something that must not happen, whatever the file."""


def _chain(err: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = err
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _check_type(err: BaseException) -> None:
    if isinstance(err, AttributeError) and "which stacklite cannot evaluate" in str(err):
        return  # The name of a class is damaged; nobody can know that.
    if not isinstance(err, lsst.pex.exceptions.Exception):
        raise FuzzError(f"{type(err).__module__}.{type(err).__name__}: {err}") from err
    if any(isinstance(each, MemoryError) for each in _chain(err)):
        raise FuzzError(f"asked for too much memory, then: {err}") from err


def _check_name(err: BaseException, path: str) -> None:
    _check_type(err)
    if path not in str(err):
        raise FuzzError(f"the file is not named: {type(err).__name__}: {err}") from err


def run_case(number: int, directory: str) -> None:
    """Run one case.

    Raises
    ------
    FuzzError
        Raised if the case ends in anything but success or an exception of
        the stack; one from reading must name the file.
    """
    kind, _, data = damage(number)
    path = f"{directory}/damaged.fits"
    Path(path).write_bytes(data)
    evaluations = iter(())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if number % 2:
            warnings.simplefilter("error", AstropyWarning)
        try:
            evaluations = iter(list(KINDS[kind].read(path)))
        except BaseException as err:
            _check_name(err, path)
        for evaluate in evaluations:
            try:
                evaluate()
            except BaseException as err:
                _check_type(err)


def run_cases(first: int, last: int) -> None:
    """Run cases, writing a line for each before it starts, and for each failure."""
    with tempfile.TemporaryDirectory() as directory:
        for number in range(first, last):
            print(json.dumps({"case": number}), flush=True)
            faulthandler.dump_traceback_later(WALL_SECONDS, exit=True)
            start = time.process_time()
            try:
                run_case(number, directory)
            except FuzzError as err:
                _report(number, "".join(traceback.format_exception(err)))
            faulthandler.cancel_dump_traceback_later()
            if (used := time.process_time() - start) > SECONDS:
                _report(number, f"took {used:.0f} s")


def _report(number: int, what: str) -> None:
    kind, name, _ = damage(number)
    print(json.dumps({"failed": number, "kind": kind, "file": name, "what": what}), flush=True)


if __name__ == "__main__":
    import logging

    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run_cases(int(sys.argv[1]), int(sys.argv[2]))
