"""Checks of the classes of AST mappings, so that AST can load and apply them."""

from __future__ import annotations

__all__: list[str] = []

from ._ast_dump import damaged
from ._ast_items import Axes, Items, Kind
from ._ast_rules import Sections, checks
from ._limits import AST_AXES, AST_COEFFICIENT, AST_ITERATIONS, AST_PARTS, AST_POWER, AST_TERMS

# Real files agree to 4e-16 of the largest term.
_INVERSE_TOLERANCE = 1e-6
# Number of arguments of each conversion of SlaMap.
_SLA_ARGUMENTS = {
    "ADDET": 1, "SUBET": 1, "PREBN": 2, "PREC": 2, "FK45Z": 1, "FK54Z": 1, "AMP": 2, "MAP": 2, "ECLEQ": 1,
    "EQECL": 1, "GALEQ": 0, "EQGAL": 0, "FK5HZ": 1, "HFK5Z": 1, "GALSUP": 0, "SUPGAL": 0, "J2000H": 0,
    "HJ2000": 0, "R2H": 1, "H2R": 1,
}  # fmt: skip
# Highest number of a parameter of the latitude axis for each projection of WcsMap.
_PROJECTIONS = {
    "AZP": 2, "SZP": 3, "TAN": 0, "STG": 0, "SIN": 2, "ARC": 0, "ZPN": 100, "ZEA": 0, "AIR": 1, "CYP": 2,
    "CEA": 1, "CAR": 0, "MER": 0, "SFL": 0, "PAR": 0, "MOL": 0, "AIT": 0, "COP": 2, "COE": 2, "COD": 2,
    "COO": 2, "BON": 1, "PCO": 0, "TSC": 0, "CSC": 0, "QSC": 0, "GLS": 0, "HPX": 2, "XPH": 0, "TPN": 100,
}  # fmt: skip
# Projections that have no default of parameter 1.
_CONIC = ("BON", "COD", "COE", "COO", "COP")


def _mapping_axes(sections: Sections) -> Axes:
    items = sections["Mapping"]
    n_in = items.integer("Nin", 1, AST_AXES)
    n_out = items.integer("Nout", 1, AST_AXES, n_in)
    items.flags("Invert", "IsSimp", "ReSimp", "AlSimp", "Fwd", "Inv")
    return Axes(n_in, n_out)


def _axes_like(sections: Sections, owner: str, expected: Axes) -> Axes:
    axes = _mapping_axes(sections)
    if axes != expected:
        raise damaged(f"{owner} maps {axes}, not {expected}")
    return axes


def _square(sections: Sections, owner: str) -> int:
    axes = _mapping_axes(sections)
    if axes.n_in != axes.n_out:
        raise damaged(f"{owner} maps {axes}")
    return axes.n_in


@checks("UnitMap", Kind.MAPPING, "Object", "Mapping")
def _unit_map(sections: Sections) -> Axes:
    n = _square(sections, "UnitMap")
    return Axes(n, n)


@checks("ZoomMap", Kind.MAPPING, "Object", "Mapping")
def _zoom_map(sections: Sections) -> Axes:
    n = _square(sections, "ZoomMap")
    sections["ZoomMap"].scale("Zoom")
    return Axes(n, n)


@checks("ShiftMap", Kind.MAPPING, "Object", "Mapping")
def _shift_map(sections: Sections) -> Axes:
    n = _square(sections, "ShiftMap")
    sections["ShiftMap"].optional_reals(*(f"Sft{i + 1}" for i in range(n)))
    return Axes(n, n)


@checks("WinMap", Kind.MAPPING, "Object", "Mapping")
def _win_map(sections: Sections) -> Axes:
    n = _square(sections, "WinMap")
    for i in range(n):
        sections["WinMap"].optional_real(f"Sft{i + 1}")
        sections["WinMap"].scale(f"Scl{i + 1}", 1.0)
    return Axes(n, n)


@checks("UnitNormMap", Kind.MAPPING, "Object", "Mapping")
def _unit_norm_map(sections: Sections) -> Axes:
    axes = _mapping_axes(sections)
    if axes.n_out != axes.n_in + 1:
        raise damaged(f"UnitNormMap maps {axes}")
    sections["UnitNormMap"].optional_reals(*(f"Ctr{i + 1}" for i in range(axes.n_in)))
    return axes


