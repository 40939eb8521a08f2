"""Limits on sizes, counts and depths in files.

Sizes, counts and depths of real files are below them by a large factor; beyond them a small file could fill
the memory, take hours, or end the process inside a library. Facts of formats, such as the 999 columns of a
FITS table, are not among them: they are constants of the modules that know the format.
"""

from __future__ import annotations

__all__ = [
    "ALIAS_STEPS",
    "ARCHIVE_DEPTH",
    "ARCHIVE_PARTS",
    "ARRAY_DIMENSIONS",
    "AST_AXES",
    "AST_COEFFICIENT",
    "AST_DEPTH",
    "AST_ITERATIONS",
    "AST_NODES",
    "AST_NUMBER",
    "AST_PARTS",
    "AST_POWER",
    "AST_SCALE",
    "AST_TERMS",
    "BACKGROUND_PIXELS",
    "COPY_DEPTH",
    "DATA_DEPTH",
    "EMPTY_ARRAY_SIDE",
    "EXPANDED_BYTES",
    "EXPANDED_RATIO",
    "FIELD_FACTORS",
    "GZIP_RATIO",
    "HDUS",
    "HEADER_BYTES",
    "KERNELS",
    "KERNEL_CENTER",
    "KERNEL_PIXELS",
    "PICKLE_CLASSES",
    "PICKLE_KEY",
    "PICKLE_VALUES",
    "PIFF_GRID",
    "PIFF_LANCZOS",
    "PIFF_ORDER",
    "PIFF_STARS",
    "PIFF_TERMS",
    "PIFF_TRANSFORM",
    "PIFF_WEIGHTS",
    "PSFEX_PLANES",
    "SKY_MAP_PATCH",
    "SKY_MAP_RINGS",
    "SKY_MAP_SCRIPT",
    "SKY_MAP_TRACTS",
    "STAMP_SIDE",
    "SUMMARY_VALUES",
    "TILES",
    "TILE_BYTES",
    "TILE_BYTES_PER_PIXEL",
    "TILE_OVERHEAD",
    "TILE_PARTS",
    "TILE_RATIO",
    "WCS_HEADER_NUMBERS",
    "YAML_DIGITS",
    "YAML_VALUES",
]

from types import MappingProxyType

# -- Files

GZIP_RATIO = 1100
"""Times its size to which GZIP may expand a file or a tile: the method reaches 1032."""

EXPANDED_BYTES = 2**28
"""Bytes to which any compressed file may expand: 256 MB, which every machine has."""

EXPANDED_RATIO = 32
"""Times its size to which a large compressed file may expand: noise becomes half as large, masks a tenth."""

HDUS = 10_000
"""HDUs of a file: those of the stack have about twenty; each takes a reading."""

HEADER_BYTES = 2**22
"""Bytes of a header, 50 000 cards, where real ones have some hundred: its end is searched card by card."""

# -- Images

TILES = 200_000
"""Tiles of a compressed image: row by row the largest images have some ten thousand; each takes a step."""

TILE_RATIO = 4096
"""Times its size to which the tiles of an image may expand: more than `GZIP_RATIO` because of RICE."""

TILE_BYTES = 2**18
"""Bytes of a compressed tile that is not unpacked on trial: it expands to 288 MB at most."""

TILE_BYTES_PER_PIXEL = 16
"""Bytes of a compressed tile for each pixel, twice those of the largest pixel type.

Nothing grows to twice its size by compression. Without a limit, many tiles that are the same long part of a
file would take hours.
"""

TILE_OVERHEAD = 1024
"""Bytes of a compressed tile in addition, for its description."""

TILE_PARTS = 16
"""GZIP streams in a tile: everybody writes one; each costs a copy of those that follow it."""

BACKGROUND_PIXELS = 2**27
"""Pixels of the image of a background: eight times those of an LSST detector, 512 MB."""

# -- Tables and archives

ALIAS_STEPS = 100
"""Replacements of a column's name by an alias, after which aliases are taken to go on forever."""

ARCHIVE_DEPTH = 100
"""Objects of an archive around one another: real ones are four deep, Python's stack allows some hundred."""

ARCHIVE_PARTS = 2_000_000
"""Parts of an object, shared ones as often as they are referred to: a camera of 112 detectors has 25 764."""

COPY_DEPTH = 200
"""Objects of unknown classes around one another that are copied to another archive, likewise."""

SUMMARY_VALUES = 10_000
"""Values in the YAML document of summary statistics, which has about a hundred."""

# -- Kernels, PSFs and fields

STAMP_SIDE = 2048
"""Pixels along a side of an image of a PSF or kernel: real ones have less than 100; 32 MB in float64."""

