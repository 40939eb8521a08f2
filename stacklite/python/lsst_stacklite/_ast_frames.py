"""Checks of frames and sets of frames, so that AST can load them."""

from __future__ import annotations

__all__: list[str] = []

from ._ast_dump import damaged
from ._ast_items import Axes, Items, Kind
from ._ast_rules import Sections, checks
from ._limits import AST_AXES, AST_NODES

# Systems of SkyFrame that depend on no observer.
_SKY_SYSTEMS = (
    "ICRS", "FK4", "FK4-NO-E", "FK5", "J2000", "GAPPT", "ECLIPTIC", "HELIOECLIPTIC", "GALACTIC",
    "SUPERGALACTIC",
)  # fmt: skip


@checks("Axis", Kind.AXIS, "Object")
def _axis(sections: Sections) -> Axes:
    items = sections["Axis"]
    items.text("Label", "Symbol")
    items.word("Unit")
    items.integer("Digits", 1, 17, 1)
    items.flag("Dirn")
    items.optional_reals("Top", "Bottom")
    return Axes(1, 1)


@checks("SkyAxis", Kind.SKY_AXIS, "Object", "Axis")
def _sky_axis(sections: Sections) -> Axes:
    sections["SkyAxis"].flags("IsLat", "CnZer", "AsTime")
    return _axis(sections)


def _frame_items(items: Items, owner: str, axis_kind: Kind, systems: tuple[str, ...]) -> Axes:
    n = items.integer("Naxes", 1, AST_AXES)
    for i in range(1, n + 1):
        items.text(f"Lbl{i}", f"Sym{i}")
        items.word(f"Uni{i}")
        items.integer(f"Dig{i}", 1, 17, 1)
        items.flag(f"Dir{i}")
        items.optional_reals(f"Top{i}", f"Bot{i}")
        # AST would make up an axis of class Axis, which a SkyFrame cannot have.
        if f"Ax{i}" in items or axis_kind is Kind.SKY_AXIS:
            items.nested(f"Ax{i}", axis_kind)
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


@checks("Frame", Kind.FRAME, "Object", "Mapping")
def _frame(sections: Sections) -> Axes:
    return _frame_items(sections["Frame"], "Frame", Kind.AXIS, ("Cartesian",))


@checks("SkyFrame", Kind.FRAME, "Object", "Mapping", "Frame")
def _sky_frame(sections: Sections) -> Axes:
    items = sections["SkyFrame"]
    axes = _frame_items(sections["Frame"], "SkyFrame", Kind.SKY_AXIS, _SKY_SYSTEMS)
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


def _check_nodes(items: Items, frames: list[Axes]) -> None:
    """Take the places of the frames and the mappings between them."""
    n_nodes = items.integer("Nnode", len(frames), AST_NODES, len(frames))
    found: dict[int, int] = {}
    for i, frame in enumerate(frames, start=1):
        node = items.integer(f"Nod{i}", 1, n_nodes, i)
        if node in found:
            raise damaged(f"FrameSet has two frames at node {node}")
        found[node] = frame.n_in
    _check_links(items, n_nodes, found)


def _check_links(items: Items, n_nodes: int, axes: dict[int, int]) -> None:
    """Take the mappings between nodes, which must form one tree and fit the frames at its nodes."""
    parents = {}
    for node in range(2, n_nodes + 1):
        parents[node] = items.integer(f"Lnk{node}", 1, n_nodes)
        mapping = items.nested(f"Map{node}", Kind.MAPPING).used(items.flag(f"Inv{node}"))
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


@checks("FrameSet", Kind.FRAME_SET, "Object", "Mapping", "Frame")
def _frame_set(sections: Sections) -> Axes:
    items = sections["FrameSet"]
    sections["Mapping"].flag("Invert")
    n_frames = items.integer("Nframe", 1, AST_NODES, 1)
    frames = [items.nested(f"Frm{i}", Kind.FRAME) for i in range(1, n_frames + 1)]
    _check_nodes(items, frames)
    base = items.integer("Base", 1, n_frames, 1)
    current = items.integer("Currnt", 1, n_frames, n_frames)
    return Axes(frames[base - 1].n_in, frames[current - 1].n_in)
