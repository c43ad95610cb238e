"""The key of TNG's web API: where it comes from, and which servers see it.

No message and no file contains the key. Only the API's own server and the servers of its domain
receive it.
"""

import os
from urllib.parse import urlsplit

import requests

from umbra.errors import InputError

KEY_VARIABLE = "TNG_API_KEY"
GET_A_KEY = (
    f"set the environment variable {KEY_VARIABLE} to the key that https://www.tng-project.org/users/"
    "profile/ shows you once you are registered (docs/tng.md)"
)


def api_key() -> str:
    """Return the key from the environment.

    Raises
    ------
    InputError
        If it is not set, or cannot be the value of a header.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise InputError(f"simulation.source is api, which needs a key; {GET_A_KEY}.")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(f"{KEY_VARIABLE} does not hold a key; {GET_A_KEY}.")
    return key


class KeySession(requests.Session):
    """A session that sends the key to the API's own servers only.

    Parameters
    ----------
    key : str
        Value of the header ``api-key``.
    home : str
        An address of the API. TNG's server redirects downloads to data servers of its domain.
    """

    def __init__(self, *, key: str, home: str):
        super().__init__()
        # without compression, the announced length is the number of bytes that arrive
        self.headers.update({"api-key": key, "Accept-Encoding": "identity", "User-Agent": "umbra"})
        self._home = urlsplit(home)

    def rebuild_auth(self, prepared_request, response) -> None:
        """Take the key off a request that a redirect sends elsewhere."""
        super().rebuild_auth(prepared_request, response)
        if not self._is_home(prepared_request.url):
            prepared_request.headers.pop("api-key", None)

    def _is_home(self, url: str) -> bool:
        """Return whether it is the same server, or one of its domain over a safe connection."""
        target = urlsplit(url)
        if (target.scheme, target.netloc) == (self._home.scheme, self._home.netloc):
            return True
        domain = self._home.hostname.removeprefix("www.")
        return target.scheme == "https" and f".{target.hostname}".endswith(f".{domain}")
