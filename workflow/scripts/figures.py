from pathlib import Path

from umbra.figures.gallery import write_gallery
from umbra.stage import run

texts = {Path(path).name: Path(path).read_text() for path in snakemake.input.captions}
pictures = zip(
    snakemake.params.titles,
    map(Path, snakemake.input.png),
    map(Path, snakemake.input.pdf),
    ("\n".join(texts[name] for name in names) for names in snakemake.params.captions),
    strict=True,
)
tables = ((title, Path(snakemake.input[name])) for title, name in snakemake.params.tables.items())

run(
    write_gallery,
    snakemake.log[0],
    figures=list(pictures),
    config=snakemake.params.config,
    tables=list(tables),
    output=Path(snakemake.output.gallery),
)
