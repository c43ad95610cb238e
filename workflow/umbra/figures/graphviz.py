"""Graphviz, whose programs draw the pipeline."""

import os
import shutil
import subprocess

from umbra.errors import InputError

PROGRAMS = ("tred", "dot")


def check_graphviz() -> None:
    """Raise InputError if a program of Graphviz is not installed."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise InputError(
                f"Figure 3 is drawn by Graphviz, whose program {program} is not installed: run"
                " `apt-get install graphviz` or `conda install -c conda-forge graphviz`, load your"
                " cluster's module, or ask for other figures than the gallery of all, as in"
                " `snakemake results/plots/fig08_tully_fisher.pdf`."
            )


def run_graphviz(program: str, text: str, *options: str) -> bytes:
    """Return what a program of Graphviz makes of a graph.

    Parameters
    ----------
    program : str
        One of `PROGRAMS`.
    text : str
        The graph in the dot language.
    *options : str
        Arguments of the program.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If Graphviz is not installed.
    """
    check_graphviz()
    # The time of drawing is in a PDF, in the user's time zone.
    result = subprocess.run(
        [program, *options],
        input=text.encode(),
        capture_output=True,
        check=True,
        env=os.environ | {"TZ": "UTC", "LC_ALL": "C"},
    )
    return result.stdout
