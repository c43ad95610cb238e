from collections import defaultdict
from pathlib import Path

from umbra.dataset.rejections import write_rejected
from umbra.stage import run

products = defaultdict(list)
for kind in (snakemake.input.photometry, snakemake.input.moments, snakemake.input.profiles):
    for path in map(Path, kind):
        products[int(path.stem)].append(path)

run(
    write_rejected,
    snakemake.log[0],
    products=products,
    max_fraction=snakemake.params.max_fraction,
    output=Path(snakemake.output.table),
)
