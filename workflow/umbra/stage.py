"""Running a stage from a script: log file, error messages and rejected galaxies."""

import logging
import os
import sys
from collections.abc import Callable, Iterable

from umbra.errors import InputError, Rejected
from umbra.faults import described
from umbra.files import rejection, without_temporary_names, write_rejection

logger = logging.getLogger("umbra")


def run(function: Callable, log: str, /, **arguments) -> None:
    """Call the function of a stage, with a log file, and report a failure in one sentence.

    The last line of the log states the CPU seconds of the start-up (interpreter and imports) and of
    the work.

    Parameters
    ----------
    function : callable
        The stage's function in the package.
    log : str
        The log file.
    **arguments
        Arguments of `function`.

    Raises
    ------
    SystemExit
        If the stage failed. Standard error gets one sentence, the log gets the details.
    """
    start_up = _cpu_seconds()
    try:
        _open_log(log)
        function(**arguments)
    except InputError as error:
        logger.error("%s", error)
        sys.exit(f"umbra: {without_temporary_names(str(error))}")
    except Exception as error:
        logger.exception("the stage failed")
        sentence = described(error) or f"{type(error).__name__}: {error} (traceback in {log})"
        sys.exit(f"umbra: {without_temporary_names(sentence)}")
    finally:
        logger.info("cpu seconds: start-up %.2f, work %.2f", start_up, _cpu_seconds() - start_up)


class _Format(logging.Formatter):
    """Lines of a log, in which files have the names that they get in the end."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, with its traceback if there is one."""
        return without_temporary_names(super().format(record))


class _LogFile(logging.FileHandler):
    """A log file on a disk that may be full: lines that cannot be written are lost."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore errors of the disk, which the stage itself reports, and print all others."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def _open_log(path: str) -> None:
    file = _LogFile(path, mode="w", encoding="utf-8", errors="backslashreplace")
    file.setFormatter(_Format("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[file], level=logging.WARNING)
    logger.setLevel(logging.INFO)  # other packages log every font and file at this level
    logging.captureWarnings(True)


def _cpu_seconds() -> float:
    """Return the CPU time [s] of this process and of its children that have ended."""
    return sum(os.times()[:4])


def run_galaxy(
    function: Callable, inputs: Iterable[str], outputs: Iterable[str], log: str, /, **arguments
) -> None:
    """Call the function of a stage of one galaxy, unless the galaxy is rejected.

    If one of `inputs` is the marker of a rejected galaxy, or `function` raises `Rejected`, every
    output becomes such a marker. The run then continues with the other galaxies.

    Parameters
    ----------
    function : callable
        The stage's function in the package.
    inputs, outputs : iterable of str
        Input and output files of the rule.
    log : str
        The log file.
    **arguments
        Arguments of `function`.

    Raises
    ------
    SystemExit
        If the stage failed.
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
