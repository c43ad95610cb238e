"""The whole configuration of a run."""

import math
from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from umbra.config.cutouts import CutoutSettings
from umbra.config.dataset import DatasetSettings, ProfileSettings
from umbra.config.ensemble import EnsembleSettings
from umbra.config.figures import FigureSettings
from umbra.config.hi import HiSettings, MomentSettings
from umbra.config.learning_curve import LearningCurveSettings
from umbra.config.networks import MIN_PIXELS, NetworkSettings
from umbra.config.observation import ObservationSettings
from umbra.config.observed import ObservedSettings
from umbra.config.photometry import PhotometrySettings
from umbra.config.rotation_curve import RotationCurveSettings
from umbra.config.sample import SampleSettings
from umbra.config.section import Section
from umbra.config.sensitivity import SensitivitySettings
from umbra.config.simulation import SimulationSettings
from umbra.config.tully_fisher import TullyFisherSettings
from umbra.config.universe import UniverseSettings


class Config(Section):
    """The whole configuration of a run."""

    seed: int = Field(1, ge=0, description="Seed of every random draw.")
    simulation: SimulationSettings = SimulationSettings()
    universe: UniverseSettings = UniverseSettings()
    sample: SampleSettings = SampleSettings()
    observation: ObservationSettings = ObservationSettings()
    cutouts: CutoutSettings = CutoutSettings()
    photometry: PhotometrySettings = PhotometrySettings()
    hi: HiSettings = HiSettings()
    moments: MomentSettings = MomentSettings()
    profiles: ProfileSettings = ProfileSettings()
    dataset: DatasetSettings = DatasetSettings()
    networks: NetworkSettings = NetworkSettings()
    learning_curve: LearningCurveSettings = LearningCurveSettings()
    ensemble: EnsembleSettings = EnsembleSettings()
    sensitivity: SensitivitySettings = SensitivitySettings()
    tully_fisher: TullyFisherSettings = TullyFisherSettings()
    rotation_curve: RotationCurveSettings = RotationCurveSettings()
    observed: ObservedSettings = ObservedSettings()
    figures: FigureSettings = FigureSettings()

    @model_validator(mode="after")
    def _haloes_fill_the_cutouts(self) -> Self:
        seen = self.observation
        side_kpc = seen.max_distance_mpc * 1e3 * math.radians(seen.field_of_view_arcmin / 60)
        needed_kpc = max(self.cutouts.radius_kpc, side_kpc / math.sqrt(2))
        if self.simulation.source == "universe" and self.universe.extent_kpc < needed_kpc:
            raise ValueError(
                f"universe.extent_kpc must be at least {needed_kpc:.1f}, because cutouts reach"
                " that far (cutouts.radius_kpc, observation.max_distance_mpc and"
                " field_of_view_arcmin)"
            )
        return self

    @model_validator(mode="after")
    def _every_named_architecture_is_trained(self) -> Self:
        for key, name in self._architectures():
            if name not in self.networks.training:
                raise ValueError(f"{key} is {name}, which networks.training lacks")
            if self.observation.pixels < MIN_PIXELS[name]:
                raise ValueError(
                    f"observation.pixels must be at least {MIN_PIXELS[name]} for architecture"
                    f" {name} ({key})"
                )
        return self

    @model_validator(mode="after")
    def _every_named_channel_set_exists(self) -> Self:
        for key, name in self._channel_sets():
            if name not in self.networks.channel_sets:
                raise ValueError(
                    f"{key} names {name}, which networks.channel_sets lacks; it has"
                    f" {', '.join(self.networks.channel_sets)}"
                )
        return self

    @model_validator(mode="after")
    def _fitted_realisation_exists(self) -> Self:
        fitted, count = self.rotation_curve.realisation, self.observation.realisations
        if fitted >= count:
            raise ValueError(
                f"rotation_curve.realisation is {fitted}, counted from 0, but"
                f" observation.realisations is {count}"
            )
        return self

    def _architectures(self) -> Iterator[tuple[str, str]]:
        """Yield each key that names an architecture, and the name."""
        for name in self.networks.architectures:
            yield "networks.architectures", name
        for section in ("ensemble", "sensitivity", "tully_fisher", "rotation_curve"):
            yield f"{section}.architecture", getattr(self, section).architecture
        for name in self.learning_curve.architectures:
            yield "learning_curve.architectures", name

    def _channel_sets(self) -> Iterator[tuple[str, str]]:
        """Yield each key that names a channel set, and the name."""
        for name in self.ensemble.channel_sets:
            yield "ensemble.channel_sets", name
        for name in self.learning_curve.channel_sets:
            yield "learning_curve.channel_sets", name
        for name in self.sensitivity.importance_channel_sets:
            yield "sensitivity.importance_channel_sets", name
        for section in ("sensitivity", "tully_fisher", "rotation_curve"):
            yield f"{section}.channels", getattr(self, section).channels
