"""Sets of frames with the mappings between them."""

from __future__ import annotations

__all__ = ["FrameDict", "FrameSet"]

from typing import Any, ClassVar, overload

import starlink.Ast as Ast

from lsst_stacklite._overloads import bind

from ._frame import Frame
from ._mapping import Mapping
from ._object import ast_errors, wrapped

_KINDS: dict[str, Any] = {
    "Frame": lambda value: isinstance(value, Frame) and not isinstance(value, FrameSet),
    "FrameSet": lambda value: isinstance(value, FrameSet),
    "Mapping": Mapping,
}


class FrameSet(Frame):
    """Frames, numbered from 1, and mappings between them; itself the mapping from base to current frame.

    Attributes that are got or set are those of the current frame.

    Parameters
    ----------
    frame : `Frame`
        First frame; copied.
    baseFrame : `Frame`
        In place of it, the first of two frames.
    mapping : `Mapping`
        Mapping between them.
    currentFrame : `Frame`
        The second frame.
    options : `str`, optional
        Attributes of the AST object.
    """

    BASE: ClassVar[int] = 0
    CURRENT: ClassVar[int] = -1
    NOFRAME: ClassVar[int] = -99

    @overload
    def __init__(self, frame: Frame, options: str = "") -> None: ...
    @overload
    def __init__(
        self, baseFrame: Frame, mapping: Mapping, currentFrame: Frame, options: str = ""
    ) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(FrameSet.__init__, _KINDS, (self, *args), kwargs)
        self._make(**given)

    def _make(
        self,
        frame: Frame | None = None,
        options: str = "",
        baseFrame: Frame | None = None,
        mapping: Mapping | None = None,
        currentFrame: Frame | None = None,
    ) -> None:
        first = frame if baseFrame is None else baseFrame
        assert first is not None
        with ast_errors():
            self._hold(Ast.FrameSet(first._raw.copy(), options))
        if mapping is not None and currentFrame is not None:
            self._add(self._raw.Base, mapping, currentFrame)

    @property
    def nFrame(self) -> int:
        """Number of frames (`int`)."""
        return self._raw.Nframe

    @property
    def base(self) -> int:
        """Number of the base frame (`int`)."""
        return self._raw.Base

    @base.setter
    def base(self, value: int) -> None:
        with ast_errors():
            self._raw.Base = value

    @property
    def current(self) -> int:
        """Number of the current frame (`int`)."""
        return self._raw.Current

    @current.setter
    def current(self, value: int) -> None:
        with ast_errors():
            self._raw.Current = value

    def _number(self, frame: int | str) -> int:
        """Return the number of a frame, which may be one of the constants."""
        if frame == self.BASE:
            return self._raw.Base
        return self._raw.Current if frame == self.CURRENT else int(frame)

    def addFrame(self, iframe: int, map: Mapping, frame: Frame) -> None:
        """Add a frame, which becomes the current one.

        Parameters
        ----------
        iframe : `int`
            Number of the frame that the mapping starts from, or ``BASE`` or ``CURRENT``.
        map : `Mapping`
            Mapping to the new frame; copied.
        frame : `Frame`
            New frame; copied. All frames of a set of frames are added.
        """
        self._add(self._number(iframe), map, frame)

    def _add(self, number: int, mapping: Mapping, frame: Frame) -> None:
        with ast_errors():
            self._raw.addframe(number, mapping._raw.copy(), frame._raw.copy())

    def removeFrame(self, iframe: int) -> None:
        """Remove a frame; those after it move up."""
        with ast_errors():
            self._raw.removeframe(self._number(iframe))

    def getFrame(self, iframe: int, copy: bool = True) -> Frame:
        """Return a frame, or with ``copy=False`` the one in the set, so that it can be changed."""
        with ast_errors():
            found = self._raw.getframe(self._number(iframe))
        return wrapped(found.copy() if copy else found)

    def getMapping(self, from_: int = BASE, /, to: int = CURRENT) -> Mapping:
        """Return the mapping from one frame to another, from base to current frame by default."""
        with ast_errors():
            return wrapped(self._raw.getmapping(self._number(from_), self._number(to)))


