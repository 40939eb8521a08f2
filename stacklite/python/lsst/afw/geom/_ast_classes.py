"""What each class of AST objects needs, so that AST can load it.

AST trusts what it loads: a missing nested object, a count or an index that does not agree with the rest, or
absurd sizes end the process. Only the classes that occur in persisted WCSs and cameras are known here.
Numbers of axes are those of the mapping as it was made, before ``Invert`` exchanges them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ._ast_dump import DumpObject, damaged
from ._ast_items import Items

__all__ = ["check_dump"]

_MAX_AXES = 20
_MAX_POWER = 1000
_MAX_ITERATIONS = 1000
_MAX_PARTS = 100
# systems of SkyFrame that depend on no observer
_SKY_SYSTEMS = (
    "ICRS", "FK4", "FK4-NO-E", "FK5", "J2000", "GAPPT", "ECLIPTIC", "HELIOECLIPTIC", "GALACTIC", "SUPERGALACTIC"
)  # fmt: skip
# number of arguments of each conversion of SlaMap
_SLA_ARGUMENTS = {
    "ADDET": 1, "SUBET": 1, "PREBN": 2, "PREC": 2, "FK45Z": 1, "FK54Z": 1, "AMP": 2, "MAP": 2, "ECLEQ": 1,
    "EQECL": 1, "GALEQ": 0, "EQGAL": 0, "FK5HZ": 1, "HFK5Z": 1, "GALSUP": 0, "SUPGAL": 0, "J2000H": 0,
    "HJ2000": 0, "R2H": 1, "H2R": 1,
}  # fmt: skip
# highest number of a parameter of the latitude axis for each projection of WcsMap
_PROJECTIONS = {
    "AZP": 2, "SZP": 3, "TAN": 0, "STG": 0, "SIN": 2, "ARC": 0, "ZPN": 100, "ZEA": 0, "AIR": 1, "CYP": 2,
    "CEA": 1, "CAR": 0, "MER": 0, "SFL": 0, "PAR": 0, "MOL": 0, "AIT": 0, "COP": 2, "COE": 2, "COD": 2,
    "COO": 2, "BON": 1, "PCO": 0, "TSC": 0, "CSC": 0, "QSC": 0, "GLS": 0, "HPX": 2, "XPH": 0, "TPN": 100,
}  # fmt: skip


class Axes(NamedTuple):
    """Numbers of axes of a mapping."""

    n_in: int
    n_out: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a class is checked.

    Parameters
    ----------
    bases : `tuple` of `str`
        Classes whose items come first, most basic first.
    check : callable
        Takes every known item of all sections and returns the axes.
    """

    bases: tuple[str, ...]
    check: Callable[[Mapping[str, Items]], Axes]


def check_dump(dump: DumpObject) -> None:
    """Refuse an object that AST could not load safely.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        If it is neither a mapping nor a frame set, contains what no persisted object contains, or does not
        agree with itself.
    """
    _check(dump, "object", (*_MAPPINGS, "FrameSet"))


def _check(dump: DumpObject, role: str, allowed: tuple[str, ...]) -> Axes:
    name = dump.class_name
    if name not in allowed:
        raise damaged(f"a {name} cannot be the {role}")
    rule = _RULES[name]
    order = (*rule.bases, name)
    marked = list(dump.sections)
    if marked != [known for known in order if known in dump.sections]:
        raise damaged(f"{name} is not marked as {' and '.join(marked)}")
    sections = {known: Items(name, dump.sections.get(known, {})) for known in order}
    sections["Object"].text("ID", "Ident")
    axes = rule.check(sections)
    for items in sections.values():
        items.finish()
    return axes


# -- mappings


def _mapping_axes(sections: Mapping[str, Items]) -> Axes:
    items = sections["Mapping"]
    n_in = items.integer("Nin", 1, _MAX_AXES)
    n_out = items.integer("Nout", 1, _MAX_AXES, n_in)
    for name in ("Invert", "IsSimp", "ReSimp", "AlSimp"):
        items.flag(name)
    for name in ("Fwd", "Inv"):
        items.flag(name, 1)
    return Axes(n_in, n_out)


def _axes_like(sections: Mapping[str, Items], owner: str, expected: Axes) -> Axes:
    axes = _mapping_axes(sections)
    if axes != expected:
        raise damaged(f"{owner} maps {axes.n_in} to {axes.n_out} axes, not {expected.n_in} to {expected.n_out}")
    return axes


def _square(sections: Mapping[str, Items], owner: str) -> int:
    axes = _mapping_axes(sections)
    if axes.n_in != axes.n_out:
        raise damaged(f"{owner} maps {axes.n_in} to {axes.n_out} axes")
    return axes.n_in


