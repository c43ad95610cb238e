"""The whole configuration of a run."""

import math

from pydantic import Field, model_validator

from umbra.config.cutouts import CutoutSettings
from umbra.config.dataset import DatasetSettings, ProfileSettings
from umbra.config.ensemble import EnsembleSettings
from umbra.config.figures import FigureSettings
from umbra.config.hi import HiSettings, MomentSettings
from umbra.config.networks import NetworkSettings
from umbra.config.observation import ObservationSettings
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

    seed: int = Field(1, ge=0, description="Every random draw derives from it.")
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
    ensemble: EnsembleSettings = EnsembleSettings()
    sensitivity: SensitivitySettings = SensitivitySettings()
    tully_fisher: TullyFisherSettings = TullyFisherSettings()
    rotation_curve: RotationCurveSettings = RotationCurveSettings()
    figures: FigureSettings = FigureSettings()

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
