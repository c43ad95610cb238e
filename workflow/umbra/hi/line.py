"""The integrated line of a galaxy: flux and widths."""

from dataclasses import dataclass

import numpy as np

from umbra.hi.reading import Cube
from umbra.hi.source_finding import emission


@dataclass(frozen=True)
class Line:
    """The integrated line of a galaxy.

    Parameters
    ----------
    flux_jy_km_s : float
        Integrated flux [Jy km/s].
    w50_km_s, w20_km_s : float
        Widths at 50 and 20 % of the peak [km/s]; 0 without emission.
    centre_km_s : float
        Middle of the width at 20 % [km/s].
    """

    flux_jy_km_s: float
    w50_km_s: float
    w20_km_s: float
    centre_km_s: float


def integrated_line(cube: Cube, *, clip_sigma: float) -> Line:
    """Return flux and widths of the line summed over all emission, whatever its column density."""
    flux = np.where(emission(cube, clip_sigma=clip_sigma), cube.flux_jy_beam, 0)
    profile_jy = flux.sum(axis=(1, 2)) / cube.pixels_per_beam
    w50, _ = line_width(cube.velocity_km_s, profile_jy, fraction=0.5)
    w20, centre = line_width(cube.velocity_km_s, profile_jy, fraction=0.2)
    return Line(float(profile_jy.sum() * cube.channel_width_km_s), w50, w20, centre)


def line_width(
    velocity_km_s: np.ndarray, profile: np.ndarray, *, fraction: float
) -> tuple[float, float]:
    """Return the width of a line at a fraction of its peak, and the middle of that width.

    Parameters
    ----------
    velocity_km_s, profile : ndarray, shape (channels,)
        The line; evenly spaced channels.
    fraction : float
        Of the peak.

    Returns
    -------
    width_km_s, middle_km_s : float
        Between the outermost crossings, interpolated linearly. A line that is still higher at the
        end of the band is taken to end with it. Without emission both are 0.
    """
    level = fraction * profile.max()
    if level <= 0:
        return 0.0, 0.0
    above = np.flatnonzero(profile >= level)
    step = velocity_km_s[1] - velocity_km_s[0]

    def crossing(inside: int, direction: int) -> float:
        outside = inside + direction
        if not 0 <= outside < profile.size:
            return velocity_km_s[inside] + direction * step / 2
        part = (profile[inside] - level) / (profile[inside] - profile[outside])
        return velocity_km_s[inside] + direction * step * part

    first, last = crossing(above[0], -1), crossing(above[-1], 1)
    return float(abs(last - first)), float((first + last) / 2)
