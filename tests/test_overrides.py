"""Values that refuse what contradicts itself: overrides of a visit, names of providers."""

from __future__ import annotations

import pytest

from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    InvalidInputsError,
    PerHealpixInput,
    PerTractInput,
)
from lsst.drp.tasks.update_visit_summary.overrides import Overrides
from lsst.drp.tasks.update_visit_summary.providers import (
    GlobalProvider,
    HealpixProvider,
    KeptProvider,
    Provider,
    Providers,
    ReplacementProvider,
    TractProvider,
    parse_provider,
)
from support.catalogs import with_duplicate
from support.reference import Reference


def test_new_psf_models_need_stars(reference: Reference) -> None:
    """Statistics of stars would be those of other models."""
    with pytest.raises(InvalidInputsError, match="psf_star_catalog is missing"):
        Overrides(psf=GlobalInput(reference.psf_and_ap_corr))


def test_stars_alone_are_allowed(reference: Reference) -> None:
    """They are of no use, but contradict nothing."""
    assert Overrides(stars=reference.stars).sources == {}


def test_duplicate_tracts(reference: Reference) -> None:
    """Of two catalogs for a tract none is the right one."""
    catalogs = list(reference.wcs_tract.catalogs_by_tract)
    with pytest.raises(InvalidInputsError, match="wcs_overrides has several catalogs for tract 9813"):
        Overrides(wcs=PerTractInput([*catalogs, catalogs[0]]))


def test_duplicate_pixels(reference: Reference) -> None:
    """Of two catalogs for a pixel none is the right one."""
    catalogs = list(reference.wcs_healpix.catalogs_by_pixel)
    with pytest.raises(InvalidInputsError, match="wcs_overrides has several catalogs for HEALPix pixel 425"):
        Overrides(wcs=PerHealpixInput([*catalogs, catalogs[0]]))


def test_duplicate_detectors(reference: Reference) -> None:
    """The message names the catalog among several."""
    (first, catalog), *rest = reference.photo_calib_tract.catalogs_by_tract
    with pytest.raises(InvalidInputsError, match="several rows for detectors 90 of tract 9813"):
        Overrides(photo_calib=PerTractInput([(first, with_duplicate(catalog, 90)), *rest]))


def test_originals_that_lack_a_detector(reference: Reference) -> None:
    """What has been subtracted from an exposure must be known, also of one that the summary lacks."""
    originals = {d: handle for d, handle in reference.background_originals.items() if d not in (91, 97)}
    with pytest.raises(InvalidInputsError, match="no handle for detectors 91, 97 of background_overrides"):
        Overrides(background_originals=originals, background_overrides=reference.background_overrides)


def test_all_contradictions_are_told_at_once(reference: Reference) -> None:
    """One sentence for each."""
    with pytest.raises(InvalidInputsError) as caught:
        Overrides(
            psf=GlobalInput(with_duplicate(reference.psf_and_ap_corr, 93)),
            background_originals={},
            background_overrides=reference.background_overrides,
        )
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "name, provider",
    [
        ("input_summary", KeptProvider()),
        ("tract", TractProvider()),
        ("global", GlobalProvider()),
        ("healpix0", HealpixProvider(0)),
        ("healpix3", HealpixProvider(3)),
        ("healpix17", HealpixProvider(17)),
    ],
)
def test_names_of_providers(name: str, provider: Provider) -> None:
    """A name and its value are the same in both directions."""
    assert parse_provider(name) == provider
    assert provider.name == name


@pytest.mark.parametrize("name", ["tracts", "", "healpix", "healpix-1", "healpix03", "healpix18", "Global"])
def test_unknown_names_of_providers(name: str) -> None:
    """They are refused with all that is known."""
    with pytest.raises(ValueError, match="'input_summary', 'tract', 'global', or 'healpixN'"):
        parse_provider(name)


def test_providers_of_a_configuration() -> None:
    """All names are resolved."""
    options = {
        "wcs_provider": "healpix4",
        "photo_calib_provider": "tract",
        "background_provider": "replacement",
    }
    providers = Providers.from_config(Reference.config(**options))
    assert providers == Providers(HealpixProvider(4), TractProvider(), ReplacementProvider())
    assert providers.need_sky_map
    assert providers.connections == {
        "wcs_overrides": "wcs_overrides_skypix",
        "photo_calib_overrides": "photo_calib_overrides_tract",
    }
    assert Providers.from_config(Reference.config()).connections == {}
    assert not Providers.from_config(Reference.config()).need_sky_map
