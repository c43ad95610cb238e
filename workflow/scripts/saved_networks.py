from pathlib import Path

from umbra.config.networks import TrainingSettings
from umbra.observed.saved_networks import NetworksDefinition
from umbra.observed.saving import save_networks
from umbra.stage import run

run(
    save_networks,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    predictions=[Path(path) for path in snakemake.input.predictions],
    parts=[Path(path) for path in snakemake.input.parts],
    definition=NetworksDefinition(**snakemake.params.definition),
    settings=TrainingSettings(**snakemake.params.training),
    threads=snakemake.params.threads,
    output=Path(snakemake.output.folder),
)
