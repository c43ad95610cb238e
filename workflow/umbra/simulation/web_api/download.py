"""Downloads from a web API: a file appears whole and checked, or one sentence says why not.

An attempt fails when the server is busy, when no byte comes for the time-out, when the status and
the headers are not there after three times that, or when the body is cut short, comes too slowly,
does not end or is not what was asked for. Failed attempts are repeated, with pauses that double or
are as long as the server asks. A refused key and an address that does not exist are not tried
again.

tenacity counts the attempts and makes the pauses. urllib3's Retry could not: it sees the status of
an answer, but not the body that is read and checked later. It reads the header Retry-After here.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tenacity

from umbra.errors import InputError
from umbra.files import atomic
from umbra.simulation.web_api.attempt import BrokenAnswer, Received, ask_once, shown_address
from umbra.simulation.web_api.key import KeySession

logger = logging.getLogger(__name__)

# A longer body is taken for one without end. Descriptions of runs have some kB, and the haloes of
# the whole sample of TNG100-1 have 97 GB together.
MOST_JSON_BYTES = 10_000_000
MOST_FILE_BYTES = 200_000_000_000


@dataclass(frozen=True)
class Access:
    """Key, time-out and attempts of requests.

    Parameters
    ----------
    key : str
        Value of the header ``api-key``.
    timeout_s : float
        An attempt fails when no byte comes for so long, or no headers for `ANSWER_TIMEOUTS` times
        that; it is also the longest pause, unless the server asks for a longer one [s].
    attempts : int
        Attempts before a download fails.
    wait : callable
        Called with the length of each pause between two attempts [s].
    """

    key: str = field(repr=False)
    timeout_s: float
    attempts: int
    wait: Callable[[float], None] = time.sleep


def get_json(url: str, *, access: Access, not_found: str) -> dict:
    """Return an object that the server sends as JSON.

    Parameters
    ----------
    url, access, not_found
        As in `download`.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        As in `download`.
    """

    def receive(pieces: Iterator[bytes]) -> dict:
        try:
            values = json.loads(b"".join(pieces))
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise BrokenAnswer("the answer is no JSON object")
        return values

    return _fetch(
        url, access=access, not_found=not_found, most_bytes=MOST_JSON_BYTES, receive=receive
    )


def download(
    url: str, *, output: Path, access: Access, not_found: str, check: Callable[[Path], None]
) -> None:
    """Download a file that appears whole and checked, or not at all.

    Parameters
    ----------
    url : str
        The address.
    output : Path
        The file to appear.
    access : Access
        Key, time-out and attempts.
    not_found : str
        What the user is to do if the server knows no such address.
    check : callable
        Called with the file before it gets its name; raises `BrokenAnswer` if it cannot be used.

    Raises
    ------
    InputError
        If every attempt failed, the key is refused, the address does not exist or the disk is full.
    """

    def receive(pieces: Iterator[bytes]) -> None:
        with atomic(output) as temporary:
            with open(temporary, "wb") as file:
                file.writelines(pieces)
            check(temporary)

    _fetch(url, access=access, not_found=not_found, most_bytes=MOST_FILE_BYTES, receive=receive)


def _fetch(
    url: str,
    *,
    access: Access,
    not_found: str,
    most_bytes: int,
    receive: Callable[[Iterator[bytes]], Received],
) -> Received:
    """Ask until an answer is received, or raise InputError after the last attempt."""
    double = tenacity.wait_exponential(max=access.timeout_s)

    def pause_s(state: tenacity.RetryCallState) -> float:
        asked_s = state.outcome.exception().wait_s
        return double(state) if asked_s is None else asked_s

    def log_failure(state: tenacity.RetryCallState) -> None:
        number, broken = state.attempt_number, state.outcome.exception()
        logger.warning(
            "%s: attempt %d of %d: %s", shown_address(url), number, access.attempts, broken
        )

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_tried_again),
        stop=tenacity.stop_after_attempt(access.attempts),
        wait=pause_s,
        sleep=access.wait,
        after=log_failure,
        reraise=True,
    )
    with KeySession(key=access.key, home=url) as session:
        try:
            return attempts(
                ask_once,
                session,
                url,
                timeout_s=access.timeout_s,
                not_found=not_found,
                most_bytes=most_bytes,
                receive=receive,
            )
        except BrokenAnswer as broken:
            sentence = _failure(broken, attempts=access.attempts)
    raise InputError(f"{shown_address(url)}: {sentence}")


def _is_tried_again(error: BaseException) -> bool:
    return isinstance(error, BrokenAnswer) and error.is_tried_again


def _failure(broken: BrokenAnswer, *, attempts: int) -> str:
    """Say why a download has failed, and what to do."""
    if broken.final:
        return f"{broken}."
    if not broken.is_tried_again:
        return f"{broken} and asks to wait {broken.wait_s:.0f} s; run again after that."
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return f"{broken}; {times} failed: run again later, finished files are kept."
