"""From particles and dust to the light an instrument receives.

Direct light is computed particle by particle and has no noise. Light that dust scatters comes from
photon packets (`scatter`). This module returns the light without dust, the direct light and the
scattered light of each pixel and bin.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from umbra.skirt_engine import dust, kernel, render, scatter
from umbra.skirt_engine.geometry import observer_axes
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.rays import trace
from umbra.skirt_engine.scatter import tree_tuple
from umbra.skirt_engine.ski import Instrument

ROWS_PER_STRIP = 4
SED_PIXELS = 512
_BLOCKS = 32
_TAU_SMALL, _TAU_LARGE, _TAU_COUNT = 1e-3, 1e5, 1024


@dataclass(frozen=True)
class Emitters:
    """Smoothed particles with spectra.

    Parameters
    ----------
    position_pc : ndarray, shape (n, 3)
        Positions [pc].
    radius_pc : ndarray, shape (n,)
        Smoothing lengths, at which the kernel ends [pc].
    rows : ndarray of int32, shape (n, 4)
        Rows of a spectral table.
    weights : ndarray, shape (n, 4)
        Factors of these rows; a particle's spectrum is their sum.
    """

    position_pc: np.ndarray
    radius_pc: np.ndarray
    rows: np.ndarray
    weights: np.ndarray

    def luminosity(self, spectra: np.ndarray) -> np.ndarray:
        """Return the sum of all particles' spectra, given the spectral table."""
        total = np.bincount(self.rows.ravel(), self.weights.ravel(), minlength=len(spectra))
        return total @ spectra


@dataclass(frozen=True)
class Light:
    """Luminosity per wavelength [W/m].

    Parameters
    ----------
    transparent, direct, scattered : ndarray, shape (rows, columns, bins) or (bins,)
        Light without dust, light that dust dims, and light that dust scatters.
    """

    transparent: np.ndarray
    direct: np.ndarray
    scattered: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Direct and scattered light."""
        return self.direct + self.scattered


@dataclass(frozen=True)
class Frame:
    """A frame of square pixels in the image plane.

    Parameters
    ----------
    axes : ndarray, shape (3, 3)
        Directions right, up and toward the observer.
    low_pc : ndarray, shape (2,)
        Lower left corner [pc].
    pixel_pc : float
        Width of a pixel [pc].
    rows, columns : int
        Numbers of pixels.
    """

    axes: np.ndarray
    low_pc: np.ndarray
    pixel_pc: float
    rows: int
    columns: int


@dataclass(frozen=True)
class Scene:
    """Sources, dust and scattering events, as instruments with one wavelength grid need them.

    Parameters
    ----------
    emitters : Emitters
        The sources.
    spectra : ndarray, shape (table rows, bins)
        Spectral table: mean L_lambda per bin [W/m].
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths at which the properties of the dust are taken [micron].
    tree : Octree or None
        The dust.
    events : scatter.Events or None
        Places at which the dust scatters light.
    threads : int
        Number of threads; no result depends on it.
    """

    emitters: Emitters
    spectra: np.ndarray
    wavelength_micron: np.ndarray
    tree: Octree | None = None
    events: scatter.Events | None = None
    threads: int = 1


def transmission_table(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a table of transmissions.

    Parameters
    ----------
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths [micron].

    Returns
    -------
    taus : ndarray, shape (depths,)
        Optical depths at 0.55 micron.
    transmissions : ndarray, shape (depths, bins)
        Share of the light that passes.
    """
    k = np.linspace(0, np.arcsinh(_TAU_LARGE / _TAU_SMALL), _TAU_COUNT)
    taus = _TAU_SMALL * np.sinh(k)
    return taus, np.exp(-taus[:, None] * dust.extinction_ratio(wavelength_micron))


def _project(frame: Frame, emitters: Emitters) -> tuple[np.ndarray, ...]:
    """Return x, y, h in sub-pixels, w in pc, rows and weights of the particles in the frame."""
    scale = frame.pixel_pc / render.SUB
    x, y = ((emitters.position_pc @ frame.axes[k] - frame.low_pc[k]) / scale for k in (0, 1))
    h = emitters.radius_pc / scale
    width, height = render.SUB * frame.columns, render.SUB * frame.rows
    seen = np.flatnonzero((x + h >= 0) & (x - h < width) & (y + h >= 0) & (y - h < height))
    w = emitters.position_pc[seen] @ frame.axes[2]
    return x[seen], y[seen], h[seen], w, emitters.rows[seen], emitters.weights[seen]


def _ray_axes(frame: Frame) -> tuple[np.ndarray, ...]:
    """Return the corner of the frame, and the directions right, up and away from the observer."""
    right, up, toward = frame.axes
    # A ray nearly along an axis is made parallel to it, or it would stay at the faces of leaves.
    away = np.where(np.abs(toward) < 1e-9, 0.0, -toward)
    return right * frame.low_pc[0] + up * frame.low_pc[1], right, up, away


def _lines(frame: Frame, tree: Octree | None, first: int, last: int) -> tuple[np.ndarray, ...]:
    """Return the traced lines of sight of the sub-pixels in pixel rows first to last."""
    corner, right, up, away = _ray_axes(frame)
    rows = np.arange(first * render.SUB, last * render.SUB) if tree is not None else np.empty(0)
    scale = frame.pixel_pc / render.SUB
    u = (np.arange(frame.columns * render.SUB) + 0.5) * scale
    v = (rows + 0.5) * scale
    points = corner + u[None, :, None] * right + v[:, None, None] * up
    return trace(tree_tuple(tree), points.reshape(-1, 3), away)


