from pathlib import Path

from umbra.classical.rotation_curve.selection import write_selection
from umbra.config.rotation_curve import ChoiceSettings
from umbra.stage import run

run(
    write_selection,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    moments={int(Path(path).stem): Path(path) for path in snakemake.input.moments},
    choice=ChoiceSettings(**snakemake.params.choice),
    seed=snakemake.params.seed,
    output=Path(snakemake.output.galaxies),
)