def _part(items: Items, name: str, inverted: int) -> Axes:
    """Take a nested mapping; return its axes as they are used."""
    axes = _check(items.nested(name), name, _MAPPINGS)
    return Axes(axes.n_out, axes.n_in) if inverted else axes


def _unit_map(sections: Mapping[str, Items]) -> Axes:
    n = _square(sections, "UnitMap")
    return Axes(n, n)


def _zoom_map(sections: Mapping[str, Items]) -> Axes:
    n = _square(sections, "ZoomMap")
    sections["ZoomMap"].real("Zoom")
    return Axes(n, n)


def _shift_map(sections: Mapping[str, Items]) -> Axes:
    n = _square(sections, "ShiftMap")
    sections["ShiftMap"].optional_reals(*(f"Sft{i + 1}" for i in range(n)))
    return Axes(n, n)


def _win_map(sections: Mapping[str, Items]) -> Axes:
    n = _square(sections, "WinMap")
    sections["WinMap"].optional_reals(*(f"{stem}{i + 1}" for i in range(n) for stem in ("Sft", "Scl")))
    return Axes(n, n)


def _unit_norm_map(sections: Mapping[str, Items]) -> Axes:
    axes = _mapping_axes(sections)
    if axes.n_out != axes.n_in + 1:
        raise damaged(f"UnitNormMap maps {axes.n_in} to {axes.n_out} axes")
    sections["UnitNormMap"].optional_reals(*(f"Ctr{i + 1}" for i in range(axes.n_in)))
    return axes


def _matrix_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _mapping_axes(sections), sections["MatrixMap"]
    form = items.choice("Form", ("Full", "Diagonal", "Unit"), "Full")
    if form != "Full" and axes.n_in != axes.n_out:
        raise damaged(f"{form} MatrixMap maps {axes.n_in} to {axes.n_out} axes")
    for i in range({"Full": axes.n_in * axes.n_out, "Diagonal": axes.n_in, "Unit": 0}[form]):
        items.real(f"M{i}")
        # elements of the inverse are missing where there is none
        items.optional_real(f"IM{i}")
    return axes


def _perm_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _mapping_axes(sections), sections["PermMap"]
    n_constants = items.integer("Nconst", 0, _MAX_PARTS, 0)
    for i in range(n_constants):
        items.real(f"Con{i + 1}")
    for stem, n_from, n_to in (("In", axes.n_in, axes.n_out), ("Out", axes.n_out, axes.n_in)):
        if not items.flag(f"{stem}Cpy"):
            for i in range(n_from):
                items.integer(f"{stem}{i + 1}", -n_constants, n_to, 0)
        elif n_from > n_to:
            raise damaged(f"PermMap copies {n_to} axes to {n_from}")
    return axes


def _sph_map(sections: Mapping[str, Items]) -> Axes:
    axes = _axes_like(sections, "SphMap", Axes(3, 2))
    sections["SphMap"].flag("UntRd")
    sections["SphMap"].optional_real("PlrLg", -100, 100)
    return axes


def _pcd_map(sections: Mapping[str, Items]) -> Axes:
    axes = _axes_like(sections, "PcdMap", Axes(2, 2))
    sections["PcdMap"].optional_reals("Disco", "PcdCn0", "PcdCn1")
    return axes


def _sla_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _axes_like(sections, "SlaMap", Axes(2, 2)), sections["SlaMap"]
    for i in range(items.integer("Nsla", 0, _MAX_PARTS, 0)):
        conversion = items.choice(f"Sla{i + 1}", _SLA_ARGUMENTS)
        for letter in "ab"[: _SLA_ARGUMENTS[conversion]]:
            items.real(f"Sla{i + 1}{letter}", -1e6, 1e6)
    return axes


def _wcs_map(sections: Mapping[str, Items]) -> Axes:
    n, items = _square(sections, "WcsMap"), sections["WcsMap"]
    projection = items.choice("Type", _PROJECTIONS)
    longitude, latitude = (items.integer(f"WcsAx{i}", 1, n, i) for i in (1, 2))
    if longitude == latitude or max(longitude, latitude) > n:
        raise damaged(f"WcsMap has axes {longitude} and {latitude} of {n}")
    for name in ("FitsPrj", "LonChk", "TpnTan"):
        items.flag(name)
    highest = _PROJECTIONS[projection]
    items.optional_reals(*(f"PV{latitude}_{m}" for m in range(highest + 1)))
    items.optional_reals(*(f"PV{longitude}_{m}" for m in range((100 if projection == "TPN" else 4) + 1)))
    return Axes(n, n)


