"""Parameters of background models."""

from __future__ import annotations

__all__ = [
    "BackgroundControl",
    "UndersampleStyle",
    "as_interp_style",
    "as_undersample_style",
    "stringToUndersampleStyle",
]

from typing import Any, overload

from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst_stacklite._enumeration import NumberEnumeration
from lsst_stacklite._overloads import bind

from ._approximate import ApproximateControl
from ._interpolate import InterpolateStyle, stringToInterpStyle
from ._statistics_control import Property, StatisticsControl, stringToStatisticsProperty


class UndersampleStyle(NumberEnumeration):
    """Actions for a grid with too few cells for an interpolation style."""

    THROW_EXCEPTION = 0
    REDUCE_INTERP_ORDER = 1
    INCREASE_NXNYSAMPLE = 2


def stringToUndersampleStyle(style: str) -> UndersampleStyle:
    """Return the style of a name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no such style.
    """
    try:
        return UndersampleStyle.__members__[style]
    except KeyError:
        raise InvalidParameterError(f"no undersample style is called {style!r}.") from None


_KINDS = {
    kind.__name__: kind
    for kind in (ApproximateControl, InterpolateStyle, Property, StatisticsControl, UndersampleStyle)
}


class BackgroundControl:
    """Parameters of a background model.

    Without ``style`` the numbers of cells must be given, and there is no
    ``undersampleStyle``, and ``prop`` as text needs ``sctrl``. With ``style``,
    it, the undersample style and the statistic are given either all as
    enumerations or all as texts.

    Parameters
    ----------
    style : `Interpolate.Style` or `str`, optional
        How to interpolate between cells.
    nxSample, nySample : `int`, optional
        Number of cells in x and y.
    undersampleStyle : `UndersampleStyle` or `str`, optional
        What to do if there are too few cells.
    sctrl : `StatisticsControl`, optional
        How to compute the value of a cell.
    prop : `Property` or `str`, optional
        Statistic that is the value of a cell.
    actrl : `ApproximateControl`, optional
        Whether and how to approximate instead of interpolating.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a number of cells is not positive.
    TypeError
        Raised if the arguments have none of these forms.
    """

    @overload
    def __init__(
        self,
        nxSample: int,
        nySample: int,
        sctrl: StatisticsControl = ...,
        prop: Property = ...,
        actrl: ApproximateControl = ...,
    ) -> None: ...

    @overload
    def __init__(
        self,
        nxSample: int,
        nySample: int,
        sctrl: StatisticsControl,
        prop: str,
        actrl: ApproximateControl = ...,
    ) -> None: ...

    @overload
    def __init__(
        self,
        style: InterpolateStyle,
        nxSample: int = 10,
        nySample: int = 10,
        undersampleStyle: UndersampleStyle = UndersampleStyle.THROW_EXCEPTION,
        sctrl: StatisticsControl = ...,
        prop: Property = ...,
        actrl: ApproximateControl = ...,
    ) -> None: ...

    @overload
    def __init__(
        self,
        style: str,
        nxSample: int = 10,
        nySample: int = 10,
        undersampleStyle: str = "THROW_EXCEPTION",
        sctrl: StatisticsControl = ...,
        prop: str = "MEANCLIP",
        actrl: ApproximateControl = ...,
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._set_all(**bind(BackgroundControl.__init__, _KINDS, (self, *args), kwargs))

    def _set_all(
        self,
        style: InterpolateStyle | str = InterpolateStyle.AKIMA_SPLINE,
        nxSample: int = 10,
        nySample: int = 10,
        undersampleStyle: UndersampleStyle | str = UndersampleStyle.THROW_EXCEPTION,
        sctrl: StatisticsControl | None = None,
        prop: Property | str = Property.MEANCLIP,
        actrl: ApproximateControl | None = None,
    ) -> None:
        self.setNxSample(nxSample)
        self.setNySample(nySample)
        self.setInterpStyle(style)
        self.setUndersampleStyle(undersampleStyle)
        self._statistics_control = StatisticsControl() if sctrl is None else sctrl
        self.setStatisticsProperty(prop)
        unknown = ApproximateControl(ApproximateControl.UNKNOWN, 0)
        self._approximate_control = unknown if actrl is None else actrl

    def getNxSample(self) -> int:
        """Return the number of cells in x."""
        return self._nx

    def setNxSample(self, nxSample: int, /) -> None:
        """Set the number of cells in x.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if it is not positive.
        """
        self._nx = _number_of_cells("x", nxSample)

    def getNySample(self) -> int:
        """Return the number of cells in y."""
        return self._ny

    def setNySample(self, nySample: int, /) -> None:
        """Set the number of cells in y.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if it is not positive.
        """
        self._ny = _number_of_cells("y", nySample)

    def getInterpStyle(self) -> InterpolateStyle:
        """Return the style of interpolation."""
        return self._style

    def setInterpStyle(self, style: InterpolateStyle | str, /) -> None:
        """Set the style of interpolation.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no style of this name.
        """
        self._style = as_interp_style(style)

    def getUndersampleStyle(self) -> UndersampleStyle:
        """Return the action for too few cells."""
        return self._undersample

    def setUndersampleStyle(self, undersampleStyle: UndersampleStyle | str, /) -> None:
        """Set the action for too few cells.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no style of this name.
        """
        self._undersample = as_undersample_style(undersampleStyle)

    def getStatisticsControl(self) -> StatisticsControl:
        """Return the control of the statistic that is the value of a cell (shared)."""
        return self._statistics_control

    def getStatisticsProperty(self) -> Property:
        """Return which statistic is the value of a cell."""
        return self._property

    def setStatisticsProperty(self, prop: Property | str, /) -> None:
        """Set which statistic is the value of a cell.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no statistic of this name.
        """
        if not isinstance(prop, Property | str):
            raise TypeError(f"a statistic is a Property or a str, not {prop!r}.")
        self._property = stringToStatisticsProperty(prop) if isinstance(prop, str) else prop

    def getApproximateControl(self) -> ApproximateControl:
        """Return the control of the approximation (shared)."""
        return self._approximate_control

    def setApproximateControl(self, actrl: ApproximateControl, /) -> None:
        """Set the control of the approximation."""
        self._approximate_control = actrl


def _number_of_cells(axis: str, number: int) -> int:
    if number < 1:
        raise LengthError(f"a background needs at least one cell in {axis}, not {number}.")
    return int(number)


def as_interp_style(style: InterpolateStyle | str) -> InterpolateStyle:
    """Return the style that is given as enumeration or text.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no style of this name.
    TypeError
        Raised if it is something else.
    """
    if not isinstance(style, InterpolateStyle | str):
        raise TypeError(f"an interpolation style is an Interpolate.Style or a str, not {style!r}.")
    return stringToInterpStyle(style) if isinstance(style, str) else style


def as_undersample_style(style: UndersampleStyle | str) -> UndersampleStyle:
    """Return the style that is given as enumeration or text.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no style of this name.
    TypeError
        Raised if it is something else.
    """
    if not isinstance(style, UndersampleStyle | str):
        raise TypeError(f"an undersample style is an UndersampleStyle or a str, not {style!r}.")
    return stringToUndersampleStyle(style) if isinstance(style, str) else style
