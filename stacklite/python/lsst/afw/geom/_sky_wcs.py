"""The celestial WCS of the stack."""

from __future__ import annotations

__all__ = ["SkyWcs"]

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
import starlink.Ast as Ast

import astshim
import lsst.pex.exceptions as pex_exceptions
from astshim._object import made, raw
from lsst.afw.typehandling import Storable
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Angle, Box2I, Extent2D, Point2D
from lsst_stacklite._ast import TEXT_VERSION, decoded, dump_object, make_series_map, parse_object, simplified
from lsst_stacklite._overloads import Check, bind
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

from ._fits_wcs import fits_keywords, frames_from_metadata
from ._frame_dict import FrameDict
from ._pixel_sky_map import PixelSkyMap
from ._transform import TransformPoint2ToSpherePoint
from ._wcs_metadata import unitless_wcs_metadata

_SIMPLIFIED_MARK = re.compile(r"^\s*IsSimp = 1\n", re.MULTILINE)


class SkyWcs(PixelSkyMap, FitsReadable, Storable):
    """Mapping from 0-based parent pixel coordinates to ICRS. Immutable.

    Parameters
    ----------
    metadata : `lsst.daf.base.PropertySet`
        FITS header.
    strip : `bool`, optional
        Remove the keywords that were used from ``metadata``.
    frameDict : `astshim.FrameDict`
        Frames PIXELS (or ACTUAL_PIXELS, then PIXELS), IWC and SKY; the first is the base and SKY the current
        frame. SKY is an ICRS frame whose reference position (SkyRef) is the sky origin.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if a frame is missing or of the wrong kind, or the header describes no celestial WCS.

    See Also
    --------
    makeSkyWcs

    Notes
    -----
    A WCS that was read keeps its text and is written back byte for byte. Two WCSs are equal if their texts
    are, as in the stack; which of the mappings are marked as simplified does not count.
    """

    @overload
    def __init__(self, metadata: PropertySet, strip: bool = False) -> None: ...

    @overload
    def __init__(self, frameDict: astshim.FrameDict | FrameDict) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kinds: dict[str, Check] = {
            "astshim.FrameDict": astshim.FrameDict,
            "FrameDict": FrameDict,
            "PropertySet": PropertySet,
        }
        given = bind(SkyWcs.__init__, kinds, (self, *args), kwargs)
        frames = given["frameDict"] if "frameDict" in given else frames_from_metadata(**given)
        super().__init__(FrameDict(raw(frames)) if isinstance(frames, astshim.FrameDict) else frames)
        self._approximation: SkyWcs | None = None
        self._text: str | None = None

    def getTransform(self) -> TransformPoint2ToSpherePoint:
        """Return the transform from pixels to sky."""
        return TransformPoint2ToSpherePoint(self._pixel_to_sky, simplify=False)

    # -- properties

    def getFrameDict(self) -> astshim.FrameDict:
        """Return a copy of the frames."""
        return made(astshim.FrameDict, self._frames.getFrameSet())

    @property
    def isFlipped(self) -> bool:
        """Whether the handedness of the pixels is that of (east to the right, north up) (`bool`)."""
        return bool(np.linalg.det(self._origin_cd_matrix) > 0)

    @property
    def isFits(self) -> bool:
        """Whether FITS WCS keywords can represent the mapping to 1e-4 pixel (`bool`)."""
        return self._is_fits

    @cached_property
    def _is_fits(self) -> bool:
        return self._exact_fits_metadata(None) is not None

    def hasFitsApproximation(self) -> bool:
        """Return whether an approximation is attached."""
        return self._approximation is not None

    def getFitsApproximation(self) -> SkyWcs | None:
        """Return the attached approximation that FITS can represent, or None."""
        return self._approximation

    def getRelativeRotationToWcs(self, otherWcs: SkyWcs) -> Angle:
        """Return the rotation from another WCS to this one, in [0, 2 pi), wherever both lie on the sky.

        It is the angle of ``inverse(other CD) @ (this CD)``, both at the pixel origins.
        """
        rotation = np.linalg.solve(otherWcs.getCdMatrix(), self.getCdMatrix())
        return Angle(math.atan2(rotation[1, 0], rotation[0, 0])).wrap()

    # -- FITS keywords

    def getFitsMetadata(self, precise: bool = False, bbox: Box2I | None = None) -> PropertyList:
        """Return FITS WCS keywords.

        Parameters
        ----------
        precise : `bool`
            Describe exactly this mapping. Otherwise an attached approximation is described if there is one.
        bbox : `lsst.geom.Box2I`, optional
            Box of the image that the keywords are for: CRPIX is relative to its minimum.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the mapping cannot be represented to 1e-4 pixel, and there is no approximation or a
            precise description is wanted.
        """
        if not precise and self._approximation is not None:
            return self._approximation.getFitsMetadata(True, bbox)
        metadata = self._exact_fits_metadata(bbox)
        if metadata is None:
            remedy = "" if precise else "; attach an approximation with copyWithFitsApproximation"
            raise pex_exceptions.RuntimeError(f"FITS WCS keywords cannot represent this WCS{remedy}.")
        return metadata

    def _exact_fits_metadata(self, bbox: Box2I | None) -> PropertyList | None:
        return fits_keywords(self._pixel_to_sky, self._frames.getFrame("SKY"), bbox)

    # -- derived WCSs

    def getTanWcs(self, pixel: Point2D) -> SkyWcs:
        """Return the TAN WCS with this one's sky position and CD matrix at a pixel.

        The matrix refers to the tangent plane at the sky origin and is not corrected for that (agrees with
        the stack), so the result is approximate away from the sky origin.
        """
        return SkyWcs(unitless_wcs_metadata(pixel, self.pixelToSky(pixel), self.getCdMatrix(pixel)))

    def copyWithFitsApproximation(self, fitsApproximation: SkyWcs, /) -> SkyWcs:
        """Return this WCS with an approximation attached; positions do not change.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the approximation has one itself.
        """
        if fitsApproximation.hasFitsApproximation():
            raise pex_exceptions.LogicError("a FITS approximation cannot have a FITS approximation.")
        result = self._bare_copy()
        result._approximation = fitsApproximation
        return result

    def copyAtShiftedPixelOrigin(self, shift: Extent2D) -> SkyWcs:
        """Return a WCS with ``new(p) = old(p - shift)``; an attached approximation is dropped."""
        if not isinstance(shift, Extent2D):
            raise TypeError(f"a shift is an Extent2D, not a {type(shift).__name__}.")
        new_to_old = Ast.ShiftMap([-float(shift[0]), -float(shift[1])])
        return self._with_pixel_mapping(new_to_old, True)

    def _with_pixel_mapping(self, new_to_old: Any, modify_actual_pixels: bool) -> SkyWcs:
        """Return a WCS with a mapping inserted in front of PIXELS, or of ACTUAL_PIXELS if there are any."""
        old = self._frames
        has_actual = old.hasDomain("ACTUAL_PIXELS")
        to_pixels = old.getMapping("ACTUAL_PIXELS", "PIXELS") if has_actual else None
        to_iwc = old.getMapping("PIXELS", "IWC")
        if has_actual and modify_actual_pixels:
            to_pixels = simplified(make_series_map(new_to_old, to_pixels))
        else:
            to_iwc = simplified(make_series_map(new_to_old, to_iwc))
        chain = [(to_iwc, old.getFrame("IWC")), (old.getMapping("IWC", "SKY"), old.getFrame("SKY"))]
        first = old.getFrame("PIXELS")
        if has_actual:
            chain.insert(0, (to_pixels, first))
            first = old.getFrame("ACTUAL_PIXELS")
        return SkyWcs(FrameDict.from_chain(first, *chain))

    # -- text, equality, persistence

    def writeString(self) -> str:
        """Return the persisted text (an attached approximation is not part of it, only that there is one)."""
        body = f" {dump_object(self._frames.getFrameSet()).lstrip()}" if self._text is None else self._text
        return f"{TEXT_VERSION} {self._persisted_name} {self.hasFitsApproximation():d} {body}"

    @classmethod
    def readString(cls, text: str, /) -> Self:
        """Return the WCS of a persisted text.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if the text is not that of a SkyWcs.
        """
        words = text.split(" ", 3)
        if len(words) < 4 or words[:2] != [TEXT_VERSION, cls._persisted_name]:
            raise pex_exceptions.TypeError(f"not the text of a SkyWcs: {text[:60]!r}.")
        frame_set = parse_object(words[3])
        if not frame_set.isaframeset():
            raise pex_exceptions.TypeError(f"a SkyWcs is a FrameSet, not a {frame_set.Class}.")
        result = cls(FrameDict(frame_set))
        result._text = words[3]
        return result

    @cached_property
    def _canonical_text(self) -> str:
        return _SIMPLIFIED_MARK.sub("", dump_object(self._frames.getFrameSet()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SkyWcs):
            return NotImplemented
        if self is other:
            return True
        return (
            self.hasFitsApproximation() == other.hasFitsApproximation()
            and self._canonical_text == other._canonical_text
        )

    __hash__ = None

    def _bare_copy(self) -> SkyWcs:
        result = SkyWcs.__new__(SkyWcs)
        result._frames, result._text, result._approximation = self._frames, self._text, None
        return result

    # Copies and pickles are made of the persisted text alone in the stack, too.

    def __copy__(self) -> SkyWcs:
        return self._bare_copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> SkyWcs:
        return self._bare_copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).readString, (self.writeString(),)

    def __repr__(self) -> str:
        kind = "FITS standard SkyWcs:"
        if not self.isFits:
            domains = sorted(self._frames.getAllDomains(), key=self._frames.getIndex)
            kind = f"Non-standard SkyWcs (Frames: {', '.join(domains)}): "
        x, y = self._pixel_origin
        lines = (
            kind,
            f"Sky Origin: {self.getSkyOrigin()}",
            f"Pixel Origin: ({x:g}, {y:g})",
            f"Pixel Scale: {self.getPixelScale().asArcseconds():g} arcsec/pixel",
        )
        return "\n".join(lines)

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        fields = [("wcs", "ArrayB", "wcs string representation", "", 0)]
        row = [_as_bytes(self.writeString())]
        if self._approximation is not None:
            fields.append(("approx", "ArrayB", "wcs string representation of FITS approximation", "", 0))
            row.append(_as_bytes(self._approximation.writeString()))
        return [make_table(fields, [row])]


def _as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


@persistable_reader("SkyWcs", of=SkyWcs, module="lsst.afw.geom", id_fields=())
def _read_sky_wcs(archive: Any, tables: Sequence[Any]) -> SkyWcs:
    table = tables[0]
    texts = {name: decoded(table[name][0]) for name in table.schema.getNames() if name in ("wcs", "approx")}
    wcs = SkyWcs.readString(texts["wcs"])
    if not texts.get("approx"):
        return wcs
    return wcs.copyWithFitsApproximation(SkyWcs.readString(texts["approx"]))
