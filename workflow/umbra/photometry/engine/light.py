"""From particles and dust to the light an instrument receives.

This module is the engine's core: what it returns (light without dust, direct and scattered light
per pixel and bin) is all that the rest of the engine knows of radiative transfer.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from umbra.photometry.engine import dust, kernel, render
from umbra.photometry.engine.geometry import observer_axes
from umbra.photometry.engine.octree import Octree
from umbra.photometry.engine.ski import Instrument

ROWS_PER_STRIP = 4
SED_PIXELS = 512
_BLOCKS = 32
_TAU_SMALL, _TAU_LARGE, _TAU_COUNT = 1e-3, 1e5, 1024


@dataclass(frozen=True)
class Emitters:
    """Smoothed particles with spectra.

    Attributes
    ----------
    position_pc : numpy.ndarray, shape (n, 3)
    radius_pc : numpy.ndarray, shape (n,)
        Smoothing lengths: where the kernel ends.
    rows : numpy.ndarray of int32, shape (n, 4)
        Rows of a spectral table.
    weights : numpy.ndarray, shape (n, 4)
        What to multiply them by.
    """

    position_pc: np.ndarray
    radius_pc: np.ndarray
    rows: np.ndarray
    weights: np.ndarray

    def luminosity(self, spectra: np.ndarray) -> np.ndarray:
        """Return the sum of all particles' spectra."""
        total = np.bincount(self.rows.ravel(), self.weights.ravel(), minlength=len(spectra))
        return total @ spectra


@dataclass(frozen=True)
class Light:
    """Luminosity per wavelength, (rows, columns, bins) or (bins,).

    `scattered` is None where the core does not follow scattered photons one by one.
    """

    transparent: np.ndarray
    direct: np.ndarray
    scattered: np.ndarray | None = None

    @property
    def total(self) -> np.ndarray:
        """Direct and scattered light."""
        return self.direct if self.scattered is None else self.direct + self.scattered


@dataclass(frozen=True)
class _Frame:
    """A square-pixel frame in the image plane: lower left corner, pixel width, rows, columns."""

    axes: np.ndarray
    low_pc: np.ndarray
    pixel_pc: float
    rows: int
    columns: int


def transmission_table(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return optical depths at 0.55 micron and what they let through, (depths, bins)."""
    k = np.linspace(0, np.arcsinh(_TAU_LARGE / _TAU_SMALL), _TAU_COUNT)
    taus = _TAU_SMALL * np.sinh(k)
    return taus, np.exp(-taus[:, None] * dust.effective_ratio(wavelength_micron))


def _tree_tuple(tree: Octree | None) -> tuple:
    if tree is None:
        box = np.zeros(3), np.ones(3)
        return (*box, np.full(1, -1, np.int32), np.zeros(1, np.float32), box[1], box[0])
    return (
        tree.low_pc,
        tree.size_pc,
        tree.child,
        tree.opacity,
        tree.dusty_low_pc,
        tree.dusty_high_pc,
    )


def _project(frame: _Frame, emitters: Emitters) -> tuple[np.ndarray, ...]:
    """Return x, y, h in sub-pixels, w in pc, rows and weights of the particles in the frame."""
    scale = frame.pixel_pc / render.SUB
    x, y = ((emitters.position_pc @ frame.axes[k] - frame.low_pc[k]) / scale for k in (0, 1))
    h = emitters.radius_pc / scale
    width, height = render.SUB * frame.columns, render.SUB * frame.rows
    seen = np.flatnonzero((x + h >= 0) & (x - h < width) & (y + h >= 0) & (y - h < height))
    w = emitters.position_pc[seen] @ frame.axes[2]
    return x[seen], y[seen], h[seen], w, emitters.rows[seen], emitters.weights[seen]


def _ray_axes(frame: _Frame) -> tuple[np.ndarray, ...]:
    right, up, toward = frame.axes
    # a ray along an axis must be so exactly, or it would hover at the faces of leaves
    away = np.where(np.abs(toward) < 1e-9, 0.0, -toward)
    return right * frame.low_pc[0] + up * frame.low_pc[1], right.copy(), up.copy(), away


def _strips(
    frame: _Frame,
    emitters: Emitters,
    spectra: np.ndarray,
    wavelength_micron: np.ndarray,
    tree: Octree | None,
    threads: int,
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield row slice, transparent and direct light of the frame, strip by strip."""
    scale = frame.pixel_pc / render.SUB
    x, y, h, w, rows, weights = _project(frame, emitters)
    tables, axes = kernel.projected_tables(), _ray_axes(frame)
    nodes, table = _tree_tuple(tree), transmission_table(wavelength_micron)
    step, norm = np.empty(len(x), np.int64), np.empty(len(x))
    first_row, last_row = np.floor((y - h) / render.SUB), np.floor((y + h) / render.SUB)
    blocks = np.linspace(0, len(x), _BLOCKS + 1).astype(int)

    def prepare(block: int) -> None:
        render.footprints(x, y, h, tables[0], blocks[block], blocks[block + 1], step, norm)

    def strip(row: int) -> tuple[slice, np.ndarray, np.ndarray]:
        end = min(row + ROWS_PER_STRIP, frame.rows)
        stars = np.flatnonzero((first_row < end) & (last_row >= row))
        transparent = np.zeros((end - row, frame.columns, spectra.shape[1]))
        direct = np.zeros_like(transparent) if tree is not None else transparent
        render.render_strip(
            (row, end, scale, tree is not None),
            (stars, x, y, h, w, step, norm, rows, weights),
            spectra,
            tables,
            axes,
            nodes,
            table,
            transparent,
            direct,
        )
        return slice(row, end), transparent, direct

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(prepare, range(_BLOCKS)))
        yield from pool.map(strip, range(0, frame.rows, ROWS_PER_STRIP))


