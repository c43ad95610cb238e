"""The integrated HI line of a galaxy: flux and widths.

Each edge of a line is measured at a fraction of the peak of its own horn, because gas that is not
spread evenly makes one horn, or a spike between them, several times higher than the rest. A line
with one peak has one horn, and its widths are those at fractions of that peak.
"""

from dataclasses import dataclass

import numpy as np

from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.hi.reading import Cube

# A local maximum is a horn if it rises above the dip beside it by this fraction of the typical flux
# of the line, and by so many times the noise. Lower ones are noise or structure of the disc.
_RISE = 0.15
_RISE_SIGMA = 5.0
# A horn, and the line itself, exceed this fraction of the typical flux: the median of the channels
# between those with this share of the flux on either side, but for gaps, which are below this
# fraction of the mean.
_BODY = 0.5
_SHARE_OUTSIDE = 0.05
_GAP = 0.25
# What exceeds the typical flux by more is a spike. A Gaussian line exceeds it by 1.4.
_SPIKE = 2.0
_NOISE_SIGMA = 3.0


@dataclass(frozen=True)
class Line:
    """The integrated line of a galaxy.

    Parameters
    ----------
    flux_jy_km_s : float
        Integrated flux [Jy km/s].
    w50_km_s, w20_km_s : float
        Widths at 50 % and 20 % of the peaks of the horns [km/s]; 0 without emission.
    centre_km_s : float
        Middle of the interval that `w20_km_s` is the width of [km/s].
    cut : bool
        Whether the line goes on beyond the band: in the first or the last channel it is still above
        20 % of the peak of the horn on that side. Its flux and widths are then lower limits.
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
    flux = float(profile_jy.sum() * cube.channel_width_km_s)
    return Line(flux, w50, w20, centre, is_cut(profile_jy))


def is_cut(profile: np.ndarray) -> bool:
    """Return whether a line, shape (channels,), goes on beyond the band, as `Line` defines it."""
    if profile.max() <= 0:
        return False
    low, high = _horns(profile)
    return bool(profile[0] > 0.2 * low.peak or profile[-1] > 0.2 * high.peak)


def line_width(
    velocity_km_s: np.ndarray, profile: np.ndarray, *, fraction: float
) -> tuple[float, float]:
    """Return the width of a line at a fraction of the peaks of its horns, and the middle of that.

    Parameters
    ----------
    velocity_km_s : ndarray, shape (channels,)
        Velocities of the channels [km/s], evenly spaced.
    profile : ndarray, shape (channels,)
        The line, in any unit.
    fraction : float
        Fraction of the peak of each horn at which its edge is measured.

    Returns
    -------
    width_km_s, middle_km_s : float
        Distance and middle of the two edges [km/s]: where the line, outward of each horn, falls
        below the level, from linear interpolation. A line that is above the level at the end of
        the band ends with the band. Without emission both are 0.

    References
    ----------
    Springob, Haynes, Giovanelli & Kent 2005, ApJS 160, 149: the peak of each horn. The same is in
    AIPS++ User Reference, Dish, ``areape``: "the two halves ... are treated separately".
    """
    if profile.max() <= 0:
        return 0.0, 0.0
    low, high = _horns(profile)
    first = low.channel - _channels_to_edge(profile[low.channel :: -1], fraction * low.peak)
    last = high.channel + _channels_to_edge(profile[high.channel :], fraction * high.peak)
    step = velocity_km_s[1] - velocity_km_s[0]
    return float(abs(step) * (last - first)), float(velocity_km_s[0] + step * (first + last) / 2)


def _channels_to_edge(outward: np.ndarray, level: float) -> float:
    """Return after how many channels a line, outward of a horn, falls below a level."""
    below = np.flatnonzero(outward < level)
    if not below.size:
        return outward.size - 0.5
    outside = below[0]
    inside = outside - 1
    return inside + (outward[inside] - level) / (outward[inside] - outward[outside])


@dataclass(frozen=True)
class _Horn:
    """Where a line is highest on one side, and how high it is there without a spike."""

    channel: int
    peak: float


def _horns(profile: np.ndarray) -> tuple[_Horn, _Horn]:
    """Return the horns on the two sides of a line, which are the same if it has one peak.

    The horn of a side is the outermost local maximum there that rises enough, or if there is none,
    the highest channel of that side.
    """
    from scipy.signal import find_peaks  # slow import

    noise = _noise_rms(profile)
    typical, first, last = _body(profile, noise)
    middle = (first + last) // 2
    # Beyond the band there is no flux, so that a line that the band cuts has a horn at its end.
    peaks, _ = find_peaks(
        np.pad(profile, 1),
        height=_BODY * typical,
        prominence=max(_RISE * typical, _RISE_SIGMA * noise),
    )
    peaks -= 1
    left, right = peaks[peaks <= middle], peaks[peaks >= middle]
    channels = (
        left[0] if left.size else first + np.argmax(profile[first : middle + 1]),
        right[-1] if right.size else middle + np.argmax(profile[middle : last + 1]),
    )
    low, high = (_Horn(int(at), min(float(profile[at]), _SPIKE * typical)) for at in channels)
    return low, high


def _noise_rms(profile: np.ndarray) -> float:
    """Return the noise of a channel, from the curvature of the line, which is smooth without it.

    A channel of exactly 0 is one in which no voxel is emission.
    """
    curvature = np.diff(profile[profile != 0], 2)
    if not curvature.size:
        return 0.0
    return float(SIGMA_PER_MEDIAN_DEVIATION * np.median(np.abs(curvature)) / np.sqrt(6))


def _body(profile: np.ndarray, noise: float) -> tuple[float, int, int]:
    """Return the typical flux of a channel of the line, and its first and last channel."""
    flux = np.where(profile > min(_NOISE_SIGMA * noise, profile.max() / 2), profile, 0)
    shares = np.cumsum(flux) / flux.sum()
    inner = flux[(shares > _SHARE_OUTSIDE) & (shares < 1 - _SHARE_OUTSIDE)]
    if not inner.size:
        inner = flux[[flux.argmax()]]
    typical = float(np.median(inner[inner > _GAP * inner.mean()]))
    line = np.flatnonzero(flux > _BODY * typical)
    return typical, int(line[0]), int(line[-1])
