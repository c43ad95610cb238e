"""Sections ``profiles`` and ``dataset``."""

from pydantic import Field, model_validator

from umbra.config.section import Positive, Section


class ProfileSettings(Section):
    """The truth: masses enclosed within radii that are spaced logarithmically."""

    radii: int = Field(20, ge=2, le=200, description="Number of radii.")
    min_radius_kpc: Positive = Field(1.0, description="Innermost radius [kpc].")
    max_radius_kpc: float = Field(100.0, gt=0, le=100, description="Outermost radius [kpc].")


class DatasetSettings(Section):
    """How galaxies are split. All images of a galaxy are in the same split."""

    train_fraction: float = Field(
        0.6, gt=0, lt=1, description="Fraction of the galaxies in the training split."
    )
    val_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Fraction in the validation split, which decides when training stops. The"
        " rest is the test split.",
    )

    @model_validator(mode="after")
    def _leaves_a_test_split(self):
        if self.train_fraction + self.val_fraction >= 1:
            raise ValueError("train_fraction + val_fraction must leave galaxies for the test split")
        return self
