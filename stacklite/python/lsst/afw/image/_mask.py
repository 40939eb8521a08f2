"""Masks: images of bits with named planes."""

from __future__ import annotations

__all__ = ["Mask", "MaskPixel", "MaskX"]

import operator
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self, overload

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._errors import reading
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.daf.base import PropertySet
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst.utils import TemplateMeta
from lsst_stacklite._overloads import bind

from ._fits_plane import FitsPlane
from ._image_base import _NO_SIZE, _ORIGIN, ImageBase
from ._indexing import LOCAL, PARENT, WHOLE, ImageOrigin
from ._mask_bits import bit_value, translate_bits
from ._mask_planes import (
    MAX_PLANES,
    NO_PLANES,
    MaskPlaneDict,
    add_default_plane,
    bits_of_metadata,
    default_planes,
    set_default_planes,
)
from ._no_temporaries import NoTemporaryMasks
from ._plane_readers import ImageBaseFitsReader, open_reader
from ._plane_writers import write_image
from ._stored_rows import StoredRows

MaskPixel = np.int32


class MaskX(NoTemporaryMasks, ImageBase):
    """A mask of 32 named bit planes.

    The constructors are those of images. Names and bit numbers come from
    the process-wide default dictionary (as in the stack), unless ``planeDefs``
    defines them; reading a file translates its bits to that dictionary
    and adds the names it lacks.
    """

    dtype: ClassVar[Any] = MaskPixel

    @overload
    def __init__(self, width: int, height: int, planeDefs: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(
        self, width: int, height: int, initialValue: int, planeDefs: Mapping[str, int] = NO_PLANES
    ) -> None: ...

    @overload
    def __init__(
        self, dimensions: Extent2I | None = _NO_SIZE, planeDefs: Mapping[str, int] = NO_PLANES
    ) -> None: ...

    @overload
    def __init__(
        self, dimensions: Extent2I, initialValue: int, planeDefs: Mapping[str, int] = NO_PLANES
    ) -> None: ...

    @overload
    def __init__(self, bbox: Box2I, planeDefs: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(self, bbox: Box2I, initialValue: int, planeDefs: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(self, src: MaskX, deep: bool = False) -> None: ...

    @overload
    def __init__(self, src: MaskX, bbox: Box2I, origin: ImageOrigin = PARENT, deep: bool = False) -> None: ...

    @overload
    def __init__(self, array: np.ndarray, deep: bool = False, xy0: Point2I = _ORIGIN) -> None: ...

    @overload
    def __init__(
        self,
        fileName: str | os.PathLike[str],
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        manager: MemFileManager,
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and isinstance(args[0], np.ndarray):  # a frequent form
            self._planes = default_planes()
            self._init_array(*args, **kwargs)
            return
        given = bind(MaskX.__init__, _CHECKS, (self, *args), kwargs)
        planes = given.pop("planeDefs", None)
        self._planes = MaskPlaneDict(planes) if planes else default_planes()
        if "src" in given:
            self._init_from(given.pop("src"), **given)
        else:
            self._init_by_name(given)

    _planes: MaskPlaneDict
    _rows: StoredRows | None = None
    """The pixels, as long as some of them may not be decompressed."""

    @classmethod
    def _of_plane(
        cls, plane: FitsPlane, bbox: Box2I, origin: ImageOrigin, conform_masks: bool, allow_unsafe: bool
    ) -> Self:
        """Return a mask of a file, bits translated to the default planes.

        If none have to be, pixels that are compressed in tiles are
        decompressed when they are needed; only then damage is found in them.

        Parameters
        ----------
        plane : `FitsPlane`
            The mask in the file.
        bbox : `~lsst.geom.Box2I`
            The part to read.
        origin : `ImageOrigin`
            Coordinates of the box.
        conform_masks : `bool`
            Make the planes of the file the default instead.
        allow_unsafe : `bool`
            Whether a conversion of the pixel type may lose information.
        """
        local = plane.local_box(bbox, origin)
        with reading(plane.where, "the mask is damaged"):
            planes = plane.mask_planes()
            if conform_masks:
                set_default_planes(planes)
            rows = plane.stored_rows(local, MaskPixel)
            if rows is not None:
                mask = cls._of_rows(rows, plane.parent(local))
            else:
                mask = cls(plane.array(local, MaskPixel, allow_unsafe), xy0=plane.parent(local))
            mask.conformMaskPlanes(planes)
            return mask

    @classmethod
    def _of_rows(cls, rows: StoredRows, xy0: Point2I) -> Self:
        """Return a mask whose pixels are decompressed when they are needed."""
        mask = cls.__new__(cls)
        mask._planes, mask._rows, mask._xy0 = default_planes(), rows, Point2I(xy0)
        return mask

    @cached_property
    def _array(self) -> np.ndarray:  # type: ignore[override]
        rows = self._rows
        # In this order for other threads: there always are rows or an array.
        array = self.__dict__["_array"] if rows is None else self.__dict__.setdefault("_array", rows.array())
        self.__dict__.pop("_rows", None)
        return array

    @property
    def _shape(self) -> tuple[int, int]:
        rows = self._rows
        return super()._shape if rows is None else rows.shape

    def _init_from(
        self, rhs: ImageBase, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT, deep: bool = False
    ) -> None:
        rows = rhs._rows  # type: ignore[attr-defined]
        if rows is None or deep:
            super()._init_from(rhs, bbox, origin, deep)
        else:
            window, self._xy0 = rhs._window(bbox, origin)
            self._rows = rows.part(*window)
        self._planes = rhs._planes  # type: ignore[attr-defined]

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None:
        with open_reader(ImageBaseFitsReader, fileName, hdu) as reader:
            mask = MaskX._of_plane(reader._plane, bbox, origin, conformMasks, allowUnsafe)
            if metadata is not None:
                metadata.combine(reader.readMetadata())
            self._array, self._xy0 = mask._array, mask._xy0

    # -- Planes

    @staticmethod
    def addMaskPlane(name: str, /) -> int:
        """Return the bit number of a plane, adding the name if it is new; `TypeError` if it is no text."""
        if not isinstance(name, str):
            raise TypeError(f"the name of a mask plane is a text, not {name!r}.")
        return add_default_plane(name)

    @staticmethod
    def removeMaskPlane(name: str, /) -> None:
        """Remove a name from the default dictionary; pixels keep their bits."""
        default_planes().bit(name)
        set_default_planes({n: b for n, b in default_planes().items() if n != name})

    @staticmethod
    def getMaskPlane(name: str, /) -> int:
        """Return the bit number of a plane; `InvalidParameterError` if unknown."""
        return default_planes().bit(name)

    @staticmethod
    def getPlaneBitMask(name: str | Iterable[str], /) -> int:
        """Return the pixel value with the bits of one or more planes set.

        The bits come from the process-wide dictionary (agrees with the stack).

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a name is unknown.
        """
        names = [name] if isinstance(name, str) else name
        value = 0
        for each in names:
            value |= bit_value(default_planes().bit(each))
        return value

    @staticmethod
    def clearMaskPlaneDict() -> None:
        """Forget all default names, in masks that have them as well."""
        default_planes().clear()

    @staticmethod
    def getNumPlanesMax() -> int:
        """Return the number of bits of a pixel."""
        return MAX_PLANES

    @staticmethod
    def getNumPlanesUsed() -> int:
        """Return the number of default names."""
        return len(default_planes())

    @staticmethod
    def interpret(value: int, /) -> str:
        """Return the names of the bits of a pixel, sorted, comma separated."""
        bits = np.uint32(np.int64(value) & 0xFFFFFFFF)
        return ",".join(sorted(name for name, bit in default_planes().items() if bits >> np.uint32(bit) & 1))

    def getAsString(self, x: int, y: int, /) -> str:
        """Return the names of the bits of a pixel, by position in the array."""
        return self.interpret(self[x, y, LOCAL])

    def _plane_bits(self) -> Mapping[str, int]:
        return self._planes

    def getMaskPlaneDict(self) -> dict[str, int]:
        """Return a copy of the names that this mask knows, sorted."""
        return dict(sorted(self._planes.items()))

    def __str__(self) -> str:
        return f"{super().__str__()}, maskPlaneDict={self.getMaskPlaneDict()}"

    def printMaskPlanes(self) -> None:
        """Print number and name of each plane."""
        for name, bit in self.getMaskPlaneDict().items():
            print(f"Plane {bit} -> {name}")

    @staticmethod
    def addMaskPlanesToMetadata(metadata: PropertySet, /) -> None:
        """Add the default names and their bit numbers to metadata, as ``MP_<name>``."""
        for name, bit in sorted(default_planes().items()):
            metadata.set(f"MP_{name}", bit)

    @staticmethod
    def parseMaskPlaneMetadata(metadata: PropertySet, /) -> dict[str, int]:
        """Return the names and bit numbers that metadata say; see `addMaskPlanesToMetadata`."""
        names = metadata.paramNames()
        return dict(sorted(bits_of_metadata((name, metadata.getScalar(name)) for name in names).items()))

    def setMaskPlaneValues(self, plane: int, x0: int, x1: int, y: int, /) -> None:
        """Set one bit (by number) of the pixels from ``x0`` to ``x1``, by position in the array.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if no plane has this number.
        lsst.pex.exceptions.LengthError
            Raised if a pixel is outside.
        """
        if plane not in self._planes.values():
            raise InvalidParameterError(f"no mask plane has the bit number {plane}.")
        row = Box2I(Point2I(x0, y), Point2I(x1, y), False)
        if not row.isEmpty():
            self._cut(row, LOCAL)[0][:] |= np.int32(bit_value(plane))

    def swap(self, other: MaskX, /) -> None:
        """Exchange pixels and names with another mask."""
        mine, theirs = dict(vars(self)), dict(vars(other))
        for mask, values in ((self, theirs), (other, mine)):
            vars(mask).clear()
            vars(mask).update(values)

    def clearMaskPlane(self, plane: int, /) -> None:
        """Clear one bit (by number) in every pixel."""
        self._array &= np.int32(~bit_value(plane))

    def clearAllMaskPlanes(self) -> None:
        """Clear every pixel."""
        self._array[:] = 0

    def removeAndClearMaskPlane(self, name: str, removeFromDefault: bool = False) -> None:
        """Clear a plane and forget its name, here or in the default as well.

        The default dictionary says which bit that is (agrees with the stack).
        A mask that shares the default and removes from it, removes from all
        masks that share it.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the default dictionary has no such plane.
        """
        self.clearMaskPlane(default_planes().bit(name))
        if not (removeFromDefault and self._planes is default_planes()):
            self._planes = MaskPlaneDict(self._planes)
        self._planes.pop(name, None)
        if removeFromDefault and name in default_planes():
            self.removeMaskPlane(name)

    def conformMaskPlanes(self, planes: Mapping[str, int], /) -> None:
        """Translate bits that mean ``planes`` to the default dictionary.

        Parameters
        ----------
        planes : `~collections.abc.Mapping` [`str`, `int`]
            Present meaning of the bits. New names are added.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if two names share a bit, or no bit is left for a new name.
        """
        if len(set(planes.values())) != len(planes):
            raise pex_exceptions.RuntimeError(f"two mask planes share a bit: {dict(planes)}.")
        new_bits = {bit: add_default_plane(name) for name, bit in planes.items()}
        # A mask whose bits stay is not read from its file for that.
        if any(old != new for old, new in new_bits.items()):
            translate_bits(self._array, new_bits)
        self._planes = default_planes()

    # -- Bit arithmetic

    def _operand(self, rhs: Any) -> Any:
        if isinstance(rhs, MaskX) and rhs._planes != self._planes:
            raise pex_exceptions.RuntimeError("the masks disagree about the meaning of their bits.")
        if not isinstance(rhs, ImageBase):
            return np.uint32(operator.index(rhs) & 0xFFFFFFFF).view(np.int32)
        return super()._operand(rhs)

    def __ior__(self, rhs: Any) -> Self:
        self._array |= self._operand(rhs)
        return self

    def __iand__(self, rhs: Any) -> Self:
        self._array &= self._operand(rhs)
        return self

    def __ixor__(self, rhs: Any) -> Self:
        self._array ^= self._operand(rhs)
        return self

    # -- Files

    @overload
    @classmethod
    def readFits(cls, filename: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> Self:
        """Read a mask from a file (see the constructor for boxes)."""
        given = bind(MaskX.readFits, FILE_KINDS, (cls, *args), kwargs)
        return cls(file_of(given), hdu=given.get("hdu", DEFAULT_HDU))

    @overload
    def writeFits(
        self, fileName: str | os.PathLike[str], metadata: PropertySet | None = None, mode: str = "w"
    ) -> None: ...
    @overload
    def writeFits(
        self, manager: MemFileManager, metadata: PropertySet | None = None, mode: str = "w"
    ) -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the mask as the first array of a file (see `ImageF.writeFits`)."""
        given = bind(MaskX.writeFits, _CHECKS, (self, *args), kwargs)
        write_image(self, file_of(given), **given)

    def writeFitsWithOptions(
        self, dest: str | os.PathLike[str], options: Mapping[str, Any] | None, item: str | None = None
    ) -> None:
        """Write the mask as the only array of a file (see `ImageF.writeFitsWithOptions`).

        The options of ``mask`` apply by default, or those of ``image`` if
        there are none.
        """
        if options is not None:
            options = options.get(item or ("mask" if "mask" in options else "image"))
        write_image(self, dest, options=options)


_CHECKS = {**ImageBase._checks, "Mapping[str, int]": Mapping, "MaskX": MaskX, "PropertySet": PropertySet}


class Mask(metaclass=TemplateMeta):
    """Any mask type: ``Mask[MaskPixel]``, ``Mask(...)``."""

    TEMPLATE_DEFAULTS = (MaskPixel,)


Mask.register(MaskPixel, MaskX)
Mask.alias("X", MaskX)
