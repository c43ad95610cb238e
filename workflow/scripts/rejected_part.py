from collections import defaultdict
from pathlib import Path

from umbra.dataset.rejections import examine
from umbra.stage import run

products = defaultdict(list)
for path in map(Path, snakemake.input):
    products[int(path.stem)].append(path)

run(examine, snakemake.log[0], products=products, output=Path(snakemake.output.table))
