"""A layered drawing of a directed graph without cycles (Sugiyama, Tagawa & Toda 1981).

Nodes are put in layers, ordered within a layer so that few edges cross, and moved sideways until
the edges are straight. Edges that skip layers pass through invisible nodes.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from itertools import pairwise

import numpy as np

Node = Hashable
Edge = tuple[Node, Node]

_SWEEPS = 24
# weight of an edge's pieces by how many of their ends are visible
_STRAIGHTNESS = (8, 2, 1)


def _successors(nodes: Iterable[Node], edges: Iterable[Edge]) -> dict[Node, set[Node]]:
    after = {node: set() for node in nodes}
    for start, end in edges:
        after[start].add(end)
    return after


def reduced(nodes: Collection[Node], edges: Iterable[Edge]) -> set[Edge]:
    """Return the edges without those that a longer path stands for (transitive reduction)."""
    after = _successors(nodes, edges)
    reach: dict[Node, set[Node]] = {}

    def reachable(node: Node) -> set[Node]:
        if node not in reach:
            reach[node] = after[node].union(*(reachable(nxt) for nxt in after[node]))
        return reach[node]

    return {
        (start, end)
        for start in nodes
        for end in after[start]
        if not any(end in reachable(other) for other in after[start] - {end})
    }


def layers(nodes: Collection[Node], edges: Collection[Edge]) -> dict[Node, int]:
    """Return the layer of each node: below all it depends on, and a source as low as it may be."""
    before = _successors(nodes, [(end, start) for start, end in edges])
    after = _successors(nodes, edges)
    depth: dict[Node, int] = {}

    def place(node: Node) -> int:
        if node not in depth:
            depth[node] = max((place(other) + 1 for other in before[node]), default=0)
        return depth[node]

    for node in nodes:
        place(node)
    for node in nodes:
        if not before[node] and after[node]:
            depth[node] = min(depth[other] for other in after[node]) - 1
    return depth


def _split(edges: Iterable[Edge], depth: dict[Node, int]) -> dict[Edge, list[Node]]:
    """Return the chain of nodes of each edge, adding an invisible one in each layer it skips."""
    chains = {}
    for start, end in edges:
        skipped = range(depth[start] + 1, depth[end])
        invisible = [("invisible", start, end, layer) for layer in skipped]
        depth.update(zip(invisible, skipped, strict=True))
        chains[start, end] = [start, *invisible, end]
    return chains


def _crossings(rows: list[list[Node]], links: Collection[Edge]) -> int:
    place = {node: index for row in rows for index, node in enumerate(row)}
    level = {node: index for index, row in enumerate(rows) for node in row}
    total = 0
    for index in range(len(rows)):
        ends = [(place[a], place[b]) for a, b in links if level[a] == index]
        total += sum(
            (first[0] - second[0]) * (first[1] - second[1]) < 0
            for number, first in enumerate(ends)
            for second in ends[:number]
        )
    return total


def _ordered(rows: list[list[Node]], links: Collection[Edge]) -> list[list[Node]]:
    """Return the rows with their nodes in the order that crosses least of those tried."""
    nodes = [node for row in rows for node in row]
    above = _successors(nodes, [(end, start) for start, end in links])
    below = _successors(nodes, links)
    best, fewest = [list(row) for row in rows], _crossings(rows, links)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours, sequence = (above, rows[1:]) if down else (below, rows[-2::-1])
        for row in sequence:
            place = {node: index for other in rows for index, node in enumerate(other)}
            centre = {
                node: np.mean([place[other] for other in neighbours[node]])
                if neighbours[node]
                else place[node]
                for node in row
            }
            row.sort(key=centre.__getitem__)
        crossings = _crossings(rows, links)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def layered(
    nodes: Collection[Node],
    edges: Collection[Edge],
    *,
    width: Callable[[Node], float],
    space: float,
) -> tuple[dict[Node, tuple[float, int]], dict[Edge, list[tuple[float, int]]]]:
    """Place the nodes of a graph in layers.

    Parameters
    ----------
    nodes : collection
    edges : collection of pairs of nodes
    width : callable
        Width of a node.
    space : float
        Room between neighbours of a layer, in the unit of `width`.

    Returns
    -------
    places : dict
        Node to (position across, layer); layer 0 has the sources.
    routes : dict
        Edge to the places that it passes, its ends included.
    """
    depth = dict(layers(nodes, edges))
    chains = _split(sorted(edges, key=str), depth)
    links = {link for chain in chains.values() for link in pairwise(chain)}
    rows: list[list[Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for node, layer in depth.items():
        rows[layer].append(node)
    rows = _ordered(rows, links)
    across = _positions(rows, links, width=width, space=space, visible=set(nodes))
    places = {node: (across[node], depth[node]) for node in depth}
    routes = {edge: [places[node] for node in chain] for edge, chain in chains.items()}
    return {node: places[node] for node in nodes}, routes


def _positions(
    rows: list[list[Node]],
    links: Collection[Edge],
    *,
    width: Callable[[Node], float],
    space: float,
    visible: Collection[Node],
) -> dict[Node, float]:
    """Return the positions across that make the links straightest (Gansner et al. 1993, section 4).

    A linear programme: the sum of weight x |difference across| over the links, each difference
    bounded by a variable of its own, with neighbours in a row at least their room apart.
    """
    from scipy.optimize import linprog  # only the drawing of a graph needs it
    from scipy.sparse import lil_array

    number = {node: index for index, node in enumerate(node for row in rows for node in row)}
    wide = {node: width(node) if node in visible else 0.0 for node in number}
    neighbours = [pair for row in rows for pair in pairwise(row)]
    links = sorted(links, key=lambda link: (number[link[0]], number[link[1]]))
    bounds = lil_array((2 * len(links) + len(neighbours), len(number) + len(links)))
    limits = np.zeros(bounds.shape[0])
    cost = np.zeros(bounds.shape[1])
    for index, (start, end) in enumerate(links):
        cost[len(number) + index] = _STRAIGHTNESS[(start in visible) + (end in visible)]
        for row, sign in ((2 * index, 1), (2 * index + 1, -1)):
            bounds[row, number[start]] = sign
            bounds[row, number[end]] = -sign
            bounds[row, len(number) + index] = -1
    for row, (left, right) in enumerate(neighbours, start=2 * len(links)):
        bounds[row, number[left]], bounds[row, number[right]] = 1, -1
        limits[row] = -((wide[left] + wide[right]) / 2 + space)
    solution = linprog(cost, A_ub=bounds.tocsr(), b_ub=limits, bounds=(0, None))
    return {node: float(solution.x[index]) for node, index in number.items()}
