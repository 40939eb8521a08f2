"""Damaged copies of files: a case is its number, nothing else, so that any failure can be repeated alone."""

from __future__ import annotations

__all__ = ["damage", "undamaged"]

import gzip
import pickletools
import random
import re
import struct
from collections.abc import Callable

import numpy as np

from stacklite_support.fuzz_examples import BLOCK, CARD, Example, example, model
from stacklite_support.fuzz_kinds import KINDS

_INTEGERS = (0, 1, 2, 3, 5, 8, 40, -1, -2, 255, 2**15, -(2**15), 2**31 - 1, -(2**31), 10**6, 10**9)
_LONG = (*_INTEGERS, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63), 10**12)
_REALS = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, -1e300, 1e10, np.nan, np.inf, -np.inf, 0.5, 1e5)
_VALUES = (*(str(i) for i in _LONG), "1E300", "-1.5", "NaN", "T", "F", "", "'text'", "'IMAGE'", "'1E'",
           "'2PB'", f"'{10**9}E'", f"'{10**17}D'", "'0A'", "'1PE(9)'", "'1QD'", "'12X'", "'Angle'", "'Point'",
           "'RICE_1'", "'GZIP_1'", "'BINTABLE'", "'HCOMPRESS_1'", "10" * 30)  # fmt: skip
# What could stand there, by the beginning of the keyword.
_MEANINGFUL = {
    "TFORM": ("'0A'", "'0E'", "'1PB'", "'1QB'", "'2PB'", "'999999999D'", "'1PD(5)'", "'65X'", "'-1E'",
              "'1PX'", "'E'", "'2J'", "'J'", "'1J'", "'64A'", "'4A'", "'1L'", "'1M'", "'8B'", "''"),
    "TTYPE": ("''", "'id'", "'bytes'", "'row0'", "'a b'", "'parent'", "'field'"),
    "TCCLS": ("'Array'", "'Angle'", "'Point'", "'Moments'", "'Covariance(Point)'", "'Covariance(5)'"),
    "TDIM": ("'(1,1)'", "'(0)'", "'(100000,100000)'"),
    "TUNIT": ("'deg'", "'rad'", "''"),
    "BITPIX": ("8", "16", "32", "64", "-32", "-64", "0", "24"),
    "XTENSION": ("'IMAGE'", "'BINTABLE'", "'TABLE'", "'A3DTABLE'", "'FOREIGN'"),
    "ZCMPTYPE": ("'RICE_1'", "'GZIP_1'", "'GZIP_2'", "'RICE_ONE'", "'PLIO_1'", "'NOCOMPRESS'"),
    "ZQUANTIZ": ("'NONE'", "'NO_DITHER'", "'SUBTRACTIVE_DITHER_1'", "'SUBTRACTIVE_DITHER_2'"),
    "CTYPE": ("'RA---TAN'", "'DEC--TAN-SIP'", "'RA---ZPN'", "'DEC--TPV'", "'LINEAR'", "'GLON-CAR'",
              "'RA---HPX'", "'RA---TNX'", "'DEC--ZPX'", "'RA---SZP'", "'DEC--AIR'", "'DEC--'", "''"),
    "RADESYS": ("'FK4'", "'ICRS'", "'GAPPT'", "'FK4-NO-E'", "'MARS'"),
    "AFW_TYPE": ("'SOURCE'", "'EXPOSURE'", "'SIMPLE'", "'BASE'", "'AMPINFO'"),
    "EXTTYPE": ("'IMAGE'", "'MASK'", "'ARCHIVE_INDEX'", "'ARCHIVE_DATA'"),
}  # fmt: skip


# -- Kinds of damage -------------------------------------------------------------------


def _flip_bits(data: bytearray, rng: random.Random, _: Example) -> None:
    for _i in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _flip_data(data: bytearray, rng: random.Random, part: Example) -> None:
    start, size = rng.choice(part.data_parts)
    for _i in range(rng.choice((1, 2, 8))):
        data[start + rng.randrange(size)] = rng.randrange(256)


def _truncate(data: bytearray, rng: random.Random, _: Example) -> None:
    size = rng.randrange(0, len(data), BLOCK) if rng.random() < 0.7 else rng.randrange(len(data))
    del data[size:]


def _some_card(rng: random.Random, part: Example) -> int:
    return rng.choice(part.structure if part.structure and rng.random() < 0.8 else part.cards)


def _set_card(data: bytearray, rng: random.Random, part: Example) -> None:
    if not part.cards:
        return _flip_data(data, rng, part)
    at = _some_card(rng, part)
    if rng.random() < 0.15:
        card = b"" if rng.random() < 0.5 else data[(other := rng.choice(part.cards)) : other + CARD]
    else:
        card = bytes(data[at : at + 8]) + b"= " + rng.choice(_VALUES).rjust(20).encode()
    data[at : at + CARD] = card.ljust(CARD)[:CARD]
    return None


