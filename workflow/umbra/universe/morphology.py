"""The shape of a galaxy: sizes of its components, bar, spiral arms, warp and tidal tail."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from umbra.universe.patterns import Pattern
from umbra.universe.relations import Properties

THICKNESS = 0.2  # scale height over scale length of the old disc
# TNG100-1 resolves no thinner stellar discs, because of its softening of 0.74 kpc.
MINIMUM_HEIGHT_KPC = 0.6
INFALLEN_GAS_DEG = 30.0  # a gas disc that is tilted by more has another origin than the stars


@dataclass(frozen=True)
class Morphology:
    """Sizes, shares of the stellar mass and disturbances of one galaxy.

    Parameters
    ----------
    disc_fraction, bulge_fraction, halo_fraction : float
        Shares of the stellar mass; their sum is 1.
    disc_scale_kpc, bulge_scale_kpc, halo_scale_kpc : float
        Exponential scale length of the disc, Hernquist scale radii of bulge and stellar halo [kpc].
    outer_kpc : float
        Radius at which the stars end [kpc].
    bulge_flattening : float
        Axis ratio of the bulge.
    patterns : tuple of Pattern
        Bar, spiral arms and lopsidedness.
    bar_radius_kpc : float
        Length of the bar [kpc]; 0 without a bar.
    warp_radius_kpc : float
        Radius at which the warp begins [kpc].
    warp_angle, warp_node : float
        Greatest tilt and azimuth of the line of nodes [rad].
    tail_azimuth : float or None
        Azimuth at which the tidal tail leaves the disc [rad]; None without a tail.
    gas_tilt : float
        Angle between the gas disc and the stellar disc, about the warp's line of nodes [rad].
    """

    disc_fraction: float
    bulge_fraction: float
    halo_fraction: float
    disc_scale_kpc: float
    bulge_scale_kpc: float
    halo_scale_kpc: float
    outer_kpc: float
    bulge_flattening: float
    patterns: tuple[Pattern, ...]
    bar_radius_kpc: float
    warp_radius_kpc: float
    warp_angle: float
    warp_node: float
    tail_azimuth: float | None
    gas_tilt: float

    def stellar_enclosed_fraction(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the share of the stellar mass within each radius."""
        return self.disc_fraction * disc_fraction(
            radius_kpc, scale_kpc=self.disc_scale_kpc, outer_kpc=self.outer_kpc
        ) + self.round_enclosed_fraction(radius_kpc)

    def round_enclosed_fraction(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the share of the stellar mass that is bulge or halo within each radius."""
        bulge = hernquist_fraction(
            radius_kpc, scale_kpc=self.bulge_scale_kpc, outer_kpc=self.outer_kpc
        )
        halo = hernquist_fraction(
            radius_kpc, scale_kpc=self.halo_scale_kpc, outer_kpc=self.outer_kpc
        )
        return self.bulge_fraction * bulge + self.halo_fraction * halo


def disc_fraction(radius_kpc: np.ndarray, *, scale_kpc: float, outer_kpc: float) -> np.ndarray:
    """Return the share of the mass of an exponential disc within each radius.

    Parameters
    ----------
    radius_kpc : ndarray
        Radii [kpc].
    scale_kpc, outer_kpc : float
        Scale length, and radius at which the disc ends [kpc].

    Returns
    -------
    ndarray
        0 at the centre, 1 at `outer_kpc` and beyond.
    """
    x, end = np.minimum(radius_kpc, outer_kpc) / scale_kpc, outer_kpc / scale_kpc
    return (1.0 - (1.0 + x) * np.exp(-x)) / (1.0 - (1.0 + end) * np.exp(-end))


def hernquist_fraction(radius_kpc: np.ndarray, *, scale_kpc: float, outer_kpc: float) -> np.ndarray:
    """Return the share of the mass of a Hernquist sphere within each radius.

    Parameters
    ----------
    radius_kpc : ndarray
        Radii [kpc].
    scale_kpc, outer_kpc : float
        Scale radius, and radius at which the sphere ends [kpc].

    Returns
    -------
    ndarray
        0 at the centre, 1 at `outer_kpc` and beyond.

    References
    ----------
    Hernquist 1990, ApJ 356, 359.
    """
    r = np.minimum(radius_kpc, outer_kpc)
    return (r / (r + scale_kpc)) ** 2 * ((outer_kpc + scale_kpc) / outer_kpc) ** 2


def draw_morphology(
    *, properties: Properties, outer_kpc: float, rng: np.random.Generator
) -> Morphology:
    """Draw the shape of one galaxy.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    outer_kpc : float
        Radius at which its stars end [kpc].
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    Morphology

    References
    ----------
    Rosas-Guevara et al. 2020, MNRAS 491, 2547: four in ten discs of TNG100 have bars.
    Du et al. 2020, ApJ 895, 139: in disc galaxies of TNG100, bulge and halo have 45 % of the stars
    within three half-mass radii, and the halo reaches far into the disc.
    Tacchella et al. 2019, MNRAS 487, 5416: rotation is strongest from 1e10 to 10^10.5 Msun.
    Pillepich et al. 2018, MNRAS 475, 648: the stellar halo's share grows with mass.
    """
    spheroid = bool(properties.spheroid)
    x = np.log10(properties.stellar_mass_msun)
    halo = np.clip(0.45 + 0.08 * (x - 10.0) + 0.10 * rng.standard_normal(), 0.20, 0.70)
    bulge = (1.0 - halo) * properties.bulge_fraction
    shares = (1.0 - halo - bulge, bulge, halo)
    unit = (1.0, 1.1 if spheroid else 0.22, 1.5)  # scales over the scale length of the disc
    disc_scale = _scale_for_half_mass(
        shares=shares,
        unit=unit,
        # A galaxy cannot have half of its stars beyond the radius at which its particles end.
        half_mass_radius_kpc=min(float(properties.half_mass_radius_kpc), 0.5 * outer_kpc),
        outer_kpc=outer_kpc,
    )
    barred = not spheroid and rng.random() < 0.4
    bar_radius = disc_scale * rng.uniform(0.7, 1.4) if barred else 0.0
    warped = rng.random() < 0.4
    return Morphology(
        disc_fraction=shares[0],
        bulge_fraction=shares[1],
        halo_fraction=shares[2],
        disc_scale_kpc=disc_scale,
        bulge_scale_kpc=unit[1] * disc_scale,
        halo_scale_kpc=unit[2] * disc_scale,
        outer_kpc=outer_kpc,
        bulge_flattening=rng.uniform(0.55, 0.95),
        patterns=_draw_patterns(properties, disc_scale, bar_radius, outer_kpc, rng),
        bar_radius_kpc=bar_radius,
        warp_radius_kpc=disc_scale * rng.uniform(4.0, 6.0),
        warp_angle=np.radians(rng.uniform(3.0, 15.0)) if warped else 0.0,
        warp_node=rng.uniform(0.0, 2.0 * np.pi),
        tail_azimuth=rng.uniform(0.0, 2.0 * np.pi) if properties.merger else None,
        gas_tilt=np.radians(_gas_tilt_deg(spheroid, rng)),
    )


def _gas_tilt_deg(spheroid: bool, rng: np.random.Generator) -> float:
    """Draw the angle between the gas disc and the stellar disc [deg].

    Most gas discs lie near the plane of the stars: both components of the tilt are normal. Stars
    that formed lately lie in the plane of the gas, so the spins differ by less than the tilt, and
    the position angles of gas and stars by less than 16 deg in 90 % of the discs. The other gas,
    which fell in late, may be tilted by any angle.

    References
    ----------
    Barrera-Ballesteros et al. 2014, A&A 568, A70: position angles of gas and stars in CALIFA.
    Duckworth et al. 2020, MNRAS 492, 1869: 28 % of early types and 5.4 % of late types of MaNGA
    are misaligned by more than 30 deg, with the same trend in TNG100.
    """
    if rng.random() < (0.28 if spheroid else 0.054):
        return rng.uniform(INFALLEN_GAS_DEG, 180.0)
    return min(rng.rayleigh(10.0), INFALLEN_GAS_DEG)


def _scale_for_half_mass(
    *, shares: tuple, unit: tuple, half_mass_radius_kpc: float, outer_kpc: float
) -> float:
    """Return the disc scale length for which half the stars lie within the half-mass radius."""

    def excess(scale: float) -> float:
        within = shares[0] * disc_fraction(
            half_mass_radius_kpc, scale_kpc=scale, outer_kpc=outer_kpc
        )
        for share, factor in zip(shares[1:], unit[1:], strict=True):
            within += share * hernquist_fraction(
                half_mass_radius_kpc, scale_kpc=scale * factor, outer_kpc=outer_kpc
            )
        return within - 0.5

    return brentq(excess, 0.02 * half_mass_radius_kpc, 50.0 * half_mass_radius_kpc)


def _draw_patterns(
    properties: Properties,
    disc_scale: float,
    bar_radius: float,
    outer: float,
    rng: np.random.Generator,
) -> tuple[Pattern, ...]:
    """Draw a bar, two systems of spiral arms and a lopsidedness.

    References
    ----------
    Savchenko et al. 2020, MNRAS 493, 390: pitch angles of 10-30 degrees.
    Rudnick & Rix 1998, arXiv:astro-ph/9805316: the median amplitude of the lopsidedness of the old
    stars is 0.11, a fifth of discs have 0.19 and more. Stars have some 0.7 of the amplitude here.
    """
    grand_design = rng.random() < 0.5
    angle = rng.uniform(0.0, 2.0 * np.pi)
    patterns = []
    if bar_radius > 0.0:
        patterns.append(Pattern(2, 0.0, angle, rng.uniform(0.55, 0.75), 0.05, bar_radius))
    main = 2 if grand_design else int(rng.choice([2, 3, 4], p=[0.5, 0.2, 0.3]))
    for arms, share in ((main, 1.0), (main + 2, 0.35 if grand_design else 0.6)):
        cotangent = 1.0 / np.tan(np.radians(rng.uniform(11.0, 28.0)))
        start = max(bar_radius, 0.6 * disc_scale)
        # The main arms begin at the ends of the bar.
        phase = angle + cotangent * np.log(start) if arms == main else rng.uniform(0, 2 * np.pi)
        strength = share * rng.uniform(0.4, 0.65) * (0.3 if properties.spheroid else 1.0)
        patterns.append(Pattern(arms, cotangent, phase, strength, start, 9.0 * disc_scale))
    lopsided = min(0.15 * np.exp(0.6 * rng.standard_normal()), 0.5)
    lopsided = max(lopsided, 0.3) if properties.merger else lopsided
    patterns.append(
        Pattern(1, 0.2, rng.uniform(0, 2 * np.pi), lopsided, 2.5 * disc_scale, 2.0 * outer)
    )
    return tuple(patterns)
