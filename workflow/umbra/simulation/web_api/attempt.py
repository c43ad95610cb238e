"""One attempt at a download: asking, the status, the body piece by piece, and why it failed."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import requests
from urllib3.exceptions import DecodeError, HTTPError, InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from umbra.errors import InputError
from umbra.simulation.web_api.key import GET_A_KEY, KEY_VARIABLE

logger = logging.getLogger(__name__)
Received = TypeVar("Received")

# Least average rate of a download, not counting the first `timeout_s` seconds.
LEAST_BYTES_PER_S = 10_000
PIECE_BYTES = 1 << 18
# Time for connection, redirects, status and headers together, in units of `timeout_s`.
ANSWER_TIMEOUTS = 3
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


def ask_once(
    session: requests.Session,
    url: str,
    *,
    timeout_s: float,
    not_found: str,
    most_bytes: int,
    receive: Callable[[Iterator[bytes]], Received],
) -> Received:
    """Ask for an address once.

    Parameters
    ----------
    session : requests.Session
        The session, which has the key.
    url : str
        The address.
    timeout_s : float
        The attempt fails when no byte comes for so long, or no headers for `ANSWER_TIMEOUTS` times
        that [s].
    not_found : str
        What the user is to do if the server knows no such address.
    most_bytes : int
        A longer body is taken for one without end.
    receive : callable
        Called with the pieces of the body.

    Returns
    -------
    object
        What `receive` returns.

    Raises
    ------
    BrokenAnswer
        If the answer cannot be used.
    InputError
        If asking again would not help.
    """
    progress = _Progress()
    try:
        with _ask(session, url, timeout_s=timeout_s) as response:
            _check_status(response, url=shown_address(url), not_found=not_found)
            pieces = _pieces(
                response, timeout_s=timeout_s, most_bytes=most_bytes, progress=progress
            )
            received = receive(pieces)
    # their own messages may hold an address of a redirect, which may contain a password
    except (requests.RequestException, HTTPError) as error:
        reason = _reason(error, timeout_s=timeout_s, progress=progress)
        raise BrokenAnswer(reason) from None
    logger.info("%s: %d bytes", shown_address(url), progress.received)
    return received


def _ask(session: requests.Session, url: str, *, timeout_s: float) -> requests.Response:
    """Return the answer, whose headers have come and whose body has not."""
    limit_s = ANSWER_TIMEOUTS * timeout_s
    with _at_most(limit_s, f"no answer came within {limit_s:g} s"):
        try:
            return session.get(
                url, stream=True, timeout=timeout_s, hooks={"response": _leave_body_of_redirect}
            )
        except requests.exceptions.InvalidHeader:
            raise BrokenAnswer("the answer has a header without sense") from None
        except ValueError:
            raise BrokenAnswer("the answer redirects to something that is no address") from None


def _leave_body_of_redirect(response: requests.Response, **_) -> None:
    """Close a redirect, the body of which requests would otherwise read into memory."""
    if response.is_redirect:
        response.close()


@contextmanager
def _at_most(seconds: float, reason: str) -> Iterator[None]:
    """Raise BrokenAnswer if a block takes longer; only for the main thread.

    The time-outs of requests are for each read, so they never end one that gets a byte now and
    then: a header or the length of a chunk that trickles.
    """

    def give_up(*_) -> None:
        raise BrokenAnswer(reason)

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
    response: requests.Response, *, timeout_s: float, most_bytes: int, progress: _Progress
) -> Iterator[bytes]:
    """Yield the body as it comes, and check that it comes fast enough and to its end."""
    if length := response.headers.get("Content-Length"):
        progress.announced = f" of {length}"
    begin = time.monotonic()
    while piece := _piece(response, timeout_s=timeout_s, progress=progress):
        progress.received += len(piece)
        if progress.received > most_bytes:
            raise BrokenAnswer(f"the answer is longer than {most_bytes / 1e6:g} MB")
        yield piece
        elapsed_s = time.monotonic() - begin
        if progress.received < LEAST_BYTES_PER_S * (elapsed_s - timeout_s):
            raise BrokenAnswer(
                f"only {progress} came in {elapsed_s:.1f} s, and {LEAST_BYTES_PER_S // 1000} kB/s "
                "is the least"
            )
    if response.raw.length_remaining:
        raise BrokenAnswer(f"the connection was lost after {progress}")


def _piece(response: requests.Response, *, timeout_s: float, progress: _Progress) -> bytes:
    with _at_most(timeout_s, _silence(timeout_s, progress)):
        return response.raw.read1(PIECE_BYTES, decode_content=True)


def _silence(timeout_s: float, progress: _Progress) -> str:
    return f"no byte came for {timeout_s:g} s, after {progress}"


def _reason(error: Exception, *, timeout_s: float, progress: _Progress) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {timeout_s:g} s"
    if isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return _silence(timeout_s, progress)
    if isinstance(error, DecodeError):
        return "the answer is compressed in a way that cannot be undone"
    if isinstance(error, HTTPError):
        return f"the connection was lost after {progress}"
    if isinstance(error, requests.TooManyRedirects):
        return "the answer redirects again and again"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not accepted"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection, or it was lost before an answer came"
    return f"no answer ({type(error).__name__})"


def shown_address(url: str) -> str:
    """Return an address for a sentence; a long one without its query, so that it can be read."""
    return url if len(url) <= LONGEST_SHOWN else f"{url.partition('?')[0]}?..."
