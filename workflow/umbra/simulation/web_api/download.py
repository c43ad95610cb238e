"""Downloads from a web API: a file appears whole and checked, or one sentence says why not.

An attempt fails when the server is busy, when no byte comes for the time-out, or when the body
(not its headers) is cut short, comes too slowly or is not what was asked for. Failed attempts are
repeated, with pauses that double or are as long as the server says. A refused key or an address
that does not exist is final.
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
from urllib3.exceptions import HTTPError, InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from umbra.errors import InputError
from umbra.files import atomic
from umbra.simulation.web_api.key import GET_A_KEY, KEY_VARIABLE, KeySession

logger = logging.getLogger(__name__)
Received = TypeVar("Received")

# A body must come at this rate on average, the first time-out not counted, however steady it is.
LEAST_BYTES_PER_S = 10_000
PIECE_BYTES = 1 << 18
# A server that asks for more patience than this is asked again by the next run.
LONGEST_WAIT_S = 3600.0
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
        Whether another attempt would bring the same.
    """

    def __init__(self, reason: str, *, wait_s: float | None = None, final: bool = False):
        super().__init__(reason)
        self.wait_s, self.final = wait_s, final


@dataclass
class _Progress:
    """What has come of a body."""

    received: int = 0
    announced: str = ""

    def __str__(self) -> str:
        return f"{self.received}{self.announced} bytes"


@dataclass(frozen=True)
class Access:
    """How the server is asked.

    Parameters
    ----------
    key : str
        Goes into the header ``api-key``.
    timeout_s : float
        No byte for so long is a failed attempt, and no pause is longer unless the server asks [s].
    attempts : int
        Attempts before a download fails.
    wait : callable
        Called with the seconds between two attempts.
    """

    key: str = field(repr=False)
    timeout_s: float
    attempts: int
    wait: Callable[[float], None] = time.sleep


def get_json(url: str, *, access: Access, not_found: str) -> dict:
    """Return an object that the server sends as JSON; see `download` for the rest."""

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
        What to do when the server knows no such address.
    check : callable
        Called with the file before it gets its name; raises `BrokenAnswer` if it cannot be used.

    Raises
    ------
    InputError
        If every attempt failed, the key is refused, the address does not exist or the disk is full.
    """

    def receive(pieces: Iterator[bytes]) -> None:
        with atomic(output) as temporary:
            try:
                with open(temporary, "wb") as file:
                    file.writelines(pieces)
            # what goes wrong on the way here is no OSError
            except OSError as error:
                raise InputError(
                    f"{output} cannot be written ({error.strerror}); make room or give another "
                    "folder, and run again."
                ) from error
            check(temporary)

    _fetch(url, access=access, not_found=not_found, receive=receive)


def _fetch(
    url: str,
    *,
    access: Access,
    not_found: str,
    receive: Callable[[Iterator[bytes]], Received],
) -> Received:
    """Ask until an answer is received, or the attempts are used up."""
    shown = _shown(url)
    with KeySession(key=access.key, home=url) as session:
        for attempt in range(1, access.attempts + 1):
            try:
                return _attempt(
                    session,
                    url,
                    access=access,
                    not_found=not_found,
                    receive=receive,
                    number=attempt,
                )
            except BrokenAnswer as broken:
                logger.warning("%s: attempt %d of %d: %s", shown, attempt, access.attempts, broken)
                reason, asked_s, final = str(broken), broken.wait_s, broken.final
            if final:
                raise InputError(f"{shown}: {reason}.")
            if asked_s is not None and asked_s > LONGEST_WAIT_S:
                raise InputError(
                    f"{shown}: {reason} and asks to wait {asked_s:.0f} s; run again after that."
                )
            if attempt < access.attempts:
                pause_s = min(2.0 ** (attempt - 1), access.timeout_s)
                access.wait(pause_s if asked_s is None else asked_s)
    times = "1 attempt" if access.attempts == 1 else f"{access.attempts} attempts"
    raise InputError(
        f"{shown}: {reason}; given up after {times}: run again later, it goes on where it stopped."
    )


def _shown(url: str) -> str:
    """Return an address without a query that would bury the rest of the sentence."""
    return url if len(url) <= LONGEST_SHOWN else f"{url.partition('?')[0]}?..."


def _attempt(
    session: requests.Session,
    url: str,
    *,
    access: Access,
    not_found: str,
    receive: Callable[[Iterator[bytes]], Received],
    number: int,
) -> Received:
    progress = _Progress()
    try:
        with _ask(session, url, timeout_s=access.timeout_s) as response:
            _check_status(response, url=_shown(url), not_found=not_found)
            received = receive(_pieces(response, timeout_s=access.timeout_s, progress=progress))
    # what these say may hold addresses that a redirect gave, with passwords of their own
    except (requests.RequestException, HTTPError) as error:
        reason = _reason(error, timeout_s=access.timeout_s, progress=progress)
        raise BrokenAnswer(reason) from None
    logger.info("%s: %d bytes, attempt %d", _shown(url), progress.received, number)
    return received


def _ask(session: requests.Session, url: str, *, timeout_s: float) -> requests.Response:
    try:
        return session.get(url, stream=True, timeout=timeout_s)
    except ValueError:
        raise BrokenAnswer("the answer leads on to what is no address") from None


def _check_status(response: requests.Response, *, url: str, not_found: str) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise InputError(
            f"{url}: the server refuses the key in {KEY_VARIABLE} (HTTP {status}); {GET_A_KEY}."
        )
    if status == HTTPStatus.NOT_FOUND:
        raise InputError(f"{url}: the server has no such thing (HTTP 404); {not_found}.")
    if status in TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BrokenAnswer(f"the server answers HTTP {status}", wait_s=_retry_after(response))
    raise InputError(
        f"{url}: the server answers HTTP {status}, which asking again does not mend; check "
        "simulation.api_url, and that the snapshot is a full one."
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
