"""The table of the test galaxies, of which some are chosen for rotation curves.

Every start of Snakemake imports this module, so it imports nothing that is slow to import.
"""

from pathlib import Path

from umbra.tables import read_table

SELECTION_COLUMNS = ("galaxy", "realisation", "inclination_deg", "chosen", "reason")


def read_selection(path: Path) -> list[int]:
    """Return the chosen galaxies of ``galaxies.csv``, ascending."""
    table = read_table(path, {"galaxy": int, "chosen": str})
    return table.loc[table["chosen"] == "yes", "galaxy"].tolist()
