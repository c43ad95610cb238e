"""The command `umbra-skirt`, which is called like SKIRT and ends with one line on failure."""

import argparse
import os
import sys
from pathlib import Path

from umbra.errors import InputError
from umbra.faults import described
from umbra.skirt_engine.output import Log, cpu_seconds
from umbra.skirt_engine.ski import read_ski


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="umbra-skirt",
        description="Images and spectra of particles with dust, from a SKIRT 9 ski file.",
    )
    parser.add_argument("-t", dest="threads", type=int, default=os.cpu_count(), metavar="THREADS")
    parser.add_argument("-i", dest="input", type=Path, default=Path(), metavar="INPUT")
    parser.add_argument("-o", dest="output", type=Path, default=Path(), metavar="OUTPUT")
    parser.add_argument("ski", type=Path)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    if arguments.threads < 1:
        raise InputError(f"-t {arguments.threads}: the number of threads must be 1 or more.")
    if not arguments.input.is_dir():
        raise InputError(f"-i {arguments.input} is not a folder; give the folder of the tables.")
    arguments.output.mkdir(parents=True, exist_ok=True)
    log = Log(arguments.output / f"{arguments.ski.stem}_log.txt")
    try:
        ski = read_ski(arguments.ski)
        log.info(f"Starting simulation {ski.prefix} with {arguments.threads} threads")
        from umbra.skirt_engine.simulation import simulate  # slow import, after the fast checks

        log.info(f"cpu seconds of the engine's start-up: {cpu_seconds():.2f}")
        simulate(
            ski,
            input_folder=arguments.input,
            output_folder=arguments.output,
            threads=arguments.threads,
            log=log,
        )
        log.info(f"Finished simulation {ski.prefix} in {cpu_seconds():.1f} s CPU", "-")
    except InputError as error:
        log.info(str(error), "*")
        raise
    finally:
        log.close()


def main(argv: list[str] | None = None) -> int:
    """Run a ski.

    Parameters
    ----------
    argv : list of str, optional
        Arguments of the command; those of the process by default.

    Returns
    -------
    int
        Exit status: 0, or 1 after an error. The last line of stderr is then one sentence about it.
    """
    try:
        _run(_parser().parse_args(argv))
    except (InputError, OSError, MemoryError) as error:
        text = str(error) if isinstance(error, InputError) else described(error) or str(error)
        print(f"umbra-skirt: {text}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
