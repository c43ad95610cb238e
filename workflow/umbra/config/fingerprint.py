"""The fingerprint of a dataset: a digest of every option that shapes it."""

import hashlib
import json

from umbra.config.model import Config

SECTIONS = (
    "simulation",
    "sample",
    "observation",
    "cutouts",
    "photometry",
    "hi",
    "moments",
    "profiles",
    "dataset",
)


def data_digest(settings: Config) -> str:
    """Return a digest of the options that shape the dataset.

    Options that decide how the dataset is made, such as the number of threads, do not count: their
    fields are marked with `umbra.config.section.CHANGES_NO_RESULT`.

    Parameters
    ----------
    settings : Config
        The whole configuration.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    sections = [*SECTIONS, *(["universe"] if settings.simulation.source == "universe" else [])]
    shaping = {
        f"{section}.{key}": value
        for section in sections
        for key, value in getattr(settings, section).shaping_results().items()
    }
    if settings.simulation.source != "api":
        del shaping["simulation.name"]  # the name matters only for the web API
    text = json.dumps([settings.seed, shaping])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
