"""The key of the web API: what is a key, and which servers see it."""

import pytest
import requests

from umbra.errors import InputError
from umbra.simulation.web_api.key import KeySession, api_key

KEY = "0123456789abcdef-the-key"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://data-eu.tng-project.org/download/1.hdf5?token=x", True),
        ("https://www.tng-project.org/elsewhere", True),
        ("http://data-eu.tng-project.org/download/1.hdf5", False),
        ("https://tng-project.org.example.com/", False),
        ("https://nottng-project.org/", False),
        ("https://example.com/", False),
    ],
)
def test_servers_that_see_the_key(url, kept):
    session = KeySession(key=KEY, home="https://www.tng-project.org/api/TNG100-1/")
    response = requests.Response()
    response.request = session.prepare_request(
        requests.Request("GET", "https://www.tng-project.org/api/TNG100-1/")
    )
    following = session.prepare_request(requests.Request("GET", url))
    session.rebuild_auth(following, response)
    assert ("api-key" in following.headers) is kept


def test_key_that_is_not_set(monkeypatch):
    monkeypatch.delenv("TNG_API_KEY", raising=False)
    with pytest.raises(InputError, match="which needs a key; set the environment variable TNG_API"):
        api_key()


def test_key_with_the_end_of_its_line(monkeypatch):
    monkeypatch.setenv("TNG_API_KEY", f"{KEY}\n")
    assert api_key() == KEY


@pytest.mark.parametrize("wrong", ["a secret of two words", "sécret", "a\nsecret"])
def test_what_no_header_can_hold_is_no_key(monkeypatch, wrong):
    monkeypatch.setenv("TNG_API_KEY", wrong)
    with pytest.raises(InputError, match="TNG_API_KEY does not hold a key") as error:
        api_key()
    assert wrong not in str(error.value)
