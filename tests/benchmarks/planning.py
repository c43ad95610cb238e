"""What it takes to plan runs of hundreds to thousands of galaxies with the options of the paper.

python tests/benchmarks/planning.py [--galaxies 500 1000 2000] [--profile workflow/profiles/slurm]

Prints CPU seconds and peak memory of each plan, and how they grow from the first size to the last.
All files are fakes (tests/builders/paper_scale.py); making them takes longer than planning.
"""

import argparse
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))

import paper_scale

TARGET = "results/figures"


def measure(
    folder: Path, *, galaxies: int, options: dict, flags: list[str]
) -> dict[str, paper_scale.Plan]:
    """Return the plan of each case."""
    early, late = deepcopy(options), deepcopy(options)
    early["photometry"]["sky_mag_arcsec2"] = {"r": 20.5}
    late["networks"]["training"]["A"]["learning_rate"] = 3e-4
    paper_scale.make_sample(folder, galaxies=galaxies, options=options)
    plans = {"the sample is made": paper_scale.plan(folder, TARGET, options=options, flags=flags)}
    paper_scale.make_run(folder, galaxies=galaxies, options=options)
    for case, changed in {
        "nothing to do": options,
        "sky level changed": early,
        "learning rate changed": late,
    }.items():
        plans[case] = paper_scale.plan(folder, TARGET, options=changed, flags=flags)
    return plans


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--galaxies", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--profile", type=Path, default=paper_scale.REPOSITORY / "profiles/default")
    arguments = parser.parse_args()
    sizes = arguments.galaxies
    flags = ["--workflow-profile", str(arguments.profile.absolute())]
    plans = {}
    print(f"{'galaxies':>8}  {'case':22}{'jobs':>7}{'CPU s':>7}{'MB':>6}")
    with tempfile.TemporaryDirectory() as scratch:
        options = paper_scale.paper(Path(scratch, "snapshot"))
        for size in sizes:
            plans[size] = measure(
                Path(scratch, str(size)), galaxies=size, options=options, flags=flags
            )
            for case, plan in plans[size].items():
                jobs, seconds = sum(plan.jobs.values()), plan.cpu_s
                print(f"{size:8}  {case:22}{jobs:7}{seconds:7.1f}{plan.memory_mb:6.0f}", flush=True)
    first, last = sizes[0], sizes[-1]
    for case, plan in plans[last].items():
        ratio = plan.cpu_s / plans[first][case].cpu_s
        print(f"{case}: {ratio:.1f} x the CPU time for {last / first:.1f} x the galaxies")


if __name__ == "__main__":
    main()
