"""Mappings, frames and channels of the Starlink AST library, under the names that the stack has for them.

The classes hold objects of ``starlink-pyast``. Of ``astshim`` this is what WCSs, transforms and cameras are
made of, and what their converters to other packages call.
"""

from __future__ import annotations

__all__ = [
    "Channel",
    "CmpFrame",
    "CmpMap",
    "FitsChan",
    "Frame",
    "FrameDict",
    "FrameSet",
    "Mapping",
    "MatrixMap",
    "Object",
    "ParallelMap",
    "PolyMap",
    "SeriesMap",
    "ShiftMap",
    "SkyFrame",
    "Stream",
    "StringStream",
    "UnitMap",
    "ZoomMap",
]

from ._channel import Channel, FitsChan
from ._frame import CmpFrame, Frame, SkyFrame
from ._frame_set import FrameDict, FrameSet
from ._mapping import Mapping
from ._mappings import CmpMap, MatrixMap, ParallelMap, PolyMap, SeriesMap, ShiftMap, UnitMap, ZoomMap
from ._object import Object
from ._stream import Stream, StringStream