@checks("MatrixMap", Kind.MAPPING, "Object", "Mapping")
def _matrix_map(sections: Sections) -> Axes:
    axes, items = _mapping_axes(sections), sections["MatrixMap"]
    form = items.choice("Form", ("Full", "Diagonal", "Unit"), "Full")
    if form != "Full" and axes.n_in != axes.n_out:
        raise damaged(f"{form} MatrixMap maps {axes}")
    n = {"Full": axes.n_in * axes.n_out, "Diagonal": axes.n_in, "Unit": 0}[form]
    matrix = [items.real(f"M{i}") for i in range(n)]
    inverse = [items.optional_real(f"IM{i}") for i in range(n)]
    if any(value is not None for value in inverse):
        # AST simplifies in circles when these do not agree.
        _check_inverse(form, matrix, inverse, axes)
    return axes


def _check_inverse(form: str, matrix: list[float], inverse: list[float | None], axes: Axes) -> None:
    """Compare the product of a matrix and its inverse with the unit matrix.

    Elements are missing in the inverse of a diagonal matrix where there is a zero.
    """
    known = [0.0 if value is None else value for value in inverse]
    if form == "Full":
        n = axes.n_in
        if axes.n_out != n:
            raise damaged(f"MatrixMap from {axes} has an inverse")
        products = [
            ([matrix[n * i + k] * known[n * k + j] for k in range(n)], float(i == j))
            for i in range(n)
            for j in range(n)
        ]
    else:
        products = [([m * k], float(m != 0)) for m, k in zip(matrix, known, strict=True)]
    for terms, expected in products:
        if abs(sum(terms) - expected) > _INVERSE_TOLERANCE * max(1.0, *map(abs, terms)):
            raise damaged(f"the inverse of a {form} MatrixMap is not that of its matrix")


@checks("PermMap", Kind.MAPPING, "Object", "Mapping")
def _perm_map(sections: Sections) -> Axes:
    axes, items = _mapping_axes(sections), sections["PermMap"]
    n_constants = items.integer("Nconst", 0, AST_PARTS, 0)
    for i in range(n_constants):
        items.real(f"Con{i + 1}")
    for stem, n_from, n_to in (("In", axes.n_in, axes.n_out), ("Out", axes.n_out, axes.n_in)):
        if not items.flag(f"{stem}Cpy"):
            for i in range(n_from):
                items.integer(f"{stem}{i + 1}", -n_constants, n_to, 0)
        elif n_from > n_to:
            raise damaged(f"PermMap copies {n_to} axes to {n_from}")
    return axes


@checks("SphMap", Kind.MAPPING, "Object", "Mapping")
def _sph_map(sections: Sections) -> Axes:
    axes = _axes_like(sections, "SphMap", Axes(3, 2))
    sections["SphMap"].flag("UntRd")
    sections["SphMap"].optional_real("PlrLg", -100, 100)
    return axes


@checks("PcdMap", Kind.MAPPING, "Object", "Mapping")
def _pcd_map(sections: Sections) -> Axes:
    axes = _axes_like(sections, "PcdMap", Axes(2, 2))
    sections["PcdMap"].optional_reals("Disco", "PcdCn0", "PcdCn1")
    return axes


@checks("SlaMap", Kind.MAPPING, "Object", "Mapping")
def _sla_map(sections: Sections) -> Axes:
    axes, items = _axes_like(sections, "SlaMap", Axes(2, 2)), sections["SlaMap"]
    for i in range(items.integer("Nsla", 0, AST_PARTS, 0)):
        conversion = items.choice(f"Sla{i + 1}", _SLA_ARGUMENTS)
        for letter in "ab"[: _SLA_ARGUMENTS[conversion]]:
            items.real(f"Sla{i + 1}{letter}", -1e6, 1e6)
    return axes