# -- polynomials


def _coefficients(items: Items, letter: str, owner: str, axes: Axes) -> bool:
    """Take the coefficients of one direction (F forward, I inverse); tell whether there are any."""
    if f"MP{letter}1" not in items:
        return False
    highest = [items.integer(f"MP{letter}{i + 1}", 0, _MAX_POWER) for i in range(axes.n_in)]
    n_terms = sum(items.integer(f"NC{letter}{i + 1}", 0, 10**6) for i in range(axes.n_out))
    for term in range(n_terms):
        items.real(f"C{letter}{term + 1}")
        for axis, power in enumerate(highest):
            items.integer(f"P{letter}{term * axes.n_in + axis + 1}", 0, power, 0)
    return True


def _polynomial(items: Items, owner: str, axes: Axes) -> tuple[bool, bool]:
    forward = _coefficients(items, "F", owner, axes)
    inverse = _coefficients(items, "I", owner, Axes(axes.n_out, axes.n_in))
    if not (forward or inverse):
        raise damaged(f"{owner} has no coefficients")
    if items.flag("IterInv") and not (forward and axes.n_in == axes.n_out):
        raise damaged(f"{owner} has no iterative inverse")
    items.integer("NiterInv", 0, _MAX_ITERATIONS, 4)
    items.optional_real("TolInv", 0)
    return forward, inverse


def _poly_map(sections: Mapping[str, Items]) -> Axes:
    axes = _mapping_axes(sections)
    _polynomial(sections["PolyMap"], "PolyMap", axes)
    return axes


def _cheby_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _mapping_axes(sections), sections["ChebyMap"]
    forward, inverse = _polynomial(sections["PolyMap"], "ChebyMap", axes)
    for letter, defined, n in (("F", forward, axes.n_in), ("I", inverse, axes.n_out)):
        for i in range(n if defined else 0):
            items.real(f"{letter}SCL{i + 1}")
            items.real(f"{letter}OFF{i + 1}")
    return axes


# -- compound mappings


def _cmp_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _mapping_axes(sections), sections["CmpMap"]
    first = _part(items, "MapA", items.flag("InvA"))
    second = _part(items, "MapB", items.flag("InvB"))
    if items.flag("Series", 1):
        expected = Axes(first.n_in, second.n_out)
        if first.n_out != second.n_in:
            raise damaged(f"CmpMap gives {first.n_out} axes to a {second.n_in}-axis mapping")
    else:
        expected = Axes(first.n_in + second.n_in, first.n_out + second.n_out)
    if axes != expected:
        raise damaged(f"CmpMap of {axes} consists of mappings of {first} and {second}")
    return axes


def _tran_map(sections: Mapping[str, Items]) -> Axes:
    axes, items = _mapping_axes(sections), sections["TranMap"]
    for letter in "AB":
        part = _part(items, f"Map{letter}", items.flag(f"Inv{letter}"))
        if part != axes:
            raise damaged(f"TranMap of {axes} consists of a mapping of {part}")
    return axes


# -- frames


def _axis(sections: Mapping[str, Items]) -> Axes:
    items = sections["Axis"]
    items.text("Label", "Symbol")
    items.word("Unit")
    items.integer("Digits", 1, 17, 1)
    items.flag("Dirn")
    items.optional_reals("Top", "Bottom")
    return Axes(1, 1)


def _sky_axis(sections: Mapping[str, Items]) -> Axes:
    for name in ("IsLat", "CnZer", "AsTime"):
        sections["SkyAxis"].flag(name)
    return _axis(sections)


def _frame_items(items: Items, owner: str, axis_class: str, systems: tuple[str, ...]) -> Axes:
    n = items.integer("Naxes", 1, _MAX_AXES)
    for i in range(1, n + 1):
        items.text(f"Lbl{i}", f"Sym{i}")
        items.word(f"Uni{i}")
        items.integer(f"Dig{i}", 1, 17, 1)
        items.flag(f"Dir{i}")
        items.optional_reals(f"Top{i}", f"Bot{i}")
        # AST would make up an axis of class Axis, which a SkyFrame cannot have
        if f"Ax{i}" in items or axis_class == "SkyAxis":
            _check(items.nested(f"Ax{i}"), f"Ax{i} of {owner}", (axis_class,))
    if {items.integer(f"Prm{i}", 1, n, i) for i in range(1, n + 1)} != set(range(1, n + 1)):
        raise damaged(f"{owner} does not permute its axes")
    items.text("Title")
    items.word("Domain")
    items.choice("System", systems, "")
    items.choice("AlSys", systems, "")
    items.integer("Digits", 1, 17, 1)
    items.flag("ActUnt")
    items.optional_real("Epoch", 0, 10000)
    for name in ("ObsLon", "ObsLat", "Dtai", "Dut1"):
        items.optional_real(name, -1000, 1000)
    items.optional_real("ObsAlt", -1e12, 1e12)
    return Axes(n, n)


