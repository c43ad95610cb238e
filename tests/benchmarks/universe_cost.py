"""What the synthetic universe costs, and the dark matter that its haloes lack, for each extent.

``nice python tests/benchmarks/universe_cost.py [GALAXIES [EXTENT_KPC ...]]``: the number of
galaxies (60) and extents (150 200 250). Each universe is written to a temporary folder, by one
process.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import illustris_python as il
import numpy as np

from umbra.config.universe import UniverseSettings
from umbra.universe.plan import plan_groups
from umbra.universe.writer import write_universe

SEED = 1
EDGES = np.array([10.0, 10.25, 10.5, 10.75, 11.0, 12.0])  # log10 M*/Msun
HUBBLE = 0.6774


def lacking_dex(folder: Path, galaxies: int, extent_kpc: float) -> list[str]:
    """Return how far the catalogue's dark matter is below that within R200, by stellar mass."""
    plans = plan_groups(seed=SEED, galaxies=galaxies, extent_kpc=extent_kpc)[:galaxies]
    centre = il.groupcat.loadHalos(str(folder / "output"), 99, fields=["GroupPos", "GroupFirstSub"])
    found = il.groupcat.loadSubhalos(str(folder / "output"), 99, fields=["SubhaloMassType"])
    rows = [np.abs(centre["GroupPos"] - plan.centre_ckpc_h).sum(axis=1).argmin() for plan in plans]
    dark = found[centre["GroupFirstSub"][rows], 1] * 1e10 / HUBBLE
    whole = np.array([plan.properties.dm_mass_msun for plan in plans])
    stars = np.log10([plan.properties.stellar_mass_msun for plan in plans])
    lacking = np.log10(whole / dark)
    bins = np.digitize(stars, EDGES) - 1
    return [f"{np.median(lacking[bins == i]):.2f}" for i in range(EDGES.size - 1)]


def main() -> None:
    """Print a row for each extent."""
    galaxies = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print("extent [kpc], CPU [s], size [MB], dark matter lacking [dex] in bins of log10 M*", EDGES)
    for extent in [float(word) for word in sys.argv[2:]] or [150.0, 200.0, 250.0]:
        settings = UniverseSettings(galaxies=galaxies, extent_kpc=extent)
        with TemporaryDirectory() as folder:
            begin = time.process_time()
            write_universe(output=Path(folder), seed=SEED, settings=settings, threads=1)
            seconds = time.process_time() - begin
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.hdf5")) / 1e6
            print(
                extent,
                f"{seconds:.1f}",
                f"{size:.0f}",
                *lacking_dex(Path(folder), galaxies, extent),
            )


if __name__ == "__main__":
    main()
