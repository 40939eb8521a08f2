"""Classes of keys of one type each, as ``Key[type]`` gives them."""

from __future__ import annotations

__all__ = [
    "KeyAngle",
    "KeyArrayB",
    "KeyArrayD",
    "KeyArrayF",
    "KeyArrayI",
    "KeyArrayU",
    "KeyB",
    "KeyD",
    "KeyF",
    "KeyFlag",
    "KeyI",
    "KeyL",
    "KeyString",
    "KeyU",
]

from ._field import KeyBase, classes_by_type

_CLASSES = classes_by_type(KeyBase)

KeyAngle = _CLASSES["Angle"]
KeyArrayB = _CLASSES["ArrayB"]
KeyArrayD = _CLASSES["ArrayD"]
KeyArrayF = _CLASSES["ArrayF"]
KeyArrayI = _CLASSES["ArrayI"]
KeyArrayU = _CLASSES["ArrayU"]
KeyB = _CLASSES["B"]
KeyD = _CLASSES["D"]
KeyF = _CLASSES["F"]
KeyFlag = _CLASSES["Flag"]
KeyI = _CLASSES["I"]
KeyL = _CLASSES["L"]
KeyString = _CLASSES["String"]
KeyU = _CLASSES["U"]
