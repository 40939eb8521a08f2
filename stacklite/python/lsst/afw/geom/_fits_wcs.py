"""FITS WCS keywords to frames and back."""

from __future__ import annotations

__all__ = ["fits_keywords", "frames_from_metadata", "strip_wcs_keywords"]

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import starlink.Ast as Ast
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I, Point2I
from lsst_stacklite._ast import applied, ast_errors, make_series_map, simplified
from lsst_stacklite._limits import WCS_HEADER_NUMBERS

from ._frame_dict import FrameDict
from ._wcs_metadata import ARRAY_ORIGIN_KEYS, getImageXY0FromMetadata

_READ_OPTIONS = "Encoding=FITS-WCS, IWC=1, SipReplace=0, ReportLevel=3"
# FitsTol is the accuracy, in pixels, that a FITS WCS must have to represent the mapping.
_WRITE_OPTIONS = "Encoding=FITS-WCS, CDMatrix=1, FitsAxisOrder=<copy>, FitsTol=0.0001"
_IGNORED_KEYS = frozenset({*ARRAY_ORIGIN_KEYS, "NAXIS1", "NAXIS2", "LTV1", "LTV2", "COMMENT", "HISTORY"})
_NOT_WRITTEN = frozenset({"NAXIS1", "NAXIS2", "DATE-OBS", "MJD-OBS"})
_MAX_STRING = 68
"""Characters of a text that fit on a card."""

_NO_VALUE = 987654321.0e99
"""Equinox that wcslib, and with it old versions of the stack, writes if there is none."""

_YEARS = ("EQUINOX", "EPOCH")
_POLYNOMIAL_KEY = re.compile(r"QV\d+_\d+")
_SIP_TERM = re.compile(r"([AB]P?)_(\d+)_(\d+)")


def frames_from_metadata(metadata: PropertySet, strip: bool = False) -> FrameDict:
    """Read the WCS of a FITS header.

    Parameters
    ----------
    metadata : `lsst.daf.base.PropertySet`
        Header; pixel coordinates are shifted by its array origin (XY0).
    strip : `bool`
        Remove the keywords that were used.

    Returns
    -------
    frames : `FrameDict`
        PIXELS, IWC and SKY (ICRS, with the position of CRPIX as reference position).

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the header has no celestial WCS in two dimensions.
    """
    chan = _read_chan(metadata)
    crpix = _reference_pixel(metadata)
    frame_set = _read_frame_set(chan)
    origin = np.array([crpix[0] - 1.0, crpix[1] - 1.0])
    result = _pixel_frames(frame_set, origin, getImageXY0FromMetadata(metadata, "A"))
    if strip:
        getImageXY0FromMetadata(metadata, "A", strip=True)
        _strip_used(metadata, chan)
    return result


def _read_chan(metadata: PropertySet) -> Any:
    chan = Ast.FitsChan(None, None, _READ_OPTIONS)
    cards = dict(_usable_cards(metadata))
    is_icrs = str(cards.get("RADESYS", "")).strip() == "ICRS"
    cards = {name: value for name, value in cards.items() if not _is_meaningless(name, value, is_icrs)}
    _refuse_fatal_cards(cards)
    for name, value in (cards | _missing_sip_terms(cards)).items():
        _put_card(chan, name, value)
    chan.clear("Card")
    return chan


def _refuse_fatal_cards(cards: Mapping[str, Any]) -> None:
    """Refuse keywords that make AST end the process (text in a QV keyword) or run forever (huge counts)."""
    for name, value in cards.items():
        if isinstance(value, str):
            if _POLYNOMIAL_KEY.fullmatch(name):
                raise pex_exceptions.TypeError(f"{name} = {value!r} is not a number.")
        elif abs(value) > WCS_HEADER_NUMBERS.get(name, math.inf):
            raise pex_exceptions.TypeError(f"{name} = {value} is beyond {WCS_HEADER_NUMBERS[name]:g}.")


