"""Names of providers: what is valid, and what follows from a name."""

from __future__ import annotations

__all__ = ["WCS_PROVIDERS", "check_wcs_provider", "healpix_dimension", "region_kind"]

from lsst.daf.butler import DimensionUniverse

WCS_PROVIDERS = "'input_summary', 'tract', 'global', or 'healpixN' with a level N from 0 to {max_level}"
"""The valid forms of ``wcs_provider``."""


def check_wcs_provider(provider: str) -> bool:
    """Accept a valid name of a WCS provider.

    Parameters
    ----------
    provider : `str`
        The name.

    Returns
    -------
    valid : `bool`
        `True`.

    Raises
    ------
    ValueError
        Raised if the name is not valid, with all valid forms.
    """
    if provider in ("input_summary", "tract", "global") or healpix_dimension(provider) is not None:
        return True
    forms = WCS_PROVIDERS.format(max_level=DimensionUniverse().skypix["healpix"].maxLevel)
    raise ValueError(f"wcs_provider {provider!r} is not {forms}.")


def healpix_dimension(provider: str) -> str | None:
    """Return the dimension that a HEALPix provider is named after.

    Parameters
    ----------
    provider : `str`
        Name of a provider.

    Returns
    -------
    dimension : `str` or `None`
        The name itself if it is a HEALPix dimension that the butler knows.
    """
    is_known = provider.startswith("healpix") and provider in DimensionUniverse().skypix_dimensions.names
    return provider if is_known else None


def region_kind(provider: str) -> str | None:
    """Return what the region ids of a provider number.

    Parameters
    ----------
    provider : `str`
        Name of a valid provider.

    Returns
    -------
    kind : `str` or `None`
        ``tract`` or ``healpix``; `None` if the provider has no regions.
    """
    if provider == "tract":
        return "tract"
    return "healpix" if healpix_dimension(provider) is not None else None
