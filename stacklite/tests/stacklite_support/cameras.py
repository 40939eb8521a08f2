"""What cameras consist of, as values that can be compared: their parts equal only themselves."""

from __future__ import annotations

__all__ = ["amplifier_values", "connection_values", "orientation_values"]

from collections.abc import Iterable
from typing import Any

from lsst.afw.cameraGeom import Amplifier, Orientation, TransformMap

_GETTERS = [name for name in dir(Amplifier) if name.startswith("get")]


def amplifier_values(amplifiers: Iterable[Amplifier]) -> list[dict[str, str]]:
    """Return all properties of amplifiers; texts, since NaN equals NaN there."""
    return [{name: _text(getattr(amplifier, name)()) for name in _GETTERS} for amplifier in amplifiers]


def _text(value: Any) -> str:
    return repr(value.tolist() if hasattr(value, "tolist") else value)


def orientation_values(orientation: Orientation) -> tuple[Any, ...]:
    """Return all properties of an orientation."""
    angles = (orientation.getYaw(), orientation.getPitch(), orientation.getRoll())
    return (
        tuple(orientation.getFpPosition3()),
        tuple(orientation.getReferencePoint()),
        tuple(angle.asRadians() for angle in angles),
    )


def connection_values(transforms: TransformMap) -> list[tuple[Any, ...]]:
    """Return the systems that are connected, and how."""
    return [(c.fromSys, c.toSys, c.transform.writeString()) for c in transforms.getConnections()]
