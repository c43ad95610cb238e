"""First guess of how a gas disc lies on the sky, from the moment maps of its HI.

A thin disc whose rotation rises as an arctangent is fitted to the whole velocity field. Where the
rotation curve flattens, the curvature of the isovelocity lines determines the inclination within a
few degrees. The axis ratio of the gas is a worse measure, because lopsided outskirts change it.
Near edge-on the beam hides that curvature, and the axis ratio serves as a lower limit: neither
beam nor thickness makes the outline of a disc longer than its inclination does.
"""

from dataclasses import dataclass, replace

import numpy as np

from umbra.errors import Rejected

MIN_BODY_PIXELS = 30  # seven parameters are fitted, and neighbouring pixels share a beam
# Larger residuals weigh less: clumps, satellites and arms do not rotate with the disc.
_OUTLIER_KM_S = 10.0
_MAX_OFFSET_PIXELS = 10.0  # between the centre of the disc and the centroid of the gas
# An outline longer than that of a disc at this inclination can only be a disc near edge-on.
_LONG_OUTLINE_DEG = 72.0
_SEEN_FRACTION = 0.5  # a ring belongs to the disc if a larger fraction of it has emission


@dataclass(frozen=True)
class Geometry:
    """How a disc lies on the sky.

    Parameters
    ----------
    x_pixel, y_pixel : float
        Centre [pixels]; the middle of the first pixel is 0.
    position_angle_deg : float
        Direction of the receding half of the major axis, from north (up) through east (left), 0 to
        360 [deg].
    inclination_deg : float
        Inclination [deg]: 0 is face-on, 90 edge-on.
    systemic_velocity_km_s : float
        Velocity of the centre [km/s].
    rotation_km_s : float
        Rotation velocity far out, which the curve approaches [km/s].
    turnover_pixels : float
        Radius where the curve reaches half of that [pixels].
    """

    x_pixel: float
    y_pixel: float
    position_angle_deg: float
    inclination_deg: float
    systemic_velocity_km_s: float
    rotation_km_s: float
    turnover_pixels: float

    def in_plane(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the radius in the plane of the disc [pixels] and the cosine of the azimuth.

        Parameters
        ----------
        x, y : ndarray
            Positions on the sky [pixels].

        Returns
        -------
        radius, cosine : ndarray
            The azimuth starts at the receding half of the major axis.
        """
        x, y = x - self.x_pixel, y - self.y_pixel
        angle, inclination = np.radians([self.position_angle_deg, self.inclination_deg])
        along = y * np.cos(angle) - x * np.sin(angle)
        across = (x * np.cos(angle) + y * np.sin(angle)) / np.cos(inclination)
        radius = np.hypot(along, across)
        return radius, along / np.maximum(radius, 1e-9)

    def curve_km_s(self, radius_pixels: np.ndarray) -> np.ndarray:
        """Return the rotation velocity [km/s] at radii [pixels]."""
        return self.rotation_km_s * 2 / np.pi * np.arctan(radius_pixels / self.turnover_pixels)

    def velocity_km_s(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the velocity along the line of sight at pixels (x, y) [km/s]."""
        radius, cosine = self.in_plane(x, y)
        projection = np.sin(np.radians(self.inclination_deg)) * cosine
        return self.systemic_velocity_km_s + self.curve_km_s(radius) * projection

    def binned(self, pixels: int) -> "Geometry":
        """Return the same disc in pixels that are so many times larger."""
        return replace(
            self,
            x_pixel=(self.x_pixel + 0.5) / pixels - 0.5,
            y_pixel=(self.y_pixel + 0.5) / pixels - 0.5,
            turnover_pixels=self.turnover_pixels / pixels,
        )

    def count_rings(self, body: np.ndarray, *, width_pixels: float) -> int:
        """Return how many rings the gas fills.

        The outermost ring with enough emission is not counted: emission is searched for in smoothed
        cubes, so it is found about a beam beyond the edge of the gas.

        Parameters
        ----------
        body : ndarray of bool, shape (y, x)
            Pixels with emission.
        width_pixels : float
            Width of a ring [pixels].

        Returns
        -------
        int
        """
        y, x = np.nonzero(body)
        seen = np.bincount((self.in_plane(x, y)[0] / width_pixels).astype(int))
        edges = np.arange(seen.size + 1) * width_pixels
        area = np.pi * np.diff(edges**2) * np.cos(np.radians(self.inclination_deg))
        filled = np.flatnonzero(seen > _SEEN_FRACTION * area)
        return int(filled[-1]) if filled.size else 0


def main_body(intensity: np.ndarray) -> np.ndarray:
    """Return the connected pixels with most of the emission.

    Parameters
    ----------
    intensity : ndarray, shape (y, x)
        Moment 0 [Jy/beam km/s]; NaN where masked.

    Returns
    -------
    ndarray of bool, shape (y, x)

    Raises
    ------
    Rejected
        If these pixels are too few for a fit.
    """
    from scipy import ndimage  # its import is slow

    labels, count = ndimage.label(np.isfinite(intensity), structure=np.ones((3, 3)))
    fluxes = ndimage.sum_labels(np.nan_to_num(intensity), labels, np.arange(1, count + 1))
    body = labels == 1 + np.argmax(fluxes) if count else np.zeros(intensity.shape, dtype=bool)
    if body.sum() < MIN_BODY_PIXELS:
        raise Rejected(
            f"no detectable HI emission: {body.sum()} connected pixels, fewer than"
            f" {MIN_BODY_PIXELS}"
        )
    return body


def guess_geometry(
    *,
    intensity: np.ndarray,
    velocity_km_s: np.ndarray,
    body: np.ndarray,
    inclination_deg: float | None = None,
) -> Geometry:
    """Return the disc that fits a velocity field best.

    Parameters
    ----------
    intensity, velocity_km_s : ndarray, shape (y, x)
        Moments 0 [Jy/beam km/s] and 1 [km/s].
    body : ndarray of bool, shape (y, x)
        Pixels that are fitted, as `main_body` returns them.
    inclination_deg : float, optional
        Known inclination [deg], which is then not fitted.

    Returns
    -------
    Geometry

    References
    ----------
    Begeman 1989, A&A 223, 47, section 3.1: the projection.
    Courteau 1997, AJ 114, 2402, section 4: the arctangent.
    """
    from scipy.optimize import least_squares

    y, x = np.nonzero(body)
    velocity, weight = velocity_km_s[body], intensity[body]
    centre = np.average([x, y], axis=1, weights=weight)
    plane = np.column_stack([np.ones(x.size), x - centre[0], y - centre[1]])
    _, right, up = np.linalg.lstsq(plane, velocity, rcond=None)[0]
    angle = np.degrees(np.arctan2(-right, up))
    outline = _inclination_of_outline(x, y)
    inclination = inclination_deg or min(max(outline, 20), 80)
    speed = np.ptp(np.percentile(velocity, [2, 98])) / 2 / np.sin(np.radians(inclination))
    systemic = np.median(velocity)
    # Centre, position angle, inclination, systemic velocity, rotation, turnover.
    start = np.array([*centre, angle, inclination, systemic, speed, 3.0])
    reach = np.array([_MAX_OFFSET_PIXELS, _MAX_OFFSET_PIXELS, 90.0, 90.0, 1e3, 1e3, 100.0])
    low = np.maximum(start - reach, [-np.inf, -np.inf, -np.inf, 3, -np.inf, 0, 0.2])
    high = np.minimum(start + reach, [np.inf, np.inf, np.inf, 89, np.inf, np.inf, 100])
    if inclination_deg is not None:
        low[3], high[3] = inclination_deg - 1e-6, inclination_deg + 1e-6

    # The fainter a pixel, the noisier its velocity.
    scale = _OUTLIER_KM_S * (1 + np.median(weight) / weight)

    fit = least_squares(
        lambda parameters: (Geometry(*parameters).velocity_km_s(x, y) - velocity) / scale,
        np.clip(start, low, high),
        bounds=(low, high),
        loss="soft_l1",
        x_scale=[1, 1, 5, 5, 5, 20, 2],
    )
    x_pixel, y_pixel, angle, *others = map(float, fit.x)
    geometry = Geometry(x_pixel, y_pixel, angle % 360, *others)
    if inclination_deg is None and outline > max(geometry.inclination_deg, _LONG_OUTLINE_DEG):
        return guess_geometry(
            intensity=intensity, velocity_km_s=velocity_km_s, body=body, inclination_deg=outline
        )
    return geometry


def _inclination_of_outline(x: np.ndarray, y: np.ndarray) -> float:
    """Return the inclination of a thin disc with the axis ratio of the pixels [deg]."""
    short, long = np.linalg.eigvalsh(np.cov(x, y))
    return float(np.degrees(np.arccos(np.sqrt(short / long))))
