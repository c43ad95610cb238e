"""A user's own galaxy: from its FITS files to its dark matter."""

from umbra.environment import prepare_environment

prepare_environment()  # for notebooks and `python -m umbra.observed`
