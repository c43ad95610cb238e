"""Compiled: photon packets in the dust, and their scattering events.

One packet has a factor for each of a few wavelengths (nodes), between which the properties of the
dust change smoothly. Free paths and directions are drawn from the mean of the distributions of
three nodes (lowest, middle and highest opacity). The factor of a node is then never more than three
times that of a packet at this wavelength alone (composite biasing; Baes et al. 2016).

Every flight is followed to the edge of the dust and may scatter in many places; each is an event.
The number of events is in proportion to the light that the flight scatters, so that all events
have about the same light. The packet continues in a new direction from one more place, drawn in the
same way, if it survives a roulette whose odds are in proportion to its remaining light.
"""

import numpy as np

from umbra.compiled import compiled
from umbra.skirt_engine.rays import march, path_at

COMPONENTS = 3
MAX_EVENTS = 256
MAX_FLIGHTS = 200


@compiled(nogil=True)
def _mixed(z):
    """Return a well-mixed 64-bit number, by the last step of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled(nogil=True)
def _uniform(state):
    """Return the next number in [0, 1) of a packet's own stream."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return float(_mixed(state[0]) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled(nogil=True)
def _isotropic(state, out):
    z = 2.0 * _uniform(state) - 1.0
    angle = 2.0 * np.pi * _uniform(state)
    r = np.sqrt(max(0.0, 1.0 - z * z))
    out[0], out[1], out[2] = r * np.cos(angle), r * np.sin(angle), z


@compiled(nogil=True)
def henyey_greenstein(g, cosine):
    """Return the phase function of Henyey and Greenstein 1941, whose mean over the sphere is 1.

    Parameters
    ----------
    g : float
        Mean cosine of the scattering angle.
    cosine : float
        Cosine of the scattering angle.

    Returns
    -------
    float
    """
    x = 1.0 + g * g - 2.0 * g * cosine
    return (1.0 - g * g) / (x * np.sqrt(x))


@compiled(nogil=True)
def _scattering_cosine(g, u):
    if abs(g) < 1e-4:
        return 2.0 * u - 1.0
    x = (1.0 - g * g) / (1.0 - g + 2.0 * g * u)
    return max(-1.0, min(1.0, (1.0 + g * g - x * x) / (2.0 * g)))


@compiled(nogil=True)
def _turn(direction, cosine, angle):
    """Turn a unit vector by the scattering angle."""
    x, y, z = direction[0], direction[1], direction[2]
    sine = np.sqrt(max(0.0, 1.0 - cosine * cosine))
    a, b = sine * np.cos(angle), sine * np.sin(angle)
    r = np.sqrt(x * x + y * y)
    if r < 1e-9:
        direction[0], direction[1], direction[2] = a, b, cosine if z > 0 else -cosine
        return
    direction[0] = cosine * x + (a * x * z - b * y) / r
    direction[1] = cosine * y + (a * y * z + b * x) / r
    direction[2] = cosine * z - a * r
    norm = 1.0 / np.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    for k in range(3):
        direction[k] *= norm


@compiled(nogil=True)
def _draw_depth(kappa, parts, total, u, component):
    """Draw an optical depth below `total`; return it and its probability density."""
    k = kappa[parts[component]]
    tau = -np.log1p(u * np.expm1(-k * total)) / k
    density = 0.0
    for m in range(COMPONENTS):
        k = kappa[parts[m]]
        density += k * np.exp(-k * tau) / -np.expm1(-k * total)
    return min(tau, total), density / COMPONENTS


@compiled(nogil=True)
def _grown(array):
    return np.concatenate((array, np.empty_like(array)))


@compiled(nogil=True)
def _scatter(state, dust, direction, factor):
    """Turn a packet, and correct its factors for the distribution of the drawn angle."""
    _, _, asymmetry, parts = dust
    g = asymmetry[parts[int(_uniform(state) * COMPONENTS)]]
    cosine = _scattering_cosine(g, _uniform(state))
    _turn(direction, cosine, 2.0 * np.pi * _uniform(state))
    density = 0.0
    for m in range(COMPONENTS):
        density += henyey_greenstein(asymmetry[parts[m]], cosine)
    for j in range(len(factor)):
        factor[j] *= henyey_greenstein(asymmetry[j], cosine) * COMPONENTS / density


@compiled(nogil=True)
def _launch(state, star, particles, radii, point, direction):
    position, radius = particles[0], particles[1]
    _isotropic(state, direction)
    u = _uniform(state) * (len(radii) - 1)
    k = min(int(u), len(radii) - 2)
    r = radius[star] * (radii[k] + (u - k) * (radii[k + 1] - radii[k]))
    for a in range(3):
        point[a] = position[star, a] + r * direction[a]
    _isotropic(state, direction)