class FrameDict(FrameSet):
    """A set of frames that are called by their domain.

    Parameters
    ----------
    frame : `Frame`
        First frame; copied.
    baseFrame, mapping, currentFrame : `Frame`, `Mapping`, `Frame`
        In place of it, two frames and the mapping between them.
    frameSet : `FrameSet`
        In place of them, another set; copied.
    options : `str`, optional
        Attributes of the AST object.
    """

    @overload
    def __init__(self, frame: Frame, options: str = "") -> None: ...
    @overload
    def __init__(
        self, baseFrame: Frame, mapping: Mapping, currentFrame: Frame, options: str = ""
    ) -> None: ...
    @overload
    def __init__(self, frameSet: FrameSet) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(FrameDict.__init__, _KINDS, (self, *args), kwargs)
        if "frameSet" in given:
            self._hold(given["frameSet"]._raw.copy())
        else:
            self._make(**given)

    def _domains(self) -> dict[str, int]:
        found = {self._raw.getframe(i).Domain: i for i in range(1, self._raw.Nframe + 1)}
        found.pop("", None)
        return found

    def getAllDomains(self) -> set[str]:
        """Return all domains."""
        return set(self._domains())

    def hasDomain(self, domain: str) -> bool:
        """Return whether there is a frame of this domain."""
        return domain in self._domains()

    def getIndex(self, domain: str) -> int:
        """Return the number of a frame.

        Raises
        ------
        IndexError
            Raised if there is no such domain.
        """
        domains = self._domains()
        if domain not in domains:
            raise IndexError(f"no frame has the domain {domain!r}; there are {sorted(domains)}.")
        return domains[domain]

    def _number(self, frame: int | str) -> int:
        return self.getIndex(frame) if isinstance(frame, str) else super()._number(frame)

    # The names of parameters, other than those of the base class, are the stack's own.

    @overload
    def addFrame(self, iframe: int, map: Mapping, frame: Frame) -> None: ...
    @overload
    def addFrame(self, domain: str, map: Mapping, frame: Frame) -> None: ...
    def addFrame(self, *args: Any, **kwargs: Any) -> None:
        """Add a frame, which becomes the current one; see `FrameSet.addFrame`."""
        start, mapping, frame = bind(FrameDict.addFrame, _KINDS, (self, *args), kwargs).values()
        self._add(self._number(start), mapping, frame)

    @overload
    def removeFrame(self, index: int) -> None: ...
    @overload
    def removeFrame(self, domain: str) -> None: ...
    def removeFrame(self, *args: Any, **kwargs: Any) -> None:
        """Remove the frame with a number or a domain; those after it move up."""
        super().removeFrame(self._number_of(FrameDict.removeFrame, args, kwargs))

    @overload
    def getFrame(self, index: int, copy: bool = True) -> Frame: ...
    @overload
    def getFrame(self, domain: str, copy: bool = True) -> Frame: ...
    def getFrame(self, *args: Any, **kwargs: Any) -> Frame:
        """Return the frame with a number or a domain; see `FrameSet.getFrame`."""
        which, *is_copy = bind(FrameDict.getFrame, _KINDS, (self, *args), kwargs).values()
        return super().getFrame(self._number(which), *is_copy)

    def getMapping(self, from_: int | str = FrameSet.BASE, /, to: int | str = FrameSet.CURRENT) -> Mapping:
        """Return the mapping between the frames with two numbers or domains."""
        return super().getMapping(self._number(from_), self._number(to))

    @overload
    def setBase(self, index: int) -> None: ...
    @overload
    def setBase(self, domain: str) -> None: ...
    def setBase(self, *args: Any, **kwargs: Any) -> None:
        """Make the frame with a number or a domain the base frame."""
        self.base = self._number_of(FrameDict.setBase, args, kwargs)

    @overload
    def setCurrent(self, index: int) -> None: ...
    @overload
    def setCurrent(self, domain: str) -> None: ...
    def setCurrent(self, *args: Any, **kwargs: Any) -> None:
        """Make the frame with a number or a domain the current frame."""
        self.current = self._number_of(FrameDict.setCurrent, args, kwargs)

    def _number_of(self, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """Return the number of the frame that is the only argument of a method."""
        (which,) = bind(method, _KINDS, (self, *args), kwargs).values()
        return self._number(which)

    def setDomain(self, domain: str) -> None:
        """Set the domain of the current frame."""
        self._raw.Domain = domain
