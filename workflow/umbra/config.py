"""The configuration of a run, checked before any job.

``config/config.yaml`` is printed by ``python -m umbra.config_reference`` from the models of
`umbra.config_sections` and its neighbours, so the documentation of a key has one home. Other
configuration files state only what differs from it.
"""

import math

from pydantic import Field, ValidationError, model_validator

from umbra.config_classical import RotationCurve, TullyFisher
from umbra.config_networks import Ensemble, Networks, Sensitivity
from umbra.config_sections import (
    Cutouts,
    Dataset,
    Figures,
    Hi,
    Moments,
    Observation,
    Photometry,
    Profiles,
    Sample,
    Section,
    Simulation,
    Universe,
)
from umbra.errors import InputError


class Config(Section):
    """The whole configuration of a run."""

    seed: int = Field(1, ge=0, description="Every random draw derives from it.")
    simulation: Simulation = Simulation()
    universe: Universe = Universe()
    sample: Sample = Sample()
    observation: Observation = Observation()
    cutouts: Cutouts = Cutouts()
    photometry: Photometry = Photometry()
    hi: Hi = Hi()
    moments: Moments = Moments()
    profiles: Profiles = Profiles()
    dataset: Dataset = Dataset()
    networks: Networks = Networks()
    ensemble: Ensemble = Ensemble()
    sensitivity: Sensitivity = Sensitivity()
    tully_fisher: TullyFisher = TullyFisher()
    rotation_curve: RotationCurve = RotationCurve()
    figures: Figures = Figures()

    @model_validator(mode="after")
    def _haloes_fill_the_cutouts(self):
        view = self.observation
        side_kpc = view.max_distance_mpc * 1e3 * math.radians(view.field_of_view_arcmin / 60)
        needed_kpc = max(self.cutouts.radius_kpc, side_kpc / math.sqrt(2))
        if self.simulation.source == "universe" and self.universe.extent_kpc < needed_kpc:
            raise ValueError(
                f"universe.extent_kpc must be at least {needed_kpc:.1f}, for cutouts reach that far"
                " (cutouts.radius_kpc, observation.max_distance_mpc and field_of_view_arcmin)"
            )
        return self

    @model_validator(mode="after")
    def _examined_architectures_are_trained(self):
        for section in ("ensemble", "sensitivity", "tully_fisher", "rotation_curve"):
            name = getattr(self, section).architecture
            if name not in self.networks.training:
                raise ValueError(f"{section}.architecture is {name}, which networks.training lacks")
        return self


def load(values: dict) -> Config:
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
