from pathlib import Path

from umbra.classical.rotation_curve.idealised import write_idealised_curves
from umbra.stage import run

run(
    write_idealised_curves,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    profiles={int(Path(path).stem): Path(path) for path in snakemake.input.profiles},
    cutouts={int(Path(path).stem): Path(path) for path in snakemake.input.cutouts},
    seed=snakemake.params.seed,
    halo=snakemake.params.halo,
    max_steps=snakemake.params.max_steps,
    output=Path(snakemake.output.table),
)
