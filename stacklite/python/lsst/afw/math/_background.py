"""Background models on a grid of cells."""

from __future__ import annotations

__all__ = ["Background", "BackgroundMI", "cell_edges", "makeBackground"]

import copy
from typing import Any, Self, overload

import numpy as np

from lsst.afw.image import ImageF, MaskedImageF
from lsst.geom import Box2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst_stacklite._overloads import bind

from ._approximate import Approximate, ApproximateControl, makeApproximate
from ._background_control import BackgroundControl, UndersampleStyle, as_interp_style, as_undersample_style
from ._background_rows import BackgroundRows, interpolate_rows
from ._interpolate import InterpolateStyle, lookupMaxInterpStyle, lookupMinInterpPoints
from ._statistics import array_statistics
from ._statistics_control import Property


class Background:
    """Base class of background models.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the full image (copied).
    control : `BackgroundControl`
        Parameters (shared).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the box is empty.
    """

    def __init__(self, bbox: Box2I, control: BackgroundControl) -> None:
        if bbox.isEmpty():
            raise InvalidParameterError("a background needs an image with pixels.")
        self._bbox = Box2I(bbox)
        self._control = control
        self._as_used_interp = InterpolateStyle.UNKNOWN
        self._as_used_undersample = UndersampleStyle.THROW_EXCEPTION

    def getBackgroundControl(self) -> BackgroundControl:
        """Return the control (shared)."""
        return self._control

    def getAsUsedInterpStyle(self) -> InterpolateStyle:
        """Return the style of the last image made; UNKNOWN before."""
        return self._as_used_interp

    def getAsUsedUndersampleStyle(self) -> UndersampleStyle:
        """Return the undersample style of the last image made."""
        return self._as_used_undersample


_KINDS = {kind.__name__: kind for kind in (Box2I, InterpolateStyle, UndersampleStyle)}


