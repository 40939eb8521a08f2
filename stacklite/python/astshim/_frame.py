"""Frames: what the coordinates of points mean."""

from __future__ import annotations

__all__ = ["CmpFrame", "Frame", "SkyFrame"]

from collections.abc import Sequence
from typing import Any

import starlink.Ast as Ast

from ._mapping import Mapping
from ._object import ast_errors, wrapped


class Frame(Mapping):
    """Names, units and limits of coordinates; as a mapping it changes nothing.

    Parameters
    ----------
    naxes : `int`
        Number of axes.
    options : `str`, optional
        Attributes of the AST object, as ``name=value, ...``.
    """

    def __init__(self, naxes: int, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.Frame(naxes, options))

    @property
    def nAxes(self) -> int:
        """Number of axes (`int`)."""
        return self._raw.Naxes

    @property
    def domain(self) -> str:
        """Name of what the coordinates describe, in capitals (`str`)."""
        return self._raw.Domain

    @domain.setter
    def domain(self, value: str) -> None:
        self._raw.Domain = value

    @property
    def system(self) -> str:
        """Coordinate system, such as ``ICRS`` (`str`)."""
        return self._raw.System

    @system.setter
    def system(self, value: str) -> None:
        with ast_errors():
            self._raw.System = value

    @property
    def title(self) -> str:
        """Title (`str`)."""
        return self._raw.Title

    @title.setter
    def title(self, value: str) -> None:
        self._raw.Title = value

    def permAxes(self, perm: Sequence[int]) -> None:
        """Give the axes another order, by their present numbers (from 1)."""
        with ast_errors():
            self._raw.permaxes(list(perm))

    def getBottom(self, axis: int) -> float:
        """Return the lowest value on an axis (from 1)."""
        return self._get("Bottom", axis)

    def getTop(self, axis: int) -> float:
        """Return the highest value on an axis (from 1)."""
        return self._get("Top", axis)

    def setTop(self, axis: int, top: float) -> None:
        """Set the highest value on an axis (from 1)."""
        self._set("Top", axis, top)

    def getLabel(self, axis: int, /) -> str:
        """Return the label of an axis (from 1)."""
        return self._get("Label", axis)

    def setLabel(self, axis: int, label: str) -> None:
        """Set the label of an axis (from 1)."""
        self._set("Label", axis, label)

    def getSymbol(self, axis: int) -> str:
        """Return the symbol of an axis (from 1)."""
        return self._get("Symbol", axis)

    def setSymbol(self, axis: int, symbol: str) -> None:
        """Set the symbol of an axis (from 1)."""
        self._set("Symbol", axis, symbol)

    def getUnit(self, axis: int) -> str:
        """Return the unit of an axis (from 1)."""
        return self._get("Unit", axis)

    def setUnit(self, axis: int, unit: str) -> None:
        """Set the unit of an axis (from 1)."""
        self._set("Unit", axis, unit)

    def _get(self, name: str, axis: int) -> Any:
        return getattr(self._raw, self._attribute(name, axis))

    def _set(self, name: str, axis: int, value: Any) -> None:
        with ast_errors():
            setattr(self._raw, self._attribute(name, axis), value)

    def _attribute(self, name: str, axis: int) -> str:
        """Return the name of an attribute of an axis.

        Raises
        ------
        RuntimeError
            Raised if there is no such axis; pyast would raise it at some later time.
        """
        if not 1 <= axis <= self.nAxes:
            raise RuntimeError(f"AST: there is no axis {axis} among {self.nAxes}.")
        return f"{name}_{axis}"


class SkyFrame(Frame):
    """Positions on the sky, in radians.

    Parameters
    ----------
    options : `str`, optional
        Attributes of the AST object; the system is ICRS by default.
    """

    def __init__(self, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.SkyFrame(options))

    @property
    def lonAxis(self) -> int:
        """Number of the axis of the longitude, from 1 (`int`)."""
        return self._raw.LonAxis

    @property
    def latAxis(self) -> int:
        """Number of the axis of the latitude, from 1 (`int`)."""
        return self._raw.LatAxis

    def getSkyRef(self) -> list[float]:
        """Return the reference position in radians."""
        return [self._raw.SkyRef_1, self._raw.SkyRef_2]


class CmpFrame(Frame):
    """The axes of two frames.

    Parameters
    ----------
    frame1, frame2 : `Frame`
        The frames.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, frame1: Frame, frame2: Frame, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.CmpFrame(frame1._raw.copy(), frame2._raw.copy(), options))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Frame:
        return wrapped(self._raw.decompose()[:2][index].copy())
