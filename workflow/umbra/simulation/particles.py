"""Gas, stars and dark matter of a galaxy in physical units, from the fields of a snapshot."""

from dataclasses import dataclass

import numpy as np

from umbra.constants import ADIABATIC_INDEX, BOLTZMANN_J_K, PROTON_MASS_KG
from umbra.physics.cosmology import cosmic_time_yr
from umbra.simulation.fields import DM_TYPE, type_number
from umbra.simulation.header import Header

# mass fraction of hydrogen in TNG's definitions of the electron abundance and the temperature
PRIMORDIAL_HYDROGEN = 0.76
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Gas:
    """Gas cells, relative to the galaxy's centre and velocity.

    Parameters
    ----------
    position_kpc : ndarray, shape (n, 3)
        Position [kpc].
    velocity_km_s : ndarray, shape (n, 3)
        Velocity [km/s].
    mass_msun : ndarray, shape (n,)
        Mass [Msun].
    density_msun_kpc3 : ndarray, shape (n,)
        Density [Msun/kpc^3].
    internal_energy_km2_s2 : ndarray, shape (n,)
        Thermal energy per mass [km^2/s^2].
    temperature_k : ndarray, shape (n,)
        Temperature [K]; in star-forming cells, that of the effective equation of state.
    metallicity, hydrogen_fraction : ndarray, shape (n,)
        Mass fractions of metals and of hydrogen.
    neutral_hydrogen_fraction : ndarray, shape (n,)
        Fraction of the hydrogen that is neutral, as the simulation has it.
    star_formation_rate_msun_yr : ndarray, shape (n,)
        Star formation rate [Msun/yr].
    """

    position_kpc: np.ndarray
    velocity_km_s: np.ndarray
    mass_msun: np.ndarray
    density_msun_kpc3: np.ndarray
    internal_energy_km2_s2: np.ndarray
    temperature_k: np.ndarray
    metallicity: np.ndarray
    hydrogen_fraction: np.ndarray
    neutral_hydrogen_fraction: np.ndarray
    star_formation_rate_msun_yr: np.ndarray

    @property
    def volume_kpc3(self) -> np.ndarray:
        """Volume of the Voronoi cells [kpc^3]."""
        return self.mass_msun / self.density_msun_kpc3


@dataclass(frozen=True)
class Stars:
    """Star particles without wind, relative to the galaxy's centre and velocity.

    Parameters
    ----------
    position_kpc : ndarray, shape (n, 3)
        Position [kpc].
    velocity_km_s : ndarray, shape (n, 3)
        Velocity [km/s].
    mass_msun, initial_mass_msun : ndarray, shape (n,)
        Mass now and at birth [Msun].
    metallicity : ndarray, shape (n,)
        Mass fraction of metals.
    age_yr : ndarray, shape (n,)
        Age [yr].
    """

    position_kpc: np.ndarray
    velocity_km_s: np.ndarray
    mass_msun: np.ndarray
    initial_mass_msun: np.ndarray
    metallicity: np.ndarray
    age_yr: np.ndarray


@dataclass(frozen=True)
class DarkMatter:
    """Dark-matter particles, relative to the galaxy's centre.

    Parameters
    ----------
    position_kpc : ndarray, shape (n, 3)
        Position [kpc].
    mass_msun : ndarray, shape (n,)
        Mass [Msun].
    """

    position_kpc: np.ndarray
    mass_msun: np.ndarray


def _relative_kpc(position: np.ndarray, *, centre: np.ndarray, header: Header) -> np.ndarray:
    """Return positions relative to the centre: subtract it first, then wrap by the box."""
    offset = position - centre
    offset -= header.box_size_ckpc_h * np.round(offset / header.box_size_ckpc_h)
    return offset * header.units.kpc


def gas(columns: Columns, header: Header, centre: np.ndarray, velocity: np.ndarray) -> Gas:
    """Convert the fields of PartType0, given the centre [ckpc/h] and velocity [km/s]."""
    units = header.units
    return Gas(
        position_kpc=_relative_kpc(columns["Coordinates"], centre=centre, header=header),
        velocity_km_s=columns["Velocities"] * units.km_s - velocity,
        mass_msun=columns["Masses"] * units.msun,
        density_msun_kpc3=columns["Density"] * units.msun_kpc3,
        internal_energy_km2_s2=columns["InternalEnergy"],
        temperature_k=temperature_k(columns["InternalEnergy"], columns["ElectronAbundance"]),
        metallicity=columns["GFM_Metallicity"],
        hydrogen_fraction=columns["GFM_Metals"][:, 0],
        neutral_hydrogen_fraction=columns["NeutralHydrogenAbundance"],
        star_formation_rate_msun_yr=columns["StarFormationRate"],
    )


def stars(columns: Columns, header: Header, centre: np.ndarray, velocity: np.ndarray) -> Stars:
    """Convert the fields of PartType4 and leave out wind, whose formation time is not positive."""
    born = columns["GFM_StellarFormationTime"]
    columns = {name: values[born > 0] for name, values in columns.items()}
    cosmology = {
        "hubble": header.hubble,
        "omega_matter": header.omega_matter,
        "omega_lambda": header.omega_lambda,
    }
    now = cosmic_time_yr(header.scale_factor, **cosmology)
    return Stars(
        position_kpc=_relative_kpc(columns["Coordinates"], centre=centre, header=header),
        velocity_km_s=columns["Velocities"] * header.units.km_s - velocity,
        mass_msun=columns["Masses"] * header.units.msun,
        initial_mass_msun=columns["GFM_InitialMass"] * header.units.msun,
        metallicity=columns["GFM_Metallicity"],
        age_yr=np.maximum(
            now - cosmic_time_yr(columns["GFM_StellarFormationTime"], **cosmology), 0
        ),
    )


def dark_matter(columns: Columns, header: Header, centre: np.ndarray) -> DarkMatter:
    """Convert the fields of PartType1; its mass is in the header, in some runs in a field."""
    position = _relative_kpc(columns["Coordinates"], centre=centre, header=header)
    each = header.mass_table[type_number(DM_TYPE)]
    mass = np.full(len(position), each) if each else columns["Masses"]
    return DarkMatter(position_kpc=position, mass_msun=mass * header.units.msun)


def temperature_k(internal_energy_km2_s2: np.ndarray, electron_abundance: np.ndarray) -> np.ndarray:
    """Return the temperature of gas [K].

    Parameters
    ----------
    internal_energy_km2_s2 : ndarray
        Thermal energy per mass [km^2/s^2].
    electron_abundance : ndarray
        Electrons per hydrogen nucleus.

    Returns
    -------
    ndarray

    References
    ----------
    Nelson et al. 2019, ComAC 6, 2, and the TNG data specification: T = (gamma - 1) u mu m_p / k
    with mu = 4 / (1 + 3 X + 4 X x_e), X = 0.76.
    """
    weight = 4 / (1 + 3 * PRIMORDIAL_HYDROGEN + 4 * PRIMORDIAL_HYDROGEN * electron_abundance)
    energy_j_kg = 1e6 * internal_energy_km2_s2
    return (ADIABATIC_INDEX - 1) * energy_j_kg * weight * PROTON_MASS_KG / BOLTZMANN_J_K
