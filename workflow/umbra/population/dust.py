"""How much dust the mesh of the radiative transfer has, next to the dust of the gas cells."""

from typing import TYPE_CHECKING

import numpy as np

from umbra.photometry.particle_tables import PC_PER_KPC, gas_table

if TYPE_CHECKING:
    from umbra.simulation.cutout import Gas

# Only the resolution of the mesh depends on it: the ratio of two masses of dust does not.
DUST_TO_METALS = 0.3
# Cells nearer to the edge of a cutout miss neighbours, and reach out to the box.
EDGE_KPC = 10.0
# A quarter of a pixel of the nearest images, as in the embedded engine.
FINEST_CELL_PC = 100.0


def mesh_dust_ratio(gas: "Gas", *, radius_kpc: float) -> float:
    """Return the mass of the dust on the mesh over that of the gas cells.

    SKIRT fills each Voronoi cell with the density of its gas, whatever the mass of the cell. In a
    run of AREPO the density is the mass over the volume of this cell, so the ratio is 1.

    Parameters
    ----------
    gas : Gas
        All gas cells of the cutout.
    radius_kpc : float
        Radius of the cutout [kpc], half the side of the box that is meshed. Dust within `EDGE_KPC`
        of it is left out of both masses.

    Returns
    -------
    float
        NaN without such star-forming gas, which alone has dust.
    """
    from umbra.skirt_engine.dust import opacity_v_pc2_msun
    from umbra.skirt_engine.refine import build_octree
    from umbra.skirt_engine.voronoi import Mesh

    inside = np.linalg.norm(gas.position_kpc, axis=1) < radius_kpc - EDGE_KPC
    dusty = inside & (gas.star_formation_rate_msun_yr > 0)
    metals_msun = float(gas.mass_msun[dusty] @ gas.metallicity[dusty])
    if not metals_msun > 0:
        return np.nan
    kappa = DUST_TO_METALS * opacity_v_pc2_msun()
    table = gas_table(gas)
    half = radius_kpc * PC_PER_KPC
    mesh = Mesh(
        np.ascontiguousarray(table[:, :3]),
        np.where(inside, kappa * table[:, 3] * table[:, 4], 0.0),
        np.array([[-half, half]] * 3),
    )
    tree = build_octree(mesh=mesh, floor_pc=FINEST_CELL_PC)
    return tree.integral_pc2() / kappa / metals_msun if tree else 0.0