def _axes(instrument: Instrument) -> np.ndarray:
    return observer_axes(
        inclination_deg=instrument.inclination_deg,
        azimuth_deg=instrument.azimuth_deg,
        roll_deg=instrument.roll_deg,
    )


def image(
    *,
    instrument: Instrument,
    emitters: Emitters,
    spectra: np.ndarray,
    wavelength_micron: np.ndarray,
    tree: Octree | None,
    threads: int = 1,
) -> Light:
    """Return the light in each pixel of a frame.

    Parameters
    ----------
    instrument : Instrument
        A frame with square pixels.
    emitters : Emitters
        The sources.
    spectra : numpy.ndarray, shape (table rows, bins)
        Mean L_lambda per bin, W/m, of the rows that `emitters` refers to.
    wavelength_micron : numpy.ndarray, shape (bins,)
        Where the dust's opacity is taken.
    tree : Octree or None
        The dust.
    threads : int
        The result does not depend on it.

    Returns
    -------
    Light
        W/m, shape (rows, columns, bins).
    """
    columns, rows = instrument.pixels
    low = np.array(instrument.center_pc) - 0.5 * np.array(instrument.field_pc)
    frame = _Frame(_axes(instrument), low, instrument.field_pc[0] / columns, rows, columns)
    transparent = np.empty((rows, columns, len(wavelength_micron)))
    direct = np.empty_like(transparent) if tree is not None else transparent
    for part, clear, dimmed in _strips(frame, emitters, spectra, wavelength_micron, tree, threads):
        transparent[part] = clear
        direct[part] = dimmed
    return Light(transparent, direct)


def spectrum(
    *,
    instrument: Instrument,
    emitters: Emitters,
    spectra: np.ndarray,
    wavelength_micron: np.ndarray,
    tree: Octree | None,
    pixel_pc: float | None = None,
    threads: int = 1,
) -> Light:
    """Return the light in an aperture, or that of everything if its radius is zero.

    Parameters are those of `image`; `pixel_pc` is how finely the dust is sampled (by default the
    extent of the sources divided by 512, and never finer).

    Returns
    -------
    Light
        W/m, shape (bins,).
    """
    reach = 1.0
    if len(emitters.radius_pc):
        distance = np.linalg.norm(emitters.position_pc, axis=1) + emitters.radius_pc
        reach = max(float(distance.max()), reach)
    if instrument.radius_pc:
        reach = min(reach, instrument.radius_pc)
    pixel = max(2 * reach / SED_PIXELS, pixel_pc or 0.0)
    count = int(np.ceil(2 * reach / pixel)) + 2
    low = np.full(2, -0.5 * count * pixel)
    frame = _Frame(_axes(instrument), low, pixel, count, count)
    centre = low[0] + (np.arange(count) + 0.5) * pixel
    transparent, direct = np.zeros(len(wavelength_micron)), np.zeros(len(wavelength_micron))
    for part, clear, dimmed in _strips(frame, emitters, spectra, wavelength_micron, tree, threads):
        inside = np.ones(clear.shape[:2], dtype=bool)
        if instrument.radius_pc:
            inside = np.hypot(*np.meshgrid(centre, centre[part])) <= instrument.radius_pc
        transparent += clear[inside].sum(axis=0)
        direct += dimmed[inside].sum(axis=0)
    return Light(transparent, direct)
