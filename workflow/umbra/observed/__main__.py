"""``python -m umbra.observed my_galaxies.csv --networks saved_networks --output answers``."""

import argparse
import sys
from pathlib import Path
from typing import get_args

from umbra.config.observed import StarsInFront
from umbra.errors import InputError
from umbra.observed.answers import Answer
from umbra.observed.inference import infer


def main() -> None:
    """Infer the dark matter of the galaxies of a table, and print a line for each."""
    parser = argparse.ArgumentParser(
        prog="python -m umbra.observed",
        description="Infer the dark matter of your galaxies with saved networks.",
    )
    parser.add_argument("table", type=Path, help="your galaxies (docs/observed.md)")
    parser.add_argument(
        "--networks", type=Path, required=True, help="results/saved_networks of a run, or a copy"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the answers")
    parser.add_argument(
        "--stars", choices=get_args(StarsInFront), default="keep", help="observed.stars"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of the networks")
    given = parser.parse_args()
    try:
        answers = infer(**vars(given))
    except InputError as error:
        sys.exit(f"umbra: {error}")
    for name, answer in answers.items():
        print(f"{name}: {_line(answer) if isinstance(answer, Answer) else answer}")


def _line(answer: Answer) -> str:
    lower, median, upper = answer.quantiles(0.16, 0.5, 0.84)[:, -1]
    return (
        f"log10 M_DM/Msun within {answer.radius_kpc[-1]:.0f} kpc: {median:.2f}"
        f" ({lower:.2f} to {upper:.2f}), by networks on {answer.channel_set}; percentile"
        f" {answer.percentile:.1f}{' (an extrapolation)' if answer.extrapolation else ''}"
    )


if __name__ == "__main__":
    main()