def _strips(frame: Frame, scene: Scene) -> Iterator[tuple[slice, np.ndarray, ...]]:
    """Yield, strip by strip, a slice of rows and its transparent, direct and scattered light."""
    emitters, spectra, tree = scene.emitters, scene.spectra, scene.tree
    scale = frame.pixel_pc / render.SUB
    x, y, h, w, rows, weights = _project(frame, emitters)
    tables, table = kernel.projected_tables(), transmission_table(scene.wavelength_micron)
    step, norm = np.empty(len(x), np.int64), np.empty(len(x))
    first_row, last_row = np.floor((y - h) / render.SUB), np.floor((y + h) / render.SUB)
    blocks = np.linspace(0, len(x), _BLOCKS + 1).astype(int)
    events = None
    if scene.events is not None:
        events = scatter.EventsInFrame(scene.events, frame, emitters, spectra)

    def prepare(block: int) -> None:
        render.footprints(x, y, h, tables[0], blocks[block], blocks[block + 1], step, norm)

    def strip(row: int) -> tuple[slice, np.ndarray, ...]:
        end = min(row + ROWS_PER_STRIP, frame.rows)
        stars = np.flatnonzero((first_row < end) & (last_row >= row))
        transparent = np.zeros((end - row, frame.columns, spectra.shape[1]))
        direct = np.zeros_like(transparent) if tree is not None else transparent
        scattered = np.zeros_like(transparent)
        rays = _lines(frame, tree, row, end)
        particles = stars, x, y, h, w, step, norm, rows, weights
        bounds = row, end, scale, tree is not None
        render.render_strip(bounds, particles, spectra, tables, rays, table, transparent, direct)
        if events is not None:
            events.add(row, end, rays, scattered)
        return slice(row, end), transparent, direct, scattered

    with ThreadPoolExecutor(scene.threads) as pool:
        list(pool.map(prepare, range(_BLOCKS)))
        yield from pool.map(strip, range(0, frame.rows, ROWS_PER_STRIP))


def _axes(instrument: Instrument) -> np.ndarray:
    return observer_axes(
        inclination_deg=instrument.inclination_deg,
        azimuth_deg=instrument.azimuth_deg,
        roll_deg=instrument.roll_deg,
    )


def _ignore(part: float) -> None:
    """Do nothing with progress."""


def image(
    instrument: Instrument, scene: Scene, *, progress: Callable[[float], None] = _ignore
) -> Light:
    """Return the light in each pixel of a frame.

    Parameters
    ----------
    instrument : Instrument
        A frame with square pixels.
    scene : Scene
        Sources and dust.
    progress : callable
        It is called with the finished share of the work, 0 to 1.

    Returns
    -------
    Light
        Arrays of shape (rows, columns, bins).
    """
    columns, rows = instrument.pixels
    low = np.array(instrument.center_pc) - 0.5 * np.array(instrument.field_pc)
    frame = Frame(_axes(instrument), low, instrument.field_pc[0] / columns, rows, columns)
    made = np.empty((3, rows, columns, len(scene.wavelength_micron)))
    for part, *light in _strips(frame, scene):
        for k in range(3):
            made[k, part] = light[k]
        progress(part.stop / rows)
    return Light(*made)


def spectrum(
    instrument: Instrument,
    scene: Scene,
    *,
    pixel_pc: float | None = None,
    progress: Callable[[float], None] = _ignore,
) -> Light:
    """Return the light in an aperture.

    Parameters
    ----------
    instrument : Instrument
        Observer and aperture; an aperture of radius 0 contains everything.
    scene : Scene
        Sources and dust.
    pixel_pc : float, optional
        Width of the pixels on which the dust is sampled [pc]: at least, and by default, the extent
        of sources and events over 512.
    progress : callable
        It is called with the finished share of the work, 0 to 1.

    Returns
    -------
    Light
        Arrays of shape (bins,).
    """
    emitters = scene.emitters
    reach = 1.0
    if len(emitters.radius_pc):
        distance = np.linalg.norm(emitters.position_pc, axis=1) + emitters.radius_pc
        reach = max(float(distance.max()), reach)
    if scene.events is not None and len(scene.events.star):
        distance = np.linalg.norm(scene.events.point_pc, axis=1)
        reach = max(float(distance.max()), reach)
    if instrument.radius_pc:
        reach = min(reach, instrument.radius_pc)
    pixel = max(2 * reach / SED_PIXELS, pixel_pc or 0.0)
    count = int(np.ceil(2 * reach / pixel)) + 2
    low = np.full(2, -0.5 * count * pixel)
    frame = Frame(_axes(instrument), low, pixel, count, count)
    centre = low[0] + (np.arange(count) + 0.5) * pixel
    made = np.zeros((3, len(scene.wavelength_micron)))
    for part, *light in _strips(frame, scene):
        inside = np.ones(light[0].shape[:2], dtype=bool)
        if instrument.radius_pc:
            inside = np.hypot(*np.meshgrid(centre, centre[part])) <= instrument.radius_pc
        for k in range(3):
            made[k] += light[k][inside].sum(axis=0)
        progress(part.stop / count)
    return Light(*made)
