"""Files that are put together in a folder."""

import os

import pytest

from umbra.files import link_into


@pytest.mark.parametrize("links", [True, False])
def test_linked_files_outlive_their_first_names(tmp_path, monkeypatch, links):
    if not links:

        def refuse(source, target):
            raise OSError("Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    parts = [tmp_path / f"{number}.hdf5" for number in range(3)]
    for part in parts:
        part.write_text(part.name)
    folder = tmp_path / "shards"
    for _ in range(2):  # a second time over what a killed job has left
        link_into(paths=parts, folder=folder)
    for part in parts:
        part.unlink()
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        part.name: part.name for part in parts
    }
