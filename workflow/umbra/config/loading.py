"""The configuration of a run, checked before any job.

``config/config.yaml`` is printed by ``python -m umbra.config.printing`` from the models of
`umbra.config.section` and its neighbours, so the documentation of a key has one home. Other
configuration files state only what differs from it.
"""

from pydantic import ValidationError

from umbra.config.model import Config
from umbra.errors import InputError


def load_config(values: dict) -> Config:
    """Check a configuration.

    Parameters
    ----------
    values : dict
        What Snakemake read from the configuration files and the command line.

    Returns
    -------
    Config

    Raises
    ------
    InputError
        If a key is unknown or a value is out of range; all faults are named at once.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise InputError(f"Configuration: {'; '.join(map(_fault, error.errors()))}.") from None


def _fault(fault: dict) -> str:
    parts = [str(part) for part in fault["loc"]]
    if fault["type"] == "extra_forbidden":
        return f"unknown key {'.'.join(parts)} (config/config.yaml lists them all)"
    # Where a value may be of several types, pydantic adds the type: no key is written like that.
    key = ".".join(part for part in parts if part.isalnum() or part.isidentifier())
    reason = fault["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    if not key:
        return reason
    shown = "" if isinstance(fault["input"], dict) else f" is {fault['input']!r}"
    return f"{key}{shown}: {reason}"
