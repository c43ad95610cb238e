"""What surrounds the one call of every script: its log, its clear sentence, its rejected galaxy."""

import logging
import os
import sys
from collections.abc import Callable, Iterable

from umbra.errors import InputError, Rejected
from umbra.files import full_disk, rejection, write_rejection

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
    try:
        _open_log(log)
        function(**arguments)
    except InputError as error:
        logger.error("%s", error)
        sys.exit(f"umbra: {error}")
    except Exception as error:
        logger.exception("the stage failed")
        if reason := full_disk(error):
            where = getattr(error, "filename", None) or "a file"
            sys.exit(f"umbra: {where} cannot be written ({reason}); make room and run again.")
        sys.exit(f"umbra: {type(error).__name__}: {error} (traceback in {log})")
    finally:
        logger.info("cpu seconds: start-up %.2f, work %.2f", start_up, _cpu_seconds() - start_up)


class _LogFile(logging.FileHandler):
    """A log whose disk may be full: what cannot be written is lost, and the stage goes on."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing of the disk, as the stage's own sentence does; all else is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def _open_log(path: str) -> None:
    logging.basicConfig(
        handlers=[_LogFile(path, mode="w")],
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logger.setLevel(logging.INFO)  # other packages tell of every font and file
    logging.captureWarnings(True)


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
    run(_unless_rejected, log, function=function, inputs=inputs, outputs=outputs, given=arguments)


def _unless_rejected(
    *, function: Callable, inputs: Iterable[str], outputs: Iterable[str], given: dict
) -> None:
    reason = next(filter(None, map(rejection, inputs)), None)
    if reason is None:
        try:
            return function(**given)
        except Rejected as rejected:
            reason = str(rejected)
            logger.warning("rejected: %s", reason)
    else:
        logger.warning("rejected before this stage: %s", reason)
    for path in outputs:
        write_rejection(path, reason)
    return None
