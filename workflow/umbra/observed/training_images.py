"""How the galaxies that networks learnt from were observed."""

from typing import Self

import pandas as pd
from pydantic import Field

from umbra.config.hi import CubeSettings, MomentSettings
from umbra.config.observation import ImageSettings
from umbra.config.photometry import ImagingSettings
from umbra.config.section import Section

# A beam, a PSF, channels or noise that exceed the training's by this factor are worth a note.
WORTH_A_NOTE = 1.2
_OF_NO_IMAGE = {"seed": True, "observation": {"realisations"}}


class TrainingImages(Section):
    """What a user's galaxy is to look like: the sections and the seed of the training's run."""

    seed: int = Field(ge=0, description="Seed of the run.")
    observation: ImageSettings
    photometry: ImagingSettings
    hi: CubeSettings
    moments: MomentSettings

    def difference(self, other: Self) -> str | None:
        """Return the first key that another training has otherwise, and both values.

        The seed and the number of realisations change nothing of an image's kind.
        """
        own, others = (
            pd.json_normalize(one.model_dump(mode="json", exclude=_OF_NO_IMAGE)).iloc[0]
            for one in (self, other)
        )
        for key, value in own.items():
            if value != others[key]:
                return f"{key} {value} and not {others[key]}"
        return None
