"""Undamaged files of kinds of which the golden files have none."""

from __future__ import annotations

__all__ = ["HEADERS", "make", "NAMES"]

import io
import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from astropy.io import fits

from lsst.afw.geom import makeTransform
from lsst.afw.image import ExposureF, ImageF, ImageI
from lsst.afw.table.io import Persistable
from lsst.geom import AffineTransform, LinearTransform, Point2D
from lsst.meas.extensions.psfex import PsfexPsf
from lsst.meas.extensions.psfex._psfex_model import PsfexModel
from stacklite_support.golden import own_file

Write = Callable[[str], Any]


def _content(write: Write) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "made.fits"
        write(str(path))
        return path.read_bytes()


def _psfex() -> bytes:
    y, x = np.mgrid[-7:8, -7:8] * 0.5
    plane = np.exp(-0.5 * (x**2 + y**2) / 2.25).astype(np.float32)
    model = PsfexModel(
        group=np.array([0, 0]),
        degree=np.array([1]),
        basis=np.arange(3.0),
        coeff=np.ones(3),
        size=np.array([15, 15, 3]),
        comp=np.concatenate([plane.ravel(), 0.1 * plane.ravel(), 0.01 * plane.ravel()]),
        pixel_step=np.float32(0.5),
        context_first=np.full(2, 500.0),
        context_second=np.full(2, 1000.0),
    )
    return _content(PsfexPsf(model, Point2D(480.0, 520.0)).writeFits)


def _header_wcs(name: str) -> bytes:
    """An exposure without an archive: its WCS is in the header."""
    known = json.loads(Path(own_file("wcs.json")).read_text())["cases"]
    case = next(c for c in known if c["kind"] == "makeSkyWcs header" and c["inputs"]["name"] == name)
    hdu = fits.ImageHDU(np.zeros((6, 7), np.float32))
    for keyword, value in case["inputs"]["cards"]:
        hdu.header[keyword] = value
    hdu.header["EXTTYPE"] = "IMAGE"
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    return stream.getvalue()


def _tiles(algorithm: str) -> bytes:
    values = np.random.default_rng(1).integers(0, 500, (24, 40))
    image: Any = ImageI(40, 24) if algorithm == "RICE_1" else ImageF(40, 24)
    image.array[:] = values
    stream = io.BytesIO()
    hdu = fits.CompImageHDU(image.array, compression_type=algorithm, tile_shape=(7, 11), quantize_level=0.0)
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    # Without the times that the tiles were compressed at.
    return re.sub(rb"(\x1f\x8b\x08\0)....", rb"\1\0\0\0\0", stream.getvalue(), flags=re.DOTALL)


def _unsupported_tiles(algorithm: str) -> bytes:
    mask = (np.random.default_rng(1).integers(0, 9, (24, 40)) == 0).astype(np.int32)
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(mask, compression_type=algorithm)]).writeto(stream)
    return stream.getvalue()


def _camera_yaml() -> bytes:
    """The first detector, with two amplifiers."""
    camera = yaml.safe_load(Path(own_file("camera.yaml")).read_text())
    name, detector = next(iter(camera["CCDs"].items()))
    detector["amplifiers"] = dict(list(detector["amplifiers"].items())[:2])
    camera["CCDs"] = {name: detector}
    return yaml.safe_dump(camera).encode()


def _component(name: str) -> bytes:
    exposure = ExposureF.readFits(own_file("exposure_full.fits"))
    component: Persistable = exposure.info.getComponent(name)
    return _content(component.writeFits)


def _transform() -> bytes:
    linear = LinearTransform(np.array([[1.0, 0.1], [-0.1, 1.1]]))
    return _content(makeTransform(AffineTransform(linear)).writeFits)


HEADERS = ("tan", "sip", "sip_inverse", "tpv", "zpn", "tnx", "cdelt_crota", "pc_cdelt", "xy0_sip")
"""Names of WCSs in headers."""

_MAKERS: dict[str, Callable[[], bytes]] = {
    "psfex": _psfex,
    "camera.yaml": _camera_yaml,
    "transform": _transform,
    **{name: lambda name=name: _header_wcs(name)
       for name in HEADERS},
    **{name: lambda name=name: _tiles(name) for name in ("GZIP_1", "GZIP_2", "RICE_1")},
    **{name: lambda name=name: _unsupported_tiles(name) for name in ("HCOMPRESS_1", "PLIO_1", "NOCOMPRESS")},
    **{name: lambda name=name: _component(name)
       for name in ("FILTER", "DETECTOR", "SUMMARY_STATS", "VALID_POLYGON", "SKYWCS")},
}  # fmt: skip

NAMES = frozenset(_MAKERS)
"""Names of what can be made."""


@cache
def make(name: str) -> bytes:
    """Return the content of a file."""
    return _MAKERS[name]()
