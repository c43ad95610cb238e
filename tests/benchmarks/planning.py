"""What it takes to plan runs of hundreds to thousands of galaxies with the options of the paper.

python tests/benchmarks/planning.py [--galaxies 500 1000 2000] [--profile workflow/profiles/slurm]
python tests/benchmarks/planning.py --parts 15 --galaxies 30000 --profile workflow/profiles/slurm

With --parts, each sample is planned in parts as docs/cluster.md says. Prints CPU seconds and peak
memory of each plan, and how they grow from the first size to the last. All files are fakes
(tests/builders/paper_scale.py); making them takes longer than planning.
"""

import argparse
import sys
import tempfile
from copy import deepcopy
from functools import partial
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
    plan = partial(paper_scale.plan, folder, flags=flags, fresh=True)
    plans = {"the sample is made": plan(TARGET, options=options)}
    paper_scale.make_run(folder, galaxies=galaxies, options=options)
    for case, changed in {
        "nothing to do": options,
        "sky level changed": early,
        "learning rate changed": late,
    }.items():
        plans[case] = plan(TARGET, options=changed)
    return plans


def measure_in_parts(
    folder: Path, *, galaxies: int, parts: int, options: dict, flags: list[str]
) -> dict[str, paper_scale.Plan]:
    """Return the plan of each step of a run in parts; cutouts are missing in each part's."""
    paper_scale.make_sample(folder, galaxies=galaxies, options=options)
    plan = partial(paper_scale.plan, folder, options=options, fresh=True)
    plans = {
        case: plan(target, flags=flags)
        for case, target in {
            "all cutouts": "cutouts",
            f"part 1 of {parts}": f"results/parts/1_of_{parts}.csv",
        }.items()
    }
    paper_scale.make_galaxies(folder, galaxies=galaxies)
    # after the other flags: argparse takes all that follows as names of rules
    allowed = ["--allowed-rules", *paper_scale.rules_after_the_parts(folder)]
    plans["dataset and figures"] = plan(TARGET, flags=[*flags, *allowed])
    return plans


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--galaxies", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--profile", type=Path, default=paper_scale.REPOSITORY / "profiles/default")
    parser.add_argument("--parts", type=int, help="number of parts that each sample is made in")
    arguments = parser.parse_args()
    if arguments.parts:
        measured = partial(measure_in_parts, parts=arguments.parts)
    else:
        measured = measure
    sizes = arguments.galaxies
    flags = ["--workflow-profile", str(arguments.profile.absolute())]
    plans = {}
    print(f"{'galaxies':>8}  {'case':22}{'jobs':>7}{'CPU s':>7}{'MB':>6}")
    with tempfile.TemporaryDirectory() as scratch:
        options = paper_scale.paper(Path(scratch, "snapshot"))
        for size in sizes:
            plans[size] = measured(
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