@checks("WcsMap", Kind.MAPPING, "Object", "Mapping")
def _wcs_map(sections: Sections) -> Axes:
    n, items = _square(sections, "WcsMap"), sections["WcsMap"]
    if n < 2:
        raise damaged("WcsMap maps one axis")
    projection = items.choice("Type", _PROJECTIONS)
    longitude, latitude = (items.integer(f"WcsAx{i}", 1, n, i) for i in (1, 2))
    if longitude == latitude:
        raise damaged(f"WcsMap has axes {longitude} and {latitude} of {n}")
    items.flags("FitsPrj", "LonChk", "TpnTan")
    if projection in _CONIC:
        items.real(f"PV{latitude}_1")
    highest = _PROJECTIONS[projection]
    items.optional_reals(*(f"PV{latitude}_{m}" for m in range(highest + 1)))
    items.optional_reals(*(f"PV{longitude}_{m}" for m in range((100 if projection == "TPN" else 4) + 1)))
    return Axes(n, n)


# -- polynomials


def _coefficients(items: Items, letter: str, axes: Axes) -> bool:
    """Take the coefficients of one direction (F forward, I inverse) and return whether there are any."""
    if f"MP{letter}1" not in items:
        return False
    highest = [items.integer(f"MP{letter}{i + 1}", 0, AST_POWER) for i in range(axes.n_in)]
    n_terms = sum(items.integer(f"NC{letter}{i + 1}", 0, AST_TERMS) for i in range(axes.n_out))
    for term in range(1, n_terms + 1):
        items.real(f"C{letter}{term}", -AST_COEFFICIENT, AST_COEFFICIENT)
    for number, power in enumerate(highest * n_terms, start=1):
        items.integer(f"P{letter}{number}", 0, power, 0)
    return True


def _polynomial(items: Items, owner: str, axes: Axes) -> tuple[bool, bool]:
    forward = _coefficients(items, "F", axes)
    inverse = _coefficients(items, "I", Axes(axes.n_out, axes.n_in))
    if not (forward or inverse):
        raise damaged(f"{owner} has no coefficients")
    if items.flag("IterInv") and not (forward and axes.n_in == axes.n_out):
        raise damaged(f"{owner} has no iterative inverse")
    items.integer("NiterInv", 0, AST_ITERATIONS, 4)
    items.optional_real("TolInv", 0)
    return forward, inverse


@checks("PolyMap", Kind.MAPPING, "Object", "Mapping")
def _poly_map(sections: Sections) -> Axes:
    axes = _mapping_axes(sections)
    _polynomial(sections["PolyMap"], "PolyMap", axes)
    return axes


@checks("ChebyMap", Kind.MAPPING, "Object", "Mapping", "PolyMap")
def _cheby_map(sections: Sections) -> Axes:
    axes, items = _mapping_axes(sections), sections["ChebyMap"]
    forward, inverse = _polynomial(sections["PolyMap"], "ChebyMap", axes)
    for letter, defined, n in (("F", forward, axes.n_in), ("I", inverse, axes.n_out)):
        for i in range(n if defined else 0):
            items.scale(f"{letter}SCL{i + 1}")
            items.real(f"{letter}OFF{i + 1}")
    return axes


# -- compound mappings


@checks("CmpMap", Kind.MAPPING, "Object", "Mapping")
def _cmp_map(sections: Sections) -> Axes:
    axes, items = _mapping_axes(sections), sections["CmpMap"]
    first = items.nested("MapA", Kind.MAPPING).used(items.flag("InvA"))
    second = items.nested("MapB", Kind.MAPPING).used(items.flag("InvB"))
    if items.flag("Series", 1):
        expected = Axes(first.n_in, second.n_out)
        if first.n_out != second.n_in:
            raise damaged(f"CmpMap gives {first.n_out} axes to a {second.n_in}-axis mapping")
    else:
        expected = Axes(first.n_in + second.n_in, first.n_out + second.n_out)
    if axes != expected:
        raise damaged(f"CmpMap maps {axes}, its parts {first} and {second}")
    return axes


@checks("TranMap", Kind.MAPPING, "Object", "Mapping")
def _tran_map(sections: Sections) -> Axes:
    axes, items = _mapping_axes(sections), sections["TranMap"]
    for letter in "AB":
        part = items.nested(f"Map{letter}", Kind.MAPPING).used(items.flag(f"Inv{letter}"))
        if part != axes:
            raise damaged(f"TranMap maps {axes}, its part Map{letter} {part}")
    return axes
