from pathlib import Path

from umbra.figures.catalogue import SHOWN_TABLES, configured
from umbra.figures.gallery import ShownFigure, write_gallery
from umbra.stage import run

entries = configured(**snakemake.params.trained)
files = zip(snakemake.input.png, snakemake.input.pdf, strict=True)

run(
    write_gallery,
    snakemake.log[0],
    figures=[ShownFigure(entries[Path(png).stem], Path(png), Path(pdf)) for png, pdf in files],
    tables=[(SHOWN_TABLES[name], Path(snakemake.input[name])) for name in snakemake.params.tables],
    captions=Path(snakemake.input.captions[0]).parent,
    config=snakemake.params.config,
    output=Path(snakemake.output.gallery),
)
