"""Comparison of FITS files byte by byte, but for where they come from."""

from __future__ import annotations

__all__ = ["content_without_provenance"]

from pathlib import Path

from astropy.io import fits

_PROVENANCE = "LSST BUTLER"


def content_without_provenance(path: str | Path) -> list[tuple[tuple[str, ...], bytes]]:
    """Return header cards and bytes of the data of each HDU.

    Cards in which the butler notes the ids of a dataset and of its inputs are
    left out: they differ from run to run.
    """
    content = Path(path).read_bytes()
    with fits.open(path, memmap=False) as hdus:
        return [
            (
                tuple(str(card) for card in hdu.header.cards if not card.keyword.startswith(_PROVENANCE)),
                content[info["datLoc"] : info["datLoc"] + info["datSpan"]],
            )
            for hdu, info in ((hdu, hdu.fileinfo()) for hdu in hdus)
        ]
