from pathlib import Path

from umbra.classical.rotation_curve.selection import write_selection
from umbra.stage import run

choice = dict(snakemake.params.choice)

run(
    write_selection,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    moments={int(Path(path).stem): Path(path) for path in snakemake.input.moments},
    wanted=choice.pop("galaxies"),
    seed=snakemake.params.seed,
    output=Path(snakemake.output.galaxies),
    **choice,
)
