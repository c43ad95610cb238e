from collections import defaultdict
from pathlib import Path

from umbra.rejections import collect
from umbra.stage import run

products = defaultdict(list)
for path in map(Path, snakemake.input):
    products[int(path.stem)].append(path)

run(
    collect,
    snakemake.log[0],
    products=products,
    max_fraction=snakemake.params.max_fraction,
    output=Path(snakemake.output.table),
)
