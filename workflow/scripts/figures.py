from pathlib import Path

from umbra.figures.catalogue import SHOWN_TABLES, configured
from umbra.figures.gallery import ShownFigure, shown_page, write_gallery
from umbra.stage import run

entries = configured(**snakemake.params.trained)
files = [(Path(png), Path(png).with_suffix(".pdf")) for png in snakemake.input.png]
figures = [ShownFigure(png.stem, entries[png.stem], png, pdf) for png, pdf in files]

run(
    write_gallery,
    snakemake.log[0],
    figures=figures + [shown_page(Path(png)) for png in snakemake.input.pages],
    tables=[(SHOWN_TABLES[name], Path(snakemake.input[name])) for name in snakemake.params.tables],
    captions=Path(snakemake.input.captions[0]).parent,
    config=snakemake.params.config,
    output=Path(snakemake.output.gallery),
)
