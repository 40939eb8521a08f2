"""Undamaged files, taken apart: where their cards, cells and numbers are."""

from __future__ import annotations

__all__ = ["BLOCK", "CARD", "Example", "example", "model"]

import gzip
import os
import pickletools
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from astropy.io import fits

from lsst.afw.table.io._registry import find_id_fields
from lsst_stacklite._persisted_classes import OPAQUE_CLASSES, READER_MODULES
from stacklite_support import fuzz_made
from stacklite_support.golden import own_file

CARD = 80
BLOCK = 2880

_STRUCTURE = re.compile(
    rb"(NAXIS|BITPIX|PCOUNT|GCOUNT|TFORM|TFIELDS|THEAP|TTYPE|TCCLS|AR_|AFW_|EXTTYPE|XTENSION|Z|FLAGCOL|TFLAG"
    rb"|BZERO|BSCALE|TZERO|TSCAL|[A-Z_]*_ID|ARCHIVE_ID|CRPIX|CRVAL|CTYPE|EXPINFO|MP_|SIMPLE|EXTNAME|INHERIT"
    rb"|HIERARCH|[A-Z]*STYLE|APPROX|[AB]P?_|PV|CD|PC|LTV|LONPOLE|RADESYS|EQUINOX)"
)
_ID_NAMES = frozenset(
    field for name in (*READER_MODULES, *OPAQUE_CLASSES) for field in find_id_fields(name) or ()
)


@dataclass
class Example:
    """An undamaged file and where its parts are."""

    data: bytes
    cards: list[int] = field(default_factory=list)
    structure: list[int] = field(default_factory=list)
    data_parts: list[tuple[int, int]] = field(default_factory=list)
    cells: list[tuple[int, str]] = field(default_factory=list)
    opcodes: list[tuple[int, str]] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    digits: list[tuple[int, int]] = field(default_factory=list)
    """Texts of digits in the data."""
    references: list[int] = field(default_factory=list)
    """Cells that hold the ID of an object."""
    index: list[tuple[int, int]] = field(default_factory=list)
    """Rows of the index of an archive, and their sizes."""


@cache
def model(name: str) -> Example:
    """Return the pickle in a file: without frames, so that it may change its length."""
    found = example(name)
    start = found.opcodes[0][0]
    pickled = Example(b"")
    opcodes = list(pickletools.genops(found.data[start:]))
    ends = [position for _, _, position in opcodes[1:]] + [opcodes[-1][2] + 1]
    for (opcode, _, position), end in zip(opcodes, ends, strict=True):
        if opcode.name in ("BININT1", "BININT2", "BININT", "BINFLOAT", "NONE", "NEWTRUE", "NEWFALSE"):
            pickled.numbers.append((len(pickled.data), end - position))
        if opcode.name != "FRAME":
            pickled.data += found.data[start + position : start + end]
    # Most numbers are those of stars, which matter less.
    pickled.numbers = pickled.numbers[:150] + pickled.numbers[-30:]
    return pickled


def _content(name: str) -> bytes:
    if name in fuzz_made.NAMES:
        return fuzz_made.make(name)
    raw = Path(name if os.path.isabs(name) else own_file(name)).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


@cache
def example(name: str) -> Example:
    """Read and take apart an undamaged file."""
    found = Example(_content(name))
    if found.data.startswith(b"SIMPLE"):
        with tempfile.NamedTemporaryFile(suffix=".fits") as file:
            file.write(found.data)
            file.flush()
            with fits.open(file.name, disable_image_compression=True, memmap=False) as hdus:
                for hdu in hdus:
                    _take_apart(found, hdu)
    else:
        found.data_parts.append((0, len(found.data)))
    for start, size in found.data_parts:
        matches = re.finditer(rb"\d[\d.]*", found.data[start : start + min(size, 10**5)])
        found.digits += [(start + match.start(), start + match.end()) for match in matches]
    starts = [found.data.find(b"\x80" + protocol) for protocol in (b"\x03c", b"\x04\x95", b"\x05\x95")]
    if (start := max(starts)) >= 0:
        opcodes = pickletools.genops(found.data[start:])
        found.opcodes = [(start + position, opcode.name) for opcode, _, position in opcodes]
    return found


_WIDTHS = {"J": (4, "i"), "K": (8, "q"), "D": (8, "d"), "E": (4, "f"), "P": (4, "i"), "Q": (8, "q"),
           "I": (2, "h")}  # fmt: skip


def _take_apart(found: Example, hdu: Any) -> None:
    info = hdu.fileinfo()
    header = range(info["hdrLoc"], info["datLoc"], CARD)
    found.cards += [at for at in header if found.data[at : at + CARD].strip()]
    found.structure = [at for at in found.cards if _STRUCTURE.match(found.data[at : at + CARD])]
    if info["datSpan"]:
        found.data_parts.append((info["datLoc"], info["datSpan"]))
        if "TFIELDS" in hdu.header:
            _take_rows(found, hdu.header, info["datLoc"])


def _take_rows(found: Example, header: fits.Header, offset: int) -> None:
    is_index = header.get("EXTTYPE") == "ARCHIVE_INDEX"
    for _ in range(min(header["NAXIS2"], 60)):
        if is_index:
            found.index.append((offset, header["NAXIS1"]))
        for number in range(1, header["TFIELDS"] + 1):
            repeat, letter = re.match(r"(\d*)([A-Z])", header[f"TFORM{number}"]).groups()  # type: ignore[union-attr]
            n = int(repeat or 1)
            width, code = _WIDTHS.get(letter, (1, ""))
            n *= 2 if letter in "PQ" else 1
            if code:
                found.cells += [(offset + width * i, code) for i in range(min(n, 8))]
            if letter == "J" and header[f"TTYPE{number}"] in _ID_NAMES:
                found.references += [offset + width * i for i in range(min(n, 8))]
            offset += (n + 7) // 8 if letter == "X" else n * width