def _frame(sections: Mapping[str, Items]) -> Axes:
    return _frame_items(sections["Frame"], "Frame", "Axis", ("Cartesian",))


def _sky_frame(sections: Mapping[str, Items]) -> Axes:
    axes, items = _frame_items(sections["Frame"], "SkyFrame", "SkyAxis", _SKY_SYSTEMS), sections["SkyFrame"]
    if axes.n_in != 2:
        raise damaged(f"SkyFrame has {axes.n_in} axes")
    items.text("Proj")
    items.choice("SRefIs", ("Pole", "Origin", "Ignored", " "), " ")
    items.flag("AlOff")
    items.flag("NegLon")
    items.optional_real("SkyTol", 0, 1e6)
    items.optional_real("Eqnox", 0, 10000)
    for name in ("SRef1", "SRef2", "SRefP1", "SRefP2"):
        items.optional_real(name, -100, 100)
    return axes


def _nodes(items: Items, frames: list[Axes]) -> dict[int, int]:
    """Return the number of axes of each node that has a frame."""
    n_nodes = items.integer("Nnode", len(frames), _MAX_PARTS, len(frames))
    found: dict[int, int] = {}
    for i, frame in enumerate(frames, start=1):
        node = items.integer(f"Nod{i}", 1, n_nodes, i)
        if node in found:
            raise damaged(f"FrameSet has two frames at node {node}")
        found[node] = frame.n_in
    _check_links(items, n_nodes, found)
    return found


def _check_links(items: Items, n_nodes: int, axes: dict[int, int]) -> None:
    """Take the mappings between nodes, which must form one tree and fit the frames at its nodes."""
    parents = {}
    for node in range(2, n_nodes + 1):
        parents[node] = items.integer(f"Lnk{node}", 1, n_nodes)
        mapping = _part(items, f"Map{node}", items.flag(f"Inv{node}"))
        for end, n in ((parents[node], mapping.n_in), (node, mapping.n_out)):
            if axes.setdefault(end, n) != n:
                raise damaged(f"node {end} of a FrameSet has {axes[end]} axes, its mapping {n}")
    for node in parents:
        seen = {node}
        while node != 1:
            node = parents[node]
            if node in seen:
                raise damaged("the nodes of a FrameSet form a ring")
            seen.add(node)


def _frame_set(sections: Mapping[str, Items]) -> Axes:
    items = sections["FrameSet"]
    sections["Mapping"].flag("Invert")
    n_frames = items.integer("Nframe", 1, _MAX_PARTS, 1)
    frames = [
        _check(items.nested(f"Frm{i}"), f"Frm{i} of FrameSet", _FRAMES) for i in range(1, n_frames + 1)
    ]
    _nodes(items, frames)
    base = items.integer("Base", 1, n_frames, 1)
    current = items.integer("Currnt", 1, n_frames, n_frames)
    return Axes(frames[base - 1].n_in, frames[current - 1].n_in)


_MAPPING_CHECKS: dict[str, Callable[[Mapping[str, Items]], Axes]] = {
    "CmpMap": _cmp_map,
    "MatrixMap": _matrix_map,
    "PcdMap": _pcd_map,
    "PermMap": _perm_map,
    "PolyMap": _poly_map,
    "ShiftMap": _shift_map,
    "SlaMap": _sla_map,
    "SphMap": _sph_map,
    "TranMap": _tran_map,
    "UnitMap": _unit_map,
    "UnitNormMap": _unit_norm_map,
    "WcsMap": _wcs_map,
    "WinMap": _win_map,
    "ZoomMap": _zoom_map,
}
_RULES = {
    **{name: _Rule(("Object", "Mapping"), check) for name, check in _MAPPING_CHECKS.items()},
    "ChebyMap": _Rule(("Object", "Mapping", "PolyMap"), _cheby_map),
    "Axis": _Rule(("Object",), _axis),
    "SkyAxis": _Rule(("Object", "Axis"), _sky_axis),
    "Frame": _Rule(("Object", "Mapping"), _frame),
    "SkyFrame": _Rule(("Object", "Mapping", "Frame"), _sky_frame),
    "FrameSet": _Rule(("Object", "Mapping", "Frame"), _frame_set),
}
_MAPPINGS = (*_MAPPING_CHECKS, "ChebyMap")
_FRAMES = ("Frame", "SkyFrame")
