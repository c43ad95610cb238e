from pathlib import Path

from umbra.figures.catalogue import FIGURES
from umbra.figures.gallery import write_gallery
from umbra.stage import run

folder = Path(snakemake.input.captions[0]).parent
pictures = []
for png, pdf in zip(map(Path, snakemake.input.png), map(Path, snakemake.input.pdf), strict=True):
    entry = FIGURES[png.stem]
    caption = "\n".join((folder / name).read_text() for name in entry.captions)
    pictures.append((entry.title, png, pdf, caption))

run(
    write_gallery,
    snakemake.log[0],
    figures=pictures,
    config=snakemake.params.config,
    tables=[
        (title, Path(snakemake.input[name])) for title, name in snakemake.params.tables.items()
    ],
    output=Path(snakemake.output.gallery),
)
