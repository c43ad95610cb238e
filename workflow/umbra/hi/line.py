"""The integrated HI line of a galaxy: flux and widths."""

from dataclasses import dataclass

import numpy as np

from umbra.hi.reading import Cube


@dataclass(frozen=True)
class Line:
    """The integrated line of a galaxy.

    Parameters
    ----------
    flux_jy_km_s : float
        Integrated flux [Jy km/s].
    w50_km_s, w20_km_s : float
        Widths at 50 % and 20 % of the peak [km/s]; 0 without emission.
    centre_km_s : float
        Middle of the interval that `w20_km_s` is the width of [km/s].
    cut : bool
        Whether the line goes on beyond the band: in the first or the last channel it is still above
        20 % of its peak. Its flux and widths are then lower limits.
    """

    flux_jy_km_s: float
    w50_km_s: float
    w20_km_s: float
    centre_km_s: float
    cut: bool


def integrated_line(cube: Cube, seen: np.ndarray) -> Line:
    """Return the flux and the widths of the line of the emission in a cube.

    Parameters
    ----------
    cube : Cube
        The cube.
    seen : ndarray of bool, shape (channels, y, x)
        Which voxels are emission. There is no limit on the column density.

    Returns
    -------
    Line
    """
    channel = np.nonzero(seen)[0]
    flux_jy_beam = np.bincount(
        channel, weights=cube.flux_jy_beam[seen], minlength=len(cube.velocity_km_s)
    )
    profile_jy = flux_jy_beam / cube.pixels_per_beam
    w50, _ = line_width(cube.velocity_km_s, profile_jy, fraction=0.5)
    w20, centre = line_width(cube.velocity_km_s, profile_jy, fraction=0.2)
    cut = bool(max(profile_jy[0], profile_jy[-1]) > max(0.2 * profile_jy.max(), 0))
    return Line(float(profile_jy.sum() * cube.channel_width_km_s), w50, w20, centre, cut)


def line_width(
    velocity_km_s: np.ndarray, profile: np.ndarray, *, fraction: float
) -> tuple[float, float]:
    """Return the width of a line at a fraction of its peak, and the middle of that interval.

    Parameters
    ----------
    velocity_km_s : ndarray, shape (channels,)
        Velocities of the channels [km/s], evenly spaced.
    profile : ndarray, shape (channels,)
        The line, in any unit.
    fraction : float
        Fraction of the peak at which the width is measured.

    Returns
    -------
    width_km_s, middle_km_s : float
        Distance and middle of the two outermost crossings of that level [km/s], from linear
        interpolation. A line that is above the level at the end of the band ends with the band.
        Without emission both are 0.
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
        steps = (profile[inside] - level) / (profile[inside] - profile[outside])
        return velocity_km_s[inside] + direction * step * steps

    first, last = crossing(above[0], -1), crossing(above[-1], 1)
    return float(abs(last - first)), float((first + last) / 2)
