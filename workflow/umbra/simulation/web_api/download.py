"""Downloads from a web API: a file appears whole and checked, or one sentence says why not.

An attempt fails when the server is busy, when no byte comes for the time-out, or when the body is
cut short, comes too slowly or is not what was asked for. Failed attempts are repeated, with pauses
that double or are as long as the server asks. A refused key and an address that does not exist are
not tried again.

tenacity counts the attempts and makes the pauses. urllib3's Retry could not: it sees the status of
an answer, but not the body that is read and checked later. It reads the header Retry-After here.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import requests
import tenacity
from urllib3.exceptions import HTTPError, InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from umbra.errors import InputError
from umbra.files import atomic
from umbra.simulation.web_api.key import GET_A_KEY, KEY_VARIABLE, KeySession

logger = logging.getLogger(__name__)
Received = TypeVar("Received")

# Least average rate of a download, not counting the first `timeout_s` seconds.
LEAST_BYTES_PER_S = 10_000
PIECE_BYTES = 1 << 18
# The download fails if the server asks for a longer pause.
LONGEST_WAIT_S = 3600.0
# characters of an address in a message
LONGEST_SHOWN = 120
TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class BrokenAnswer(Exception):
    """An answer that cannot be used; the message is what is wrong with it.

    Parameters
    ----------
    reason : str
    wait_s : float, optional
        How long the server asks to wait [s].
    final : bool
        Whether another attempt would give the same answer.
    """

    def __init__(self, reason: str, *, wait_s: float | None = None, final: bool = False):
        super().__init__(reason)
        self.wait_s, self.final = wait_s, final

    @property
    def is_tried_again(self) -> bool:
        """Whether another attempt may succeed, after a pause that is not too long."""
        return not self.final and (self.wait_s is None or self.wait_s <= LONGEST_WAIT_S)


@dataclass
class _Progress:
    """How much of a body has come."""

    received: int = 0
    announced: str = ""

    def __str__(self) -> str:
        return f"{self.received}{self.announced} bytes"


@dataclass(frozen=True)
class Access:
    """Key, time-out and attempts of requests.

    Parameters
    ----------
    key : str
        Value of the header ``api-key``.
    timeout_s : float
        An attempt fails when no byte comes for so long; it is also the longest pause, unless the
        server asks for a longer one [s].
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

    return _fetch(url, access=access, not_found=not_found, receive=receive)


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

    _fetch(url, access=access, not_found=not_found, receive=receive)


def _fetch(
    url: str,
    *,
    access: Access,
    not_found: str,
    receive: Callable[[Iterator[bytes]], Received],
) -> Received:
    """Ask until an answer is received, or raise InputError after the last attempt."""
    double = tenacity.wait_exponential(max=access.timeout_s)

    def pause_s(state: tenacity.RetryCallState) -> float:
        asked_s = state.outcome.exception().wait_s
        return double(state) if asked_s is None else asked_s

    def log_failure(state: tenacity.RetryCallState) -> None:
        number, broken = state.attempt_number, state.outcome.exception()
        logger.warning("%s: attempt %d of %d: %s", _shown(url), number, access.attempts, broken)

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
                _attempt,
                session,
                url,
                timeout_s=access.timeout_s,
                not_found=not_found,
                receive=receive,
            )
        except BrokenAnswer as broken:
            sentence = _failure(broken, attempts=access.attempts)
    raise InputError(f"{_shown(url)}: {sentence}")


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


def _shown(url: str) -> str:
    """Return an address; a long one without its query, so that a sentence stays readable."""
    return url if len(url) <= LONGEST_SHOWN else f"{url.partition('?')[0]}?..."


def _attempt(
    session: requests.Session,
    url: str,
    *,
    timeout_s: float,
    not_found: str,
    receive: Callable[[Iterator[bytes]], Received],
) -> Received:
    """Ask once, and raise BrokenAnswer if the answer cannot be used."""
    progress = _Progress()
    try:
        with _ask(session, url, timeout_s=timeout_s) as response:
            _check_status(response, url=_shown(url), not_found=not_found)
            received = receive(_pieces(response, timeout_s=timeout_s, progress=progress))
    # their own messages may hold an address of a redirect, which may contain a password
    except (requests.RequestException, HTTPError) as error:
        reason = _reason(error, timeout_s=timeout_s, progress=progress)
        raise BrokenAnswer(reason) from None
    logger.info("%s: %d bytes", _shown(url), progress.received)
    return received


def _ask(session: requests.Session, url: str, *, timeout_s: float) -> requests.Response:
    try:
        return session.get(url, stream=True, timeout=timeout_s)
    except ValueError:
        raise BrokenAnswer("the answer redirects to something that is no address") from None


def _check_status(response: requests.Response, *, url: str, not_found: str) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise InputError(
            f"{url}: the server refuses the key in {KEY_VARIABLE} (HTTP {status}); {GET_A_KEY}."
        )
    if status == HTTPStatus.NOT_FOUND:
        raise InputError(f"{url}: the server does not know this address (HTTP 404); {not_found}.")
    if status in TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BrokenAnswer(f"the server answers HTTP {status}", wait_s=_retry_after(response))
    raise InputError(
        f"{url}: the server answers HTTP {status}, and repeating the request will not help; "
        "check simulation.api_url, and that the snapshot is a full one."
    )


def _retry_after(response: requests.Response) -> float | None:
    try:
        return Retry().get_retry_after(response.raw)
    except InvalidHeader:
        return None


def _pieces(
    response: requests.Response, *, timeout_s: float, progress: _Progress
) -> Iterator[bytes]:
    """Yield the body as it comes, and check that it comes fast enough and to its end."""
    if length := response.headers.get("Content-Length"):
        progress.announced = f" of {length}"
    begin = time.monotonic()
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
        progress.received += len(piece)
        yield piece
        elapsed_s = time.monotonic() - begin
        if progress.received < LEAST_BYTES_PER_S * (elapsed_s - timeout_s):
            raise BrokenAnswer(
                f"only {progress} came in {elapsed_s:.1f} s, and {LEAST_BYTES_PER_S // 1000} kB/s "
                "is the least"
            )
    if response.raw.length_remaining:
        raise BrokenAnswer(f"the connection was lost after {progress}")


def _reason(error: Exception, *, timeout_s: float, progress: _Progress) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {timeout_s:g} s"
    if isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return f"no byte came for {timeout_s:g} s, after {progress}"
    if isinstance(error, HTTPError):
        return f"the connection was lost after {progress}"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not accepted"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection, or it was lost before an answer came"
    return f"no answer ({type(error).__name__})"