class BackgroundMI(Background):
    """A background that is interpolated between the cells of a grid.

    Parameters
    ----------
    imageDimensions : `lsst.geom.Box2I`
        Box of the full image.
    statsImage : `lsst.afw.image.MaskedImageF`
        Value of each cell; NaN for none. The variance plane holds the error,
        not its square (as in the stack).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the box is empty.
    """

    def __init__(self, imageDimensions: Box2I, statsImage: MaskedImageF) -> None:
        nx, ny = statsImage.getWidth(), statsImage.getHeight()
        super().__init__(imageDimensions, BackgroundControl(nx, ny))
        self._stats = statsImage
        self._x = cell_edges(self._bbox.getWidth(), nx)
        self._y = cell_edges(self._bbox.getHeight(), ny)

    @classmethod
    def _with_control(cls, bbox: Box2I, stats: MaskedImageF, control: BackgroundControl) -> Self:
        """Return a model whose control is given."""
        result = cls(bbox, stats)
        result._control = control
        return result

    def getImageBBox(self) -> Box2I:
        """Return the box of the full image."""
        return Box2I(self._bbox)

    def getStatsImage(self) -> MaskedImageF:
        """Return the values of the cells, a MaskedImageF (shared)."""
        return self._stats

    def getBinCentersX(self) -> np.ndarray:
        """Return the x of the cell centers, in parent coordinates; shape (columns of cells,)."""
        return _centers(self._x) + self._bbox.getMinX()

    def getBinCentersY(self) -> np.ndarray:
        """Return the y of the cell centers, in parent coordinates; shape (rows of cells,)."""
        return _centers(self._y) + self._bbox.getMinY()

    def __iadd__(self, delta: float) -> BackgroundMI:
        self._stats.image += delta
        return self

    def __isub__(self, delta: float) -> BackgroundMI:
        self._stats.image -= delta
        return self

    def getApproximate(
        self,
        actrl: ApproximateControl,
        undersampleStyle: UndersampleStyle = UndersampleStyle.THROW_EXCEPTION,
    ) -> Approximate:
        """Return a polynomial approximation of the cells.

        Parameters
        ----------
        actrl : `ApproximateControl`
            Kind and order of the polynomial.
        undersampleStyle : `UndersampleStyle`
            Accepted, and of no effect, as in the stack.

        Returns
        -------
        approximate : `Approximate`
            Approximation; the origin of its images is (0, 0).

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the control does not say what to approximate with.
        lsst.pex.exceptions.RuntimeError
            Raised if no cell can be used.
        """
        # The approximation has the coordinates of the array, as in the stack.
        box = Box2I(Point2I(0, 0), self._bbox.getDimensions())
        return makeApproximate(_centers(self._x), _centers(self._y), self._stats, box, actrl)

    @overload
    def getImageF(self) -> ImageF: ...

    @overload
    def getImageF(
        self,
        interpStyle: InterpolateStyle,
        undersampleStyle: UndersampleStyle = UndersampleStyle.THROW_EXCEPTION,
    ) -> ImageF: ...

    @overload
    def getImageF(self, interpStyle: str, undersampleStyle: str = "THROW_EXCEPTION") -> ImageF: ...

    @overload
    def getImageF(
        self,
        bbox: Box2I,
        interpStyle: InterpolateStyle,
        undersampleStyle: UndersampleStyle = UndersampleStyle.THROW_EXCEPTION,
    ) -> ImageF: ...

    @overload
    def getImageF(
        self, bbox: Box2I, interpStyle: str, undersampleStyle: str = "THROW_EXCEPTION"
    ) -> ImageF: ...

    def getImageF(self, *args: Any, **kwargs: Any) -> ImageF:
        """Return the background as an image.

        Without arguments the styles of the control apply. With an
        approximation (see `ApproximateControl`) the box is ignored and the
        origin of the image is (0, 0), as in the stack.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I`, optional
            Box of the image to make, by default that of the full image.
        interpStyle : `Interpolate.Style` or `str`, optional
            How to interpolate between cells.
        undersampleStyle : `UndersampleStyle` or `str`, optional
            What to do if there are too few cells; like ``interpStyle``
            an enumeration or a text.

        Returns
        -------
        image : `lsst.afw.image.ImageF`
            Background on the box.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not inside that of the image.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the grid is too small for the style and shall not be reduced.
        lsst.pex.exceptions.OutOfRangeError
            Raised if so many cells are NaN that the style does not work.
        lsst.pex.exceptions.RuntimeError
            Raised if there are several cells for one pixel.
        TypeError
            Raised if the arguments have none of these forms.
        """
        bbox, style, undersample = self._prepare(args, kwargs)
        if self._is_approximated():
            return self.getApproximate(self._control.getApproximateControl(), undersample).getImage()
        return ImageF(self._rows(bbox, style, undersample).image(), xy0=bbox.getMin())

    def _add_to(self, image: Any, *args: Any) -> None:
        """Add the result of `getImageF` to an image, without making another one of that size.

        Parameters
        ----------
        image : `lsst.afw.image.ImageF`
            Image of the same size.
        *args
            Arguments of `getImageF`.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the sizes differ.
        """
        bbox, style, undersample = self._prepare(args, {})
        if self._is_approximated() or bbox.getDimensions() != image.getDimensions():
            image += self.getImageF(*args)
        else:
            self._rows(bbox, style, undersample).add_to(image.array)

    def _is_approximated(self) -> bool:
        return self._control.getApproximateControl().getStyle() != ApproximateControl.UNKNOWN

    def _prepare(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Box2I, InterpolateStyle, UndersampleStyle]:
        """Return box and styles after checking them, and remember the styles."""
        bbox, style, undersample = self._parse(args, kwargs)
        if not self._bbox.contains(bbox):
            raise LengthError(f"box {bbox} is not inside the box {self._bbox} of the background.")
        style = self._choose_style(style, undersample)
        self._as_used_interp, self._as_used_undersample = style, undersample
        return bbox, style, undersample

    def _parse(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Box2I, InterpolateStyle, UndersampleStyle]:
        if not args and not kwargs:
            return self._bbox, self._control.getInterpStyle(), self._control.getUndersampleStyle()
        return self._with_styles(**bind(BackgroundMI.getImageF, _KINDS, (self, *args), kwargs))

    def _with_styles(
        self,
        interpStyle: InterpolateStyle | str,
        undersampleStyle: UndersampleStyle | str = UndersampleStyle.THROW_EXCEPTION,
        bbox: Box2I | None = None,
    ) -> tuple[Box2I, InterpolateStyle, UndersampleStyle]:
        box = self._bbox if bbox is None else Box2I(bbox)
        return box, as_interp_style(interpStyle), as_undersample_style(undersampleStyle)

    def _choose_style(self, style: InterpolateStyle, undersample: UndersampleStyle) -> InterpolateStyle:
        """Return the style that the size of the grid allows."""
        n = min(len(self._x), len(self._y)) - 1
        if n >= lookupMinInterpPoints(style):
            return style
        if undersample == UndersampleStyle.REDUCE_INTERP_ORDER:
            return lookupMaxInterpStyle(n)
        raise InvalidParameterError(
            f"{style.name} needs {lookupMinInterpPoints(style)} cells on each axis, the grid has "
            f"{len(self._x) - 1} x {len(self._y) - 1}, and the undersample style is {undersample.name}."
        )

    def _rows(self, bbox: Box2I, style: InterpolateStyle, undersample: UndersampleStyle) -> BackgroundRows:
        """Interpolate columns of cells in y; each row of pixels follows in x."""
        values = self._stats.image.array.astype(np.float64)
        first_x, first_y = bbox.getMinX() - self._bbox.getMinX(), bbox.getMinY() - self._bbox.getMinY()
        x = np.arange(first_x, first_x + bbox.getWidth(), dtype=np.float64)
        y = np.arange(first_y, first_y + bbox.getHeight(), dtype=np.float64)
        columns = np.empty((values.shape[1], len(y)))
        interpolate_rows(_centers(self._y), values.T, y, style, undersample, columns)
        return BackgroundRows(_centers(self._x), columns, x, style, undersample)


