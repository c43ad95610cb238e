"""Scattered light: photon packets followed once, then seen by every instrument."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from umbra.skirt_engine import dust, kernel, render
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.peel import peel_strip
from umbra.skirt_engine.walk import walk

# SKIRT's packets that one of ours stands for: it is white, all its flights scatter, in several
# places each, and the direct light needs none at all.
PACKETS_PER_PACKET = 80
# More would not fit into memory; images have no noise to speak of long before.
MAX_PACKETS = 2_000_000
BLOCKS = 128
# Where dust is followed, in wavelength, on grids with more bins than this.
NODES = 16
# What an event stands for, and below what survival is a gamble, in parts of a packet.
QUANTUM = 0.05
ODDS = 0.1
_RADII = 512


@dataclass(frozen=True)
class Events:
    """Where packets scattered.

    Attributes
    ----------
    point_pc, direction : numpy.ndarray of float32, shape (n, 3)
        Places, and directions of flight before scattering.
    star : numpy.ndarray of int32, shape (n,)
        Whose light it is.
    factor : numpy.ndarray of float32, shape (n, nodes)
        Light scattered at each node, per that of the star times `scale`; if all bins are nodes, it
        is the light per `unit`.
    scale : numpy.ndarray, shape (stars,)
    unit : numpy.ndarray, shape (bins,)
    kappa, asymmetry : numpy.ndarray, shape (nodes,)
        Opacity, per that at 0.55 micron, and mean cosine of the scattering angle.
    node_bins : numpy.ndarray, shape (nodes,)
        Which bins are nodes.
    escaped, absorbed : numpy.ndarray, shape (nodes,)
        Parts of the light of all stars that leave, scattered or not, and that heat dust.
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
    """Return how many packets are followed where a ski asks SKIRT for `skirt_packets`."""
    return int(min(max(round(skirt_packets / PACKETS_PER_PACKET), 1), MAX_PACKETS))


def tree_tuple(tree: Octree | None) -> tuple:
    """Return an octree as compiled functions take it; without dust, a box with an empty inside."""
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


def _nodes(bins: int) -> np.ndarray:
    """Return the bins that are nodes: all, or some of many, from the first to the last."""
    return np.unique(np.linspace(0, bins - 1, min(bins, NODES)).round().astype(int))


def _probabilities(emitters, spectra: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each particle's probability of being drawn, its share of the light, and all light.

    The share, (particles, nodes), is per probability.
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
    """Return pieces as one array and forget them, for there may be no room for both."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole


def scattering_events(
    *,
    emitters,
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
    spectra : numpy.ndarray, shape (table rows, bins)
        Mean L_lambda per bin, W/m.
    wavelength_micron : numpy.ndarray, shape (bins,)
        The bins.
    tree : Octree
        The dust.
    packets : int
        How many; noise falls with the square root.
    seed : int
        Of the random numbers; the result does not depend on `threads`.
    threads : int
        How many threads work.
    progress : callable
        Called with the part, 0 to 1, that is done.

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
    edges = np.linspace(0, packets, BLOCKS + 1).astype(int)

    def follow(block: int):
        run = edges[block], edges[block + 1], packets
        return walk(run, seed, particles, *common, QUANTUM, ODDS)

    made = [], [], [], [], [], []
    with ThreadPoolExecutor(threads) as pool:
        for k, result in enumerate(pool.map(follow, range(BLOCKS)), 1):
            for pieces, piece in zip(made, result, strict=True):
                pieces.append(piece)
            progress(k / BLOCKS)
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


class Viewed:
    """Events as one frame sees them, ready to be added strip by strip."""

    def __init__(self, events: Events, frame, emitters, spectra: np.ndarray):
        self._toward = np.ascontiguousarray(frame.axes[2])
        scale = frame.pixel_pc / render.SUB
        right, up, toward = frame.axes.astype(np.float32)
        point = events.point_pc
        column = np.floor((point @ right - frame.low_pc[0]) / scale).astype(np.int32)
        row = np.floor((point @ up - frame.low_pc[1]) / scale).astype(np.int32)
        self._place = column, row, point @ toward
        inside = (column >= 0) & (column < frame.columns * render.SUB)
        chosen = np.flatnonzero(inside & (row >= 0) & (row < frame.rows * render.SUB))
        # by line of sight, which are as many as sub-pixels and do not fit into a processor's cache
        ray = row[chosen].astype(np.int64) * (frame.columns * render.SUB) + column[chosen]
        self._order = chosen[np.argsort(ray, kind="stable")]
        self._sorted_row = row[self._order]
        self._events, self._emitters, self._spectra = events, emitters, spectra

    def add(self, first: int, last: int, rays: tuple, out: np.ndarray) -> None:
        """Put the light in pixel rows first to last in `out`, (rows, columns, bins), all zero."""
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