@compiled(nogil=True)
def walk(packets, seed, particles, radii, tree, dust, quantum, odds):
    """Follow packets to their ends, and return their scattering events.

    Parameters
    ----------
    packets : tuple of int
        First packet, one past the last, and number of all packets.
    seed : int
        This and the index of a packet determine its own stream of random numbers.
    particles : tuple of ndarray
        Positions [pc], shape (n, 3); smoothing lengths [pc], shape (n,); cumulative probabilities
        of being drawn, shape (n,); and `share`, shape (n, nodes): the particle's luminosity over
        that of all particles, divided by its probability.
    radii : ndarray
        Radii, in units of the smoothing length, that enclose equal steps of the kernel's light.
    tree : tuple
        The octree, from `scatter.tree_tuple`.
    dust : tuple of ndarray
        Of the nodes: opacity over that at 0.55 micron, albedo and asymmetry; and the indices of the
        three nodes of the composite distribution.
    quantum, odds : float
        Light of one event, and light below which survival is random, as parts of a packet's light.

    Returns
    -------
    point, direction : ndarray of float32, shape (events, 3)
        Positions [pc], and directions of flight before the scattering.
    star : ndarray of int32, shape (events,)
        Particle that emitted the light.
    factor : ndarray of float32, shape (events, nodes)
        Scattered light, in units of the star's luminosity over its probability.
    escaped, absorbed : ndarray, shape (nodes,)
        Sums over packets of the share that leaves, and of the share that heats dust.
    """
    first, last, total = packets
    cumulative, share = particles[2], particles[3]
    kappa, albedo, asymmetry, parts = dust
    nodes = len(kappa)
    out_point, out_direction = np.empty((1024, 3), np.float32), np.empty((1024, 3), np.float32)
    out_star, out_factor = np.empty(1024, np.int32), np.empty((1024, nodes), np.float32)
    escaped, absorbed = np.zeros(nodes), np.zeros(nodes)
    path, depth = np.empty(1024), np.empty(1024)
    point, direction, factor = np.empty(3), np.empty(3), np.empty(nodes)
    state = np.zeros(1, np.uint64)
    count = 0
    for packet in range(first, last):
        state[0] = _mixed(_mixed(np.uint64(seed)) + np.uint64(packet))
        star = np.searchsorted(cumulative, (packet + _uniform(state)) / total, side="right")
        star = min(star, len(cumulative) - 1)
        _launch(state, star, particles, radii, point, direction)
        factor[:] = 1.0
        for _ in range(MAX_FLIGHTS):
            path, depth, end = march(tree, point, direction, 0.0, path, depth, 0)
            thick = depth[end - 1] if end > 0 else 0.0
            scattered = 0.0
            for j in range(nodes):
                lost = -np.expm1(-kappa[j] * thick)
                escaped[j] += share[star, j] * factor[j] * (1.0 - lost)
                absorbed[j] += share[star, j] * factor[j] * lost * (1.0 - albedo[j])
                scattered += share[star, j] * factor[j] * lost * albedo[j]
            scattered /= nodes
            if not scattered > 0.0:
                break
            expected = min(scattered / quantum, float(MAX_EVENTS))
            events, turn = int(expected + _uniform(state)), int(_uniform(state) * COMPONENTS)
            while count + events > len(out_star):
                out_point, out_direction = _grown(out_point), _grown(out_direction)
                out_star, out_factor = _grown(out_star), _grown(out_factor)
            for i in range(events):
                u = (i + _uniform(state)) / events
                tau, density = _draw_depth(kappa, parts, thick, u, (i + turn) % COMPONENTS)
                t = path_at(path, depth, end, tau)
                for a in range(3):
                    out_point[count, a] = point[a] + t * direction[a]
                    out_direction[count, a] = direction[a]
                out_star[count] = star
                for j in range(nodes):
                    part = kappa[j] * albedo[j] * np.exp(-kappa[j] * tau)
                    out_factor[count, j] = factor[j] * part / (density * expected)
                count += 1
            survival = min(1.0, scattered / odds)
            if _uniform(state) >= survival:
                break
            u = _uniform(state)
            tau, density = _draw_depth(kappa, parts, thick, u, int(_uniform(state) * COMPONENTS))
            t = path_at(path, depth, end, tau)
            for a in range(3):
                point[a] += t * direction[a]
            for j in range(nodes):
                part = kappa[j] * albedo[j] * np.exp(-kappa[j] * tau)
                factor[j] *= part / (density * survival)
            _scatter(state, dust, direction, factor)
    return (
        out_point[:count].copy(),
        out_direction[:count].copy(),
        out_star[:count].copy(),
        out_factor[:count].copy(),
        escaped,
        absorbed,
    )
