"""A user's galaxy as the networks know galaxies: from its files to channels on the training's grid.

In a notebook::

    from pathlib import Path
    from umbra.observed.preparation import observe
    from umbra.observed.saved_networks import read_definition
    from umbra.observed.table import read_observed_table

    definition = read_definition(Path("results/saved_networks"))
    for galaxy in read_observed_table(Path("my_galaxies.csv")):
        maps = observe(galaxy, training=definition)
"""

from pathlib import Path

import numpy as np

from umbra.channels import CHANNELS
from umbra.config.observed import StarsInFront
from umbra.errors import Damaged, Rejected
from umbra.observed.given_moments import hi_maps_of_moments, read_given_map
from umbra.observed.hi_cube import HiMaps, hi_maps_of_cube
from umbra.observed.maps import ObservedMaps, write_observed_maps
from umbra.observed.moving import Placement
from umbra.observed.optical import optical_channel, read_optical_image
from umbra.observed.own_cube import (
    OwnCube,
    naming,
    placement_of,
    read_given_cube,
    read_own_cube,
)
from umbra.observed.table import ObservedGalaxy
from umbra.observed.training_images import TrainingImages
from umbra.seeds import Stage, generator, named


def observe(
    galaxy: ObservedGalaxy, *, training: TrainingImages, stars: StarsInFront = "keep"
) -> ObservedMaps:
    """Return the channels of a user's galaxy on the grid of the training.

    Images have its pixels, its field of view, its noise and, where theirs is sharper, its PSF; HI
    cubes its channels and beam, and the same source finding. A galaxy outside of the training's
    range of distances is shown at the nearest distance of that range. What is unlike the training
    nevertheless is in the notes.

    Parameters
    ----------
    galaxy : ObservedGalaxy
        Its position, distance and files: a row of the table.
    training : TrainingImages
        How the galaxies of the training were observed, such as the
        `umbra.observed.saved_networks.NetworksDefinition` of saved networks.
    stars : {"keep", "mask", "inpaint"}
        What is done with stars in front of the galaxy.

    Returns
    -------
    ObservedMaps

    Raises
    ------
    Damaged
        If one of its files cannot be used.
    InputError
        If the system does not let one be read.
    """
    own = read_given_cube(
        galaxy,
        observation=training.observation,
        beam_fwhm_arcsec=training.hi.beam_fwhm_arcsec,
        moments=training.moments,
    )
    return _observed(galaxy, own, training, stars)


def prepare_observed_galaxy(
    *,
    galaxy: ObservedGalaxy,
    training: TrainingImages,
    stars: StarsInFront,
    cube: Path,
    maps: Path,
) -> None:
    """Write the channels of a galaxy.

    Parameters
    ----------
    galaxy, training, stars
        As in `observe`.
    cube : Path
        Its own HI cube, or a marker, of `umbra.observed.own_cube.prepare_observed_cube`.
    maps : Path
        FITS file of `umbra.observed.maps.write_observed_maps`.

    Raises
    ------
    Rejected
        If a file of the galaxy cannot be used.
    InputError
        If the system does not let one be read.
    """
    try:
        shown = _observed(galaxy, read_own_cube(cube), training, stars)
    except Damaged as error:
        raise Rejected(str(error)) from error
    header = placement_of(galaxy, training.observation).header()
    write_observed_maps(shown, maps, wcs_header=header)


def _observed(
    galaxy: ObservedGalaxy, own: OwnCube | None, training: TrainingImages, stars: StarsInFront
) -> ObservedMaps:
    placement = placement_of(galaxy, training.observation)
    channels, observables, notes = {}, {}, placement.notes()
    for band, path in galaxy.images.items():
        image = read_optical_image(
            path,
            unit=galaxy.optical_unit,
            zero_point_mag=galaxy.zero_point_mag,
            psf_fwhm_arcsec=galaxy.psf_fwhm_arcsec,
        )
        with naming(path):
            channels[band], found = optical_channel(
                image,
                band=band,
                placement=placement,
                imaging=training.photometry,
                stars=stars,
                subtract_sky=galaxy.subtract_sky,
                rng=_rng(training.seed, galaxy.name, band),
            )
        observables[f"flux_{band}_nanomaggy"] = float(channels[band].sum())
        notes += found
    if (hi := _hi_maps(galaxy, own, placement, training)) is not None:
        channels |= hi.channels
        observables |= hi.observables
        notes += hi.notes
    return ObservedMaps(
        name=galaxy.name,
        channels={channel: channels[channel] for channel in CHANNELS if channel in channels},
        distance_mpc=galaxy.distance_mpc,
        distance_error_mpc=galaxy.distance_error_mpc,
        shown_distance_mpc=placement.shown_distance_mpc,
        observables=observables,
        notes=tuple(notes),
        training=training.only(TrainingImages),
    )


def _hi_maps(
    galaxy: ObservedGalaxy, own: OwnCube | None, placement: Placement, training: TrainingImages
) -> HiMaps | None:
    if own is not None:
        with naming(galaxy.cube):
            return hi_maps_of_cube(
                own.cube,
                own=own.line,
                placement=placement,
                telescope=training.hi,
                moments=training.moments,
                rng=_rng(training.seed, galaxy.name, "HI"),
            )
    if not galaxy.moment_maps:
        return None
    given = {
        name: read_given_map(
            path,
            moment=int(name.removeprefix("moment")),
            unit=galaxy.hi_unit if name == "moment0" else None,
            beam_fwhm_arcsec=galaxy.beam_fwhm_arcsec,
            beam_angle_deg=galaxy.beam_angle_deg,
        )
        for name, path in galaxy.moment_maps.items()
    }
    with naming(next(iter(galaxy.moment_maps.values()))):
        return hi_maps_of_moments(
            given, placement=placement, telescope=training.hi, moments=training.moments
        )


def _rng(seed: int, name: str, channel: str) -> np.random.Generator:
    return generator(seed, Stage.OBSERVED, named(name, channel))