KERNELS = 300
"""Kernels in a linear combination, those of nested ones included: PCA models have about ten."""

KERNEL_PIXELS = 2**24
"""Pixels of all kernels in a linear combination: 128 MB in float64."""

KERNEL_CENTER = 2**24
"""Coordinate of a kernel's center: far outside of any kernel, and sums with it stay integers of 32 bits."""

FIELD_FACTORS = 1000
"""Fields in a product, those of nested products included: each is evaluated at every position."""

PSFEX_PLANES = 1000
"""Images in a PSFEx model, and the degree of its polynomials: a polynomial of degree 43 has as many terms."""

PIFF_ORDER = 30
"""Order of a polynomial of Piff: fits use up to about 5; beyond, powers of pixels leave float64."""

PIFF_TERMS = 2000
"""Terms of a polynomial of Piff: all of order 30 in two coordinates are 961."""

PIFF_STARS = 10_000
"""Stars of an object of Piff: fits use up to about 1000 of a detector; an object for each, about 50 MB."""

PIFF_GRID = 256
"""Points along a side of Piff's pixel grid: fits use about 25."""

PIFF_WEIGHTS = 2 * 10**7
"""Interpolation weights of Piff that are in memory at a time: 160 MB."""

PIFF_TRANSFORM = 4096
"""Points along a side of a Fourier transform of GalSim, which may make it half as large again: 600 MB."""

PIFF_LANCZOS = 50
"""Order of a Lanczos interpolant: GalSim tabulates it, which takes the longer the larger it is."""

# -- AST objects and WCS headers

AST_DEPTH = 60
"""Levels of nested AST objects: AST reads them recursively; those of a WCS with distortions are six deep."""

AST_NODES = 100
"""Frames of a frame set, and places of frames: a WCS has four."""

AST_AXES = 20
"""Axes of a mapping: AST allocates products of their numbers; WCSs have two, some intermediate maps three."""

AST_PARTS = 100
"""Constants of a PermMap and conversions of a SlaMap: real ones have less than ten."""

AST_POWER = 1000
"""Power of a coordinate in a polynomial, of which AST makes a table; distortions go up to about 10."""

AST_TERMS = 10**6
"""Terms of one output of a polynomial that are looked for in the text; each must be there."""

AST_ITERATIONS = 1000
"""Iterations for the inverse of a polynomial at one position: the stack asks for 4."""

AST_COEFFICIENT = 1e100
"""Coefficient of a polynomial: products with powers of pixels are to stay in float64."""

AST_NUMBER = 1e30
"""Any other number: products of a few must not overflow, or AST simplifies in circles."""

AST_SCALE = 1e-30
"""Smallest scale: products must not underflow; AST fails at a scale without an inverse."""

WCS_HEADER_NUMBERS = MappingProxyType({"WCSAXES": 99.0, "EQUINOX": 10000.0, "EPOCH": 10000.0})
"""Values of cards of a WCS: AST counts up to them."""

# -- Pickles, YAML and sky maps

DATA_DEPTH = 100
"""Containers around one another in a pickle or YAML document: those who build and use them recurse."""

PICKLE_VALUES = 2_000_000
"""Values of a pickle when nothing is shared, in addition to one for each of its bytes.

Values that refer to the same value twice, each to the next, double at every step.
"""

PICKLE_KEY = 2**63
"""Integer keys of a pickled mapping: hashes of larger ones can be made to collide at will."""

PICKLE_CLASSES = 1000
"""Classes that a Piff pickle names: real ones name about twenty; every one becomes a class."""

ARRAY_DIMENSIONS = 32
"""Dimensions of a pickled array: numpy's own limit for most of its history."""

EMPTY_ARRAY_SIDE = 10_000
"""Sides of a pickled array without elements: no bytes vouch for them, and loops would trust them."""

YAML_VALUES = 3_000_000
"""Values of a YAML document once aliases are replaced: LSSTCam has 3200 amplifiers of about fifty values."""

YAML_DIGITS = 100
"""Digits of a number in YAML: converting huge ones takes time that grows with the square."""

SKY_MAP_RINGS = 40_000
"""Rings of a sky map: more than fit the 32 bits of the number of a tract."""

SKY_MAP_PATCH = 10**6
"""Pixels along a side of a patch or its border: ten times those of a tract."""

SKY_MAP_SCRIPT = 1_000_000
"""Characters of the configuration in a pickled sky map: real ones have some thousand."""

SKY_MAP_TRACTS = 3600
"""Tracts of a band, which are all made at once: a tenth of a degree wide, the size of a patch."""