def _near(number: int, rng: random.Random) -> int:
    return rng.choice(
        (number + 1, number - 1, number * 2, number // 2, number * 1000, -number, number + 2880)
    )


def _set_meaningful_card(data: bytearray, rng: random.Random, part: Example) -> None:
    """Set a value that could stand there, or one nearby."""
    if not part.structure:
        return _change_digits(data, rng, part)
    at = rng.choice(part.structure)
    start = (bytes(data[at : at + CARD]).find(b" = ") + 1) if data.startswith(b"HIERARCH", at) else 8
    keyword, text = bytes(data[at : at + start]), bytes(data[at + start + 2 : at + CARD])
    known = [values for start, values in _MEANINGFUL.items() if keyword.startswith(start.encode())]
    if known:
        value = rng.choice(known[0]).ljust(20)
    elif match := re.match(rb" *(-?\d+) *(/|$)", text):
        value = str(_near(int(match[1]), rng) if rng.random() < 0.7 else rng.choice(_LONG)).rjust(20)
    else:
        return _set_card(data, rng, part)
    data[at : at + CARD] = (keyword + b"= " + value.encode()).ljust(CARD)[:CARD]
    return None


def _repeat_card(data: bytearray, rng: random.Random, part: Example) -> None:
    """Repeat a card in place of the next of its kind: a duplicate keyword, or the name of another column."""
    if not part.structure:
        return _flip_data(data, rng, part)
    at = rng.choice(part.structure)
    kind = bytes(data[at : at + 5])
    others = [other for other in part.structure if bytes(data[other : other + 5]) == kind]
    other = rng.choice(others)
    start = 0 if rng.random() < 0.3 else 8
    data[other + start : other + CARD] = data[at + start : at + CARD]
    return None


def _long_card(data: bytearray, rng: random.Random, part: Example) -> None:
    """Give a card a text that goes on over many others, or characters that are no text."""
    if not part.cards:
        return _flip_data(data, rng, part)
    at = _some_card(rng, part)
    match rng.randrange(3):
        case 0:
            more = b"CONTINUE  '" + 66 * b"x" + b"&'" + b" "
            data[at + 8 : at + CARD] = b"= 'text&'".ljust(CARD - 8)
            data[at + CARD : at + CARD] = more.ljust(CARD)[:CARD] * 36 * rng.choice((1, 20))
        case 1:
            for _i in range(rng.choice((1, 8, 80))):
                data[at + rng.randrange(CARD)] = rng.choice((0, 9, 10, 127, 128, 195, 255))
        case _:
            data[at : at + CARD] = b"HIERARCH " + rng.choice(
                (b"= 1", b"a b c = 'x", b"MP_X = 5", b"=")
            ).ljust(71)
    return None


def _set_cell(data: bytearray, rng: random.Random, part: Example) -> None:
    if not part.cells:
        return _flip_data(data, rng, part)
    at, code = rng.choice(part.cells)
    if code in "fd":
        value = rng.choice(_REALS)
        packed = struct.pack(f">{code}", value if code == "d" or abs(value) < 1e38 else np.inf)
    else:
        bits = 8 * struct.calcsize(code)
        value = rng.choice(_LONG if code == "q" else _INTEGERS)
        packed = struct.pack(f">{code}", (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1))
    data[at : at + len(packed)] = packed
    return None


def _change_index(data: bytearray, rng: random.Random, part: Example) -> None:
    """Change rows of the index of an archive, or what refers to its objects."""
    if not part.index:
        return _set_cell(data, rng, part)
    if part.references and rng.random() < 0.5:
        # Other objects, of any class: those that come back to where they began among them.
        for at in rng.sample(part.references, min(len(part.references), rng.choice((1, 1, 3, 9)))):
            data[at : at + 4] = struct.pack(">i", rng.randrange(-1, len(part.index) + 2))
        return None
    (first, size), (second, _) = rng.choice(part.index), rng.choice(part.index)
    match rng.randrange(3):
        case 0:
            data[first : first + size] = data[second : second + size]
        case 1:
            data[first + 20 : first + size] = data[second + 20 : second + size]  # name and module
        case _:
            at = first + 4 * rng.randrange(5)
            old = struct.unpack(">i", data[at : at + 4])[0]
            data[at : at + 4] = struct.pack(">I", (old + rng.choice((-1, 1, 2, 100))) % 2**32)
    return None


def _change_digits(data: bytearray, rng: random.Random, part: Example) -> None:
    """Change numbers in texts: of WCSs, statistics, YAML, scripts."""
    if not part.digits:
        return _set_cell(data, rng, part)
    first, last = rng.choice(part.digits)
    new = "".join(rng.choice("0123456789999.e-") for _i in range(last - first))
    data[first:last] = rng.choice((new, "9" * (last - first), "0" * (last - first))).encode()
    return None


_INTEGER_OPCODES = ("BININT1", "BININT", "BINFLOAT")


def _change_pickle(data: bytearray, rng: random.Random, part: Example) -> None:
    if not part.opcodes:
        return _set_cell(data, rng, part)
    numbers = [each for each in part.opcodes if each[1] in _INTEGER_OPCODES]
    at, name = rng.choice(numbers if rng.random() < 0.5 else part.opcodes)
    if name == "BINFLOAT":
        data[at + 1 : at + 9] = struct.pack(">d", rng.choice(_REALS))
    elif name == "BININT":
        data[at + 1 : at + 5] = struct.pack("<i", rng.choice(_INTEGERS))
    elif name == "BININT1" and rng.random() < 0.7:
        # A longer number in place of a short one, and of what comes after it.
        data[at : at + 5] = b"J" + struct.pack("<i", rng.choice(_INTEGERS))
        del data[at + 5 : at + 5 + rng.choice((0, 3))]
    else:
        data[at] = ord(rng.choice(pickletools.opcodes).code)
    return None


def _change_number(rng: random.Random, part: Example) -> bytes:
    at, size = rng.choice(part.numbers)
    value = rng.choice(
        (
            b"J" + struct.pack("<i", rng.choice(_INTEGERS)),
            b"\x8a\x08" + struct.pack("<q", max(-(2**63), rng.choice(_LONG))),
            b"G" + struct.pack(">d", rng.choice(_REALS)),
            rng.choice((b"N", b"]", b"}", b"\x8c\x01a", b"C\x01a", b"K\x00K\x01\x86")),
        )
    )
    return part.data[:at] + value + part.data[at + size :]


def _move_block(data: bytearray, rng: random.Random, part: Example) -> None:
    blocks = len(data) // BLOCK
    if not blocks:
        return _flip_bits(data, rng, part)
    first, second = (BLOCK * rng.randrange(blocks) for _i in range(2))
    block = data[first : first + BLOCK]
    match rng.randrange(3):
        case 0:
            del data[first : first + BLOCK]
        case 1:
            data[second:second] = block
        case _:
            data[second : second + BLOCK] = block
    return None


def _change_line(data: bytearray, rng: random.Random) -> None:
    """Change a line of a text: another value, another place, or none."""
    lines = bytes(data).split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    name, colon, _ = lines[at].partition(b":")
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines[at], lines[other] = lines[other], lines[at]
        case 2:
            lines.insert(other, lines[at])
        case _:
            values = (b"[]", b"{}", b"null", b"-1", b"1e300", b".nan", b"99999999999", b"text", b"&a [*a]",
                      b"*b", b"2020-01-01", b"!!python/name:os.system", b"true", b"[1, [2, 3]]")  # fmt: skip
            lines[at] = name + (colon or b":") + b" " + rng.choice(values)
    data[:] = b"\n".join(lines)


_DAMAGES: tuple[Callable[[bytearray, random.Random, Example], None], ...] = (
    _flip_bits, _flip_data, _truncate, _set_card, _set_card, _set_meaningful_card, _set_meaningful_card,
    _repeat_card, _long_card, _set_cell, _set_cell, _set_cell, _change_index, _change_index, _change_digits,
    _change_pickle, _move_block,
)  # fmt: skip


def undamaged(kind: str, name: str) -> bytes:
    """Return an example before the damage."""
    data = (model if kind == "Piff model" else example)(name).data
    return gzip.compress(data, 1, mtime=0) if KINDS[kind].suffix.endswith(".gz") else data


def damage(number: int) -> tuple[str, str, bytes]:
    """Return kind, example and damaged bytes of a case."""
    rng = random.Random(number)
    kind = rng.choices(list(KINDS), [k.weight for k in KINDS.values()])[0]
    name = rng.choice(KINDS[kind].files)
    if kind == "Piff model":
        return kind, name, _change_number(rng, model(name))
    part = example(name)
    data = bytearray(part.data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) == len(part.data):
            if KINDS[kind].suffix == ".yaml":
                _change_line(data, rng)
            else:
                rng.choice(_DAMAGES)(data, rng, part)
    if KINDS[kind].suffix.endswith(".gz"):
        data = bytearray(gzip.compress(data, 1, mtime=0))
        if rng.random() < 0.3:
            rng.choice((_flip_bits, _truncate))(data, rng, part)
    return kind, name, bytes(data)
