from pathlib import Path

from umbra.classical.rotation_curve.idealised import write_checks
from umbra.dataset.reading import read_split_table
from umbra.stage import run


def check(*, dataset, profiles, output, seed, hubble, max_steps):
    test = sorted(set(read_split_table(dataset, "test").galaxy.tolist()))
    own = {galaxy: profiles[galaxy] for galaxy in test}
    write_checks(profiles=own, output=output, seed=seed, hubble=hubble, max_steps=max_steps)


run(
    check,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    profiles={int(Path(path).stem): Path(path) for path in snakemake.input.profiles},
    output=Path(snakemake.output.table),
    seed=snakemake.params.seed,
    hubble=snakemake.params.hubble,
    max_steps=snakemake.params.max_steps,
)
