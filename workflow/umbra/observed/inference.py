"""From a table of a user's galaxies to their dark-matter profiles, without Snakemake."""

import logging
from functools import partial
from pathlib import Path

from umbra.config.observed import StarsInFront
from umbra.errors import InputError, Rejected
from umbra.files import write_rejection
from umbra.observed.answers import Answer, read_answer, write_observed_profile
from umbra.observed.own_cube import prepare_observed_cube
from umbra.observed.preparation import prepare_observed_galaxy
from umbra.observed.saved_networks import read_networks
from umbra.observed.table import ObservedGalaxy, read_observed_table
from umbra.observed.training_images import TrainingImages

logger = logging.getLogger(__name__)


def infer(
    *,
    table: Path,
    networks: Path,
    output: Path,
    stars: StarsInFront = "keep",
    threads: int = 1,
) -> dict[str, Answer | str]:
    """Infer the dark matter of the galaxies of a table.

    It writes what ``snakemake results/observed`` writes for the networks: ``predictions.hdf5`` and
    ``belonging.csv``, and for each galaxy ``{name}/maps.fits``, ``cube.fits``, ``profile.csv`` and
    ``samples.hdf5``, or markers ``rejected: reason``.

    Parameters
    ----------
    table : Path
        The galaxies, see `umbra.observed.table.read_observed_table`.
    networks : Path
        ``results/saved_networks`` of a run, or a copy of it.
    output : Path
        Folder for the files, which is made if it is missing.
    stars : {"keep", "mask", "inpaint"}
        What is done with stars in front of a galaxy.
    threads : int
        Threads of TensorFlow.

    Returns
    -------
    dict
        Galaxy -> what the networks predict, or the reason why it could not be used.

    Raises
    ------
    InputError
        If the table or the networks cannot be used.

    Examples
    --------
    >>> answers = infer(table=Path("my_galaxies.csv"), networks=Path("saved_networks"),
    ...                 output=Path("answers"))  # doctest: +SKIP
    >>> answers["NGC 2903"].quantiles(0.16, 0.5, 0.84)  # doctest: +SKIP
    """
    galaxies = read_observed_table(table)
    training = read_networks(networks).only(TrainingImages)
    # Keras takes seconds to import: what is wrong with table or networks is said before.
    from umbra.observed.prediction import predict_observed

    maps = {one.name: output / one.name / "maps.fits" for one in galaxies}
    for galaxy in galaxies:
        _prepare(galaxy, training, stars, maps[galaxy.name])
    predictions = output / "predictions.hdf5"
    predict_observed(
        maps=maps,
        networks=networks,
        threads=threads,
        output=predictions,
        table=output / "belonging.csv",
    )
    return {name: _answer(predictions, name, path.parent) for name, path in maps.items()}


def _prepare(
    galaxy: ObservedGalaxy, training: TrainingImages, stars: StarsInFront, maps: Path
) -> None:
    """Write the maps of a galaxy and its cube, or markers: no galaxy stops the others."""
    cube = maps.with_name("cube.fits")
    stages = {
        cube: partial(
            prepare_observed_cube,
            galaxy=galaxy,
            observation=training.observation,
            beam_fwhm_arcsec=training.hi.beam_fwhm_arcsec,
            moments=training.moments,
            cube=cube,
        ),
        maps: partial(
            prepare_observed_galaxy,
            galaxy=galaxy,
            training=training,
            stars=stars,
            cube=cube,
            maps=maps,
        ),
    }
    for output, make in stages.items():
        try:
            make()
        except (Rejected, InputError) as error:
            logger.warning("%s: rejected: %s", galaxy.name, error)
            write_rejection(output, str(error))


def _answer(predictions: Path, name: str, folder: Path) -> Answer | str:
    profile, samples = folder / "profile.csv", folder / "samples.hdf5"
    try:
        write_observed_profile(predictions=predictions, name=name, profile=profile, samples=samples)
    except Rejected as rejected:
        for path in (profile, samples):
            write_rejection(path, str(rejected))
        return str(rejected)
    return read_answer(samples, name)
