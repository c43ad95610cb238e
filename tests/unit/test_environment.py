"""What jobs find on their search path."""

import os

import pytest

from umbra.environment import put_first_on_python_path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["here"]),
        (["site", "other"], ["here", "site", "other"]),
        (["site", "here"], ["here", "site"]),
        (["", "site"], ["here", "site"]),
    ],
)
def test_folders_of_the_user_stay(monkeypatch, before, after):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(before))
    put_first_on_python_path("here")
    put_first_on_python_path("here")  # as in every job
    assert os.environ["PYTHONPATH"].split(os.pathsep) == after


def test_without_the_variable_it_is_made(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    put_first_on_python_path("here")
    assert os.environ["PYTHONPATH"] == "here"
