"""What surrounds the one call of every script: its log, its clear sentence, its rejected galaxy."""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from umbra.errors import InputError, Rejected
from umbra.files import rejection, write_rejection

logger = logging.getLogger("umbra")


def run(function: Callable, log: str, /, **arguments) -> None:
    """Call `function`, with its log in a file and its failure in one sentence.

    The log closes with the CPU seconds of the start-up (interpreter and imports) and of the work.

    Parameters
    ----------
    function : callable
        The stage's entry point in the package.
    log : str
        The log file.
    **arguments
        Passed to `function`.

    Raises
    ------
    SystemExit
        If the stage failed; the sentence is on standard error, the rest in the log.
    """
    start_up = _cpu_seconds()
    logging.basicConfig(
        filename=log,
        filemode="w",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logger.setLevel(logging.INFO)  # other packages tell of every font and file
    logging.captureWarnings(True)
    try:
        function(**arguments)
    except Rejected:
        raise
    except InputError as error:
        logger.error("%s", error)
        sys.exit(f"umbra: {error}")
    except Exception as error:
        logger.exception("the stage failed")
        sys.exit(f"umbra: {type(error).__name__}: {error} (traceback in {log})")
    finally:
        logger.info("cpu seconds: start-up %.2f, work %.2f", start_up, _cpu_seconds() - start_up)


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of the children it waited for."""
    return sum(os.times()[:4])


def run_galaxy(
    function: Callable, inputs: Iterable[str], outputs: Iterable[str], log: str, /, **arguments
) -> None:
    """Call the stage of one galaxy, or hand on that the galaxy is rejected.

    A marker among `inputs`, or `Rejected` raised by `function`, puts a marker in place of every
    output, so that the other galaxies go on.

    Parameters
    ----------
    function : callable
        The stage's entry point in the package.
    inputs, outputs : iterable of str
        The rule's files.
    log : str
        The log file.
    **arguments
        Passed to `function`.
    """
    reason = next(filter(None, map(rejection, inputs)), None)
    if reason is None:
        try:
            return run(function, log, **arguments)
        except Rejected as rejected:
            reason = str(rejected)
            logger.warning("rejected: %s", reason)
    else:
        Path(log).write_text(f"rejected before this stage: {reason}\n")
    for path in outputs:
        write_rejection(path, reason)
    return None