def makeBackground(img: ImageF | MaskedImageF, bgCtrl: BackgroundControl) -> BackgroundMI:
    """Make a background model of an image.

    Parameters
    ----------
    img : `lsst.afw.image.ImageF` or `lsst.afw.image.MaskedImageF`
        Image.
    bgCtrl : `BackgroundControl`
        Number of cells, and the statistic that is their value (copied).

    Returns
    -------
    background : `BackgroundMI`
        Model with the requested statistic of each cell.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a cell has no pixels.
    TypeError
        Raised if the image has other pixels.
    """
    if not isinstance(img, ImageF | MaskedImageF):
        raise TypeError(
            f"a background is made of an ImageF or a MaskedImageF, not of a {type(img).__name__}."
        )
    return BackgroundMI._with_control(img.getBBox(), _cell_statistics(img, bgCtrl), copy.copy(bgCtrl))


def _cell_statistics(img: ImageF | MaskedImageF, bgCtrl: BackgroundControl) -> MaskedImageF:
    """Return the statistic of each cell, and its error in place of the variance."""
    planes = (img.image, img.mask, img.variance) if isinstance(img, MaskedImageF) else (img,)
    result = MaskedImageF(bgCtrl.getNxSample(), bgCtrl.getNySample())
    x = cell_edges(img.getWidth(), bgCtrl.getNxSample())
    y = cell_edges(img.getHeight(), bgCtrl.getNySample())
    prop, control = bgCtrl.getStatisticsProperty(), bgCtrl.getStatisticsControl()
    for j, i in np.ndindex(len(y) - 1, len(x) - 1):
        cell = np.s_[y[j] : y[j + 1], x[i] : x[i + 1]]
        values, *mask_and_variance = (plane.array[cell] for plane in planes)
        statistics = array_statistics(values, prop | Property.ERRORS, control, *mask_and_variance)
        result.image.array[j, i], result.variance.array[j, i] = statistics.getResult(prop)
    return result


def cell_edges(size: int, n: int) -> np.ndarray:
    """Return the edges of n cells on an axis of ``size`` pixels.

    Cell i is ``edges[i]:edges[i + 1]``; shape (n + 1,).
    """
    ends = ((np.arange(n) + 1) * size + n // 2) // n
    return np.concatenate([[0], np.minimum(ends, size)])


def _centers(edges: np.ndarray) -> np.ndarray:
    return edges[:-1] + 0.5 * np.diff(edges) - 0.5
