"""Gas discs of known rotation, and the realisations and cutout files that the HI tests look at."""

from pathlib import Path

import h5py
import numpy as np

from umbra.hi.source import HiSource
from umbra.observation.realisations import Realisation

HUBBLE = 0.6774


def disc(
    *,
    rotation_km_s,
    cells: int = 6000,
    radius_kpc: float = 12.0,
    hi_mass_msun: float = 5e9,
    temperature_k: float = 8e3,
    smoothing_length_kpc: float = 0.9,
) -> HiSource:
    """Return a thin, uniform disc in the x-y plane, which turns anticlockwise seen from +z."""
    spiral = np.arange(cells) + 0.5
    radius = radius_kpc * np.sqrt(spiral / cells)
    angle = spiral * np.pi * (3 - np.sqrt(5))  # the golden angle: even, without noise
    x, y, zero = radius * np.cos(angle), radius * np.sin(angle), np.zeros(cells)
    speed = rotation_km_s(radius)
    return HiSource(
        position_kpc=np.column_stack([x, y, zero]),
        velocity_km_s=np.column_stack([-speed * y / radius, speed * x / radius, zero]),
        hi_mass_msun=np.full(cells, hi_mass_msun / cells),
        smoothing_length_kpc=np.full(cells, smoothing_length_kpc),
        temperature_k=np.full(cells, temperature_k),
    )


def inclined_realisation(inclination_deg: float, *, distance_mpc: float = 10.0) -> Realisation:
    """Return a realisation whose `right` is the box's x axis, tipped about it from face-on."""
    tip = np.radians(inclination_deg)
    right = np.array([1.0, 0, 0])
    toward = np.array([0, -np.sin(tip), np.cos(tip)])
    return Realisation(0, 0, distance_mpc, np.array([right, np.cross(toward, right), toward]))


def write_cutout(path: Path, source: HiSource, *, galaxy: int) -> None:
    """Write a cutout whose gas is that of `source`, cold and atomic, with one star and one DM."""
    cells = len(source.hi_mass_msun)
    centre = np.array([100.0, 200.0, 37400.0])
    position = (source.position_kpc * HUBBLE + centre) % 75000
    metals = np.zeros((cells, 10))
    metals[:, 0], metals[:, 1] = 0.75, 0.25
    one = np.zeros(1)
    counts = np.array([cells, 1, 0, 0, 1, 0])
    with h5py.File(path, "w") as file:
        file.create_group("Header").attrs.update(
            {
                "BoxSize": 75000.0,
                "HubbleParam": HUBBLE,
                "Time": 1.0,
                "Redshift": 0.0,
                "Omega0": 0.3089,
                "OmegaLambda": 0.6911,
                "MassTable": np.array([0, 5e-4, 0, 0, 0, 0]),
                "NumPart_ThisFile": counts.astype(np.int32),
                "NumPart_Total": counts.astype(np.uint32),
                "NumPart_Total_HighWord": np.zeros(6, dtype=np.uint32),
                "NumFilesPerSnapshot": 1,
                "SubhaloID": galaxy,
                "CutoutCentre": centre,
                "CutoutVelocity": np.array([10.0, -20.0, 30.0]),
                "CutoutRadius": 100 * HUBBLE,
            }
        )
        file["PartType0/Coordinates"] = position
        file["PartType0/Velocities"] = source.velocity_km_s + [10.0, -20.0, 30.0]
        file["PartType0/Masses"] = source.hi_mass_msun * HUBBLE / 1e10
        # a smoothing length of 1.8 cell radii or so
        volume = 4 / 3 * np.pi * (source.smoothing_length_kpc / 1.8) ** 3 * HUBBLE**3
        file["PartType0/Density"] = file["PartType0/Masses"][...] / volume
        file["PartType0/InternalEnergy"] = np.full(cells, 80.0)
        file["PartType0/ElectronAbundance"] = np.zeros(cells)
        file["PartType0/NeutralHydrogenAbundance"] = np.ones(cells)
        file["PartType0/GFM_Metallicity"] = np.zeros(cells)
        file["PartType0/GFM_Metals"] = metals
        file["PartType0/StarFormationRate"] = np.zeros(cells)
        for kind in ("PartType1", "PartType4"):
            file[f"{kind}/Coordinates"] = centre[None]
            file[f"{kind}/Velocities"] = np.zeros((1, 3))
            file[f"{kind}/ParticleIDs"] = np.ones(1, dtype=np.uint64)
        file["PartType0/ParticleIDs"] = np.arange(cells, dtype=np.uint64)
        for name in ("Masses", "GFM_InitialMass", "GFM_StellarFormationTime"):
            file[f"PartType4/{name}"] = one + 1e-4
        file["PartType4/GFM_Metallicity"] = one + 0.01