def _missing_sip_terms(cards: Mapping[str, Any]) -> dict[str, float]:
    """Return zero terms that make AST keep the undistorted part of both axes.

    It forgets that of an axis whose own SIP polynomial has no term with the coordinate of this axis.
    """
    result: dict[str, float] = {}
    for names in (("A", "B"), ("AP", "BP")):
        terms = [term for key in cards if (term := _SIP_TERM.fullmatch(key)) and term[1] in names]
        for axis, name in enumerate(names):
            if terms and not any(term[1] == name and int(term[2 + axis]) > 0 for term in terms):
                result[f"{name}_{1 - axis}_{axis}"] = 0.0
                result[f"{name}_ORDER"] = cards.get(f"{name}_ORDER", 1)
    return result


def _usable_cards(metadata: PropertySet) -> Iterator[tuple[str, Any]]:
    for name in metadata.names():
        if len(name) > 8 or name in _IGNORED_KEYS:
            continue
        value = metadata.getScalar(name)
        if isinstance(value, bool | int | float | str) and not _is_unusable(value):
            yield "RADESYS" if name == "RADECSYS" else name, value


def _is_unusable(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > _MAX_STRING
    return isinstance(value, float) and math.isnan(value)


def _is_meaningless(name: str, value: Any, is_icrs: bool) -> bool:
    """Return whether a year stands for no value, or is impossible where the axes do not depend on it."""
    if name not in _YEARS or isinstance(value, str):
        return False
    return abs(value) == _NO_VALUE or (is_icrs and abs(value) > WCS_HEADER_NUMBERS[name])


def _put_card(chan: Any, name: str, value: bool | int | float | str) -> None:
    match value:
        case bool():
            chan.setfitsL(name, value, "", True)
        case int() if -(2**31) <= value < 2**31:
            chan.setfitsI(name, value, "", True)
        case int() | float():
            chan.setfitsF(name, float(value), "", True)
        case _:
            chan.setfitsS(name, value, "", True)


def _reference_pixel(metadata: PropertySet) -> tuple[float, float]:
    if not (metadata.exists("CRPIX1") and metadata.exists("CRPIX2")):
        raise pex_exceptions.TypeError("the metadata have no CRPIX1 and CRPIX2: no WCS.")
    values = metadata.getScalar("CRPIX1"), metadata.getScalar("CRPIX2")
    try:
        return float(values[0]), float(values[1])
    except ValueError as err:
        raise pex_exceptions.TypeError(f"CRPIX1, CRPIX2 = {values} are not numbers.") from err


def _read_frame_set(chan: Any) -> Any:
    try:
        result = chan.read()
    except (Ast.AstError, UnicodeDecodeError) as err:
        # pyast may garble its own message so that even the conversion to a str fails.
        raise pex_exceptions.TypeError("the FITS WCS cannot be read: unusable keywords.") from err
    if result is None or not result.isaframeset():
        raise pex_exceptions.TypeError("the metadata have no FITS WCS.")
    return result


def _strip_used(metadata: PropertySet, chan: Any) -> None:
    left = {fits.Card.fromstring(card).keyword for card in chan}
    for name in [name for name, _ in _usable_cards(metadata) if name not in left]:
        metadata.remove(name)


def strip_wcs_keywords(metadata: PropertySet) -> None:
    """Remove the keywords that `frames_from_metadata` uses, if AST finds a WCS in them, celestial or not."""
    chan = _read_chan(metadata)
    try:
        _read_frame_set(chan)
    except pex_exceptions.TypeError:
        return
    getImageXY0FromMetadata(metadata, "A", strip=True)
    _strip_used(metadata, chan)


def _pixel_frames(frame_set: Any, crpix: np.ndarray, xy0: Point2I) -> FrameDict:
    """Rearrange GRID, SKY and IWC into PIXELS, IWC and ICRS SKY."""
    numbers = {frame_set.getframe(i).Domain: i for i in range(1, frame_set.Nframe + 1)}
    sky = frame_set.getframe(frame_set.Current)
    if not (sky.isaskyframe() and "IWC" in numbers and frame_set.getframe(frame_set.Base).Naxes == 2):
        raise pex_exceptions.TypeError(f"not a two-dimensional celestial WCS: frames {sorted(numbers)}.")
    icrs = _add_icrs(frame_set, sky)
    shift = Ast.ShiftMap([1.0 - xy0.getX(), 1.0 - xy0.getY()])
    grid_to_iwc = frame_set.getmapping(frame_set.Base, numbers["IWC"]).simplify()
    pixel_to_iwc = make_series_map(shift, grid_to_iwc).simplify()
    iwc_to_sky = frame_set.getmapping(numbers["IWC"], frame_set.Current)
    origin = applied(
        make_series_map(pixel_to_iwc, iwc_to_sky), (crpix + [xy0.getX(), xy0.getY()]).reshape(2, 1)
    )
    icrs.SkyRefIs = "Ignored"
    icrs.SkyRef_1, icrs.SkyRef_2 = origin[0, 0], origin[1, 0]
    return FrameDict.from_chain(
        Ast.Frame(2, "Domain=PIXELS"),
        (pixel_to_iwc, frame_set.getframe(numbers["IWC"])),
        (iwc_to_sky, icrs),
    )


def _add_icrs(frame_set: Any, sky: Any) -> Any:
    """Add the ICRS frame as current frame to a frame set and return a copy of it."""
    conversion = sky.findframe(Ast.SkyFrame("System=ICRS"))
    if conversion is None:
        raise pex_exceptions.TypeError(f"the sky system {sky.System} cannot be converted to ICRS.")
    icrs = conversion.getframe(conversion.Current).copy()
    icrs.AlignSystem = "ICRS"
    frame_set.addframe(frame_set.Current, conversion.getmapping(1, conversion.Current).simplify(), icrs)
    return icrs


def fits_keywords(pixel_to_sky: Any, sky_frame: Any, bbox: Box2I | None = None) -> PropertyList | None:
    """Describe a mapping by FITS WCS keywords.

    Parameters
    ----------
    pixel_to_sky : `starlink.Ast.Mapping`
        Mapping from pixels to the sky frame.
    sky_frame : `starlink.Ast.SkyFrame`
        Its output frame.
    bbox : `lsst.geom.Box2I`, optional
        Box of the image whose header is made; its minimum is the first pixel of the array. By default pixel
        coordinates are array coordinates.

    Returns
    -------
    metadata : `lsst.daf.base.PropertyList` or `None`
        Keywords; None if FITS cannot represent the mapping to 1e-4 pixel.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if the mapping is singular.
    """
    x0, y0 = (0, 0) if bbox is None or bbox.isEmpty() else bbox.getMin()
    grid_to_pixel = Ast.ShiftMap([x0 - 1.0, y0 - 1.0])
    frame_set = Ast.FrameSet(Ast.Frame(2, "Domain=GRID"))
    frame_set.addframe(1, simplified(make_series_map(grid_to_pixel, pixel_to_sky)), sky_frame.copy())
    chan = Ast.FitsChan(None, None, _WRITE_OPTIONS)
    if bbox is not None and not bbox.isEmpty():
        chan.setfitsI("NAXIS1", bbox.getWidth(), "", True)
        chan.setfitsI("NAXIS2", bbox.getHeight(), "", True)
    with ast_errors("write FITS keywords"):
        written = chan.write(frame_set)
    return _property_list(chan) if written else None


def _property_list(chan: Any) -> PropertyList:
    result = PropertyList()
    cards = [fits.Card.fromstring(card) for card in chan]
    for card in cards:
        if card.keyword and card.keyword not in _NOT_WRITTEN:
            # The text of a card has only 15 digits.
            value = chan.getfitsF(card.keyword)[1] if isinstance(card.value, float) else card.value
            result.set(card.keyword, value, card.comment)
    _add_missing_cd(result)
    return result


def _add_missing_cd(metadata: PropertyList) -> None:
    for name in (f"CD{i}_{j}" for i in (1, 2) for j in (1, 2)):
        if not metadata.exists(name):
            metadata.set(name, 0.0, "Transformation matrix element")
