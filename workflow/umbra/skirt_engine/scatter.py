"""Scattered light: packets are followed once, and every instrument sees their events."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from umbra.skirt_engine import dust, kernel, render
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.peel import peel_strip
from umbra.skirt_engine.walk import walk

if TYPE_CHECKING:
    from umbra.skirt_engine.light import Emitters, Frame

# Number of SKIRT's packets that one packet here replaces. A packet here has all wavelengths, each
# of its flights scatters in several places, and direct light needs no packets.
PACKETS_PER_PACKET = 80
# More packets would not fit into memory, and the noise is negligible with far fewer.
MAX_PACKETS = 2_000_000
BLOCKS = 128
# Number of wavelengths at which packets are followed, on grids with more bins than this.
WAVELENGTH_NODES = 16
# Light of one event, and light below which a packet survives at random, as parts of a packet.
QUANTUM = 0.05
ODDS = 0.1
_RADII = 512


@dataclass(frozen=True)
class Events:
    """Scattering events of photon packets.

    Parameters
    ----------
    point_pc, direction : ndarray of float32, shape (n, 3)
        Positions [pc], and directions of flight before the scattering.
    star : ndarray of int32, shape (n,)
        Particle that emitted the light.
    factor : ndarray of float32, shape (n, nodes)
        Scattered light at each node over that of the star times `scale`. If all bins are nodes, the
        scattered light over `unit`.
    scale : ndarray, shape (stars,)
        Factor of each star.
    unit : ndarray, shape (bins,)
        Factor of each bin.
    kappa, asymmetry : ndarray, shape (nodes,)
        Opacity over that at 0.55 micron, and mean cosine of the scattering angle.
    node_bins : ndarray, shape (nodes,)
        Bins that are nodes.
    escaped, absorbed : ndarray, shape (nodes,)
        Shares of the light of all stars that leave, scattered or not, and that heat dust.
    """

    point_pc: np.ndarray
    direction: np.ndarray
    star: np.ndarray
    factor: np.ndarray
    scale: np.ndarray
    unit: np.ndarray
    kappa: np.ndarray
    asymmetry: np.ndarray
    node_bins: np.ndarray
    escaped: np.ndarray
    absorbed: np.ndarray


def packets_of(skirt_packets: float) -> int:
    """Return the number of packets that are followed for a ski with `skirt_packets`."""
    return int(min(max(round(skirt_packets / PACKETS_PER_PACKET), 1), MAX_PACKETS))


def tree_tuple(tree: Octree | None) -> tuple:
    """Return an octree as compiled functions take it.

    Parameters
    ----------
    tree : Octree or None
        None, without dust, gives a box in which no ray meets dust.

    Returns
    -------
    tuple
        low, size, child, opacity, dusty_low, dusty_high.
    """
    if tree is None:
        box = np.zeros(3), np.ones(3)
        return (*box, np.full(1, -1, np.int32), np.zeros(1, np.float32), box[1], box[0])
    return (
        tree.low_pc,
        tree.size_pc,
        tree.child,
        tree.opacity,
        *tree.dusty_box_pc,
    )


def _nodes(bins: int) -> np.ndarray:
    """Return the bins that are nodes: all of few, or some of many with the first and the last."""
    return np.unique(np.linspace(0, bins - 1, min(bins, WAVELENGTH_NODES)).round().astype(int))


def _probabilities(
    emitters: "Emitters", spectra: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities with which particles are drawn, their shares of the light, and its sum.

    The shares, shape (particles, nodes), are divided by the probabilities.
    """
    light = np.empty((len(emitters.rows), spectra.shape[1]))
    for j in range(spectra.shape[1]):
        light[:, j] = (spectra[:, j][emitters.rows] * emitters.weights).sum(axis=1)
    total = light.sum(axis=0)
    light /= np.where(total > 0, total, 1.0)
    probability = light.mean(axis=1)
    if not probability.sum() > 0:
        return probability, light, total
    probability /= probability.sum()
    drawn = probability > 0
    light[drawn] /= probability[drawn, None]
    return probability, light, total


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    """Return pieces as one array, and empty the list, because memory may not suffice for both."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole


def _follow(
    packets: int, arguments: tuple, threads: int, progress: Callable[[float], None]
) -> tuple[list[np.ndarray], ...]:
    """Follow packets block by block; return the blocks of each array that `walk` returns."""
    edges = np.linspace(0, packets, BLOCKS + 1).astype(int)

    def follow(block: int) -> tuple:
        return walk((edges[block], edges[block + 1], packets), *arguments)

    made = [], [], [], [], [], []
    with ThreadPoolExecutor(threads) as pool:
        for k, result in enumerate(pool.map(follow, range(BLOCKS)), 1):
            for pieces, piece in zip(made, result, strict=True):
                pieces.append(piece)
            progress(k / BLOCKS)
    return made


def scattering_events(
    *,
    emitters: "Emitters",
    spectra: np.ndarray,
    wavelength_micron: np.ndarray,
    tree: Octree,
    packets: int,
    seed: int,
    threads: int = 1,
    progress: Callable[[float], None] = lambda part: None,
) -> Events | None:
    """Follow photon packets from the particles through the dust.

    Parameters
    ----------
    emitters : light.Emitters
        The sources.
    spectra : ndarray, shape (table rows, bins)
        Spectral table: mean L_lambda per bin [W/m].
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths of the bins [micron].
    tree : Octree
        The dust.
    packets : int
        Number of packets; noise falls with its square root.
    seed : int
        Seed of the random numbers.
    threads : int
        Number of threads; the result does not depend on it.
    progress : callable
        It is called with the finished share of the work, 0 to 1.

    Returns
    -------
    Events or None
        None if no light is emitted.
    """
    nodes = _nodes(len(wavelength_micron))
    probability, share, total = _probabilities(emitters, spectra[:, nodes])
    if not probability.any():
        return None
    micron = wavelength_micron[nodes]
    kappa = dust.extinction_ratio(micron)
    albedo, asymmetry = dust.albedo_and_asymmetry(micron)
    order = np.argsort(kappa, kind="stable")
    parts = order[[0, len(order) // 2, -1]]
    particles = emitters.position_pc, emitters.radius_pc, np.cumsum(probability), share
    common = kernel.enclosing_radii(_RADII), tree_tuple(tree), (kappa, albedo, asymmetry, parts)
    made = _follow(packets, (seed, particles, *common, QUANTUM, ODDS), threads, progress)
    point, direction, star, factor = (_joined(pieces) for pieces in made[:4])
    drawn = np.where(probability > 0, probability, 1.0)
    unit = np.ones(len(wavelength_micron))
    if len(nodes) == len(unit):
        for j in nodes:
            factor[:, j] *= share[star, j].astype(np.float32)
        unit = total / packets
    return Events(
        point_pc=point,
        direction=direction,
        star=star,
        factor=factor,
        scale=1.0 / (packets * drawn),
        unit=unit,
        kappa=kappa,
        asymmetry=asymmetry,
        node_bins=nodes,
        escaped=np.sum(made[4], axis=0) / packets,
        absorbed=np.sum(made[5], axis=0) / packets,
    )


class EventsInFrame:
    """Events projected on one frame, to be added strip by strip.

    Parameters
    ----------
    events : Events
        All events.
    frame : light.Frame
        The frame.
    emitters : light.Emitters
        The sources.
    spectra : ndarray, shape (table rows, bins)
        Spectral table [W/m].
    """

    def __init__(self, events: Events, frame: "Frame", emitters: "Emitters", spectra: np.ndarray):
        self._toward = np.ascontiguousarray(frame.axes[2])
        scale = frame.pixel_pc / render.SUB
        right, up, toward = frame.axes.astype(np.float32)
        point = events.point_pc
        column = np.floor((point @ right - frame.low_pc[0]) / scale).astype(np.int32)
        row = np.floor((point @ up - frame.low_pc[1]) / scale).astype(np.int32)
        self._place = column, row, point @ toward
        inside = (column >= 0) & (column < frame.columns * render.SUB)
        chosen = np.flatnonzero(inside & (row >= 0) & (row < frame.rows * render.SUB))
        # In the order of lines of sight, which do not all fit into a processor's cache.
        ray = row[chosen].astype(np.int64) * (frame.columns * render.SUB) + column[chosen]
        self._order = chosen[np.argsort(ray, kind="stable")]
        self._sorted_row = row[self._order]
        self._events, self._emitters, self._spectra = events, emitters, spectra

    def add(self, first: int, last: int, rays: tuple, out: np.ndarray) -> None:
        """Add the scattered light in some pixel rows.

        Parameters
        ----------
        first, last : int
            First pixel row, and one past the last.
        rays : tuple of ndarray
            Lines of sight of the sub-pixels in these rows, from `rays.trace`.
        out : ndarray, shape (rows, columns, bins)
            Filled with the light [W/m]; it must be zero before.
        """
        low, high = np.searchsorted(self._sorted_row, [first * render.SUB, last * render.SUB])
        events = self._events
        peel_strip(
            (first, last),
            self._order[low:high],
            self._place,
            (events.direction, events.star, events.factor, events.scale),
            (self._emitters.rows, self._emitters.weights),
            self._spectra,
            rays,
            self._toward,
            (events.kappa, events.asymmetry),
            events.node_bins,
            out,
        )
        out *= events.unit
