"""Downloads from a server with faults: the sentences, the files left behind, the attempts."""

import logging
import re
import subprocess
import sys
import textwrap
from functools import partial

import h5py
import pytest

import tng_server
from api_case import write_run
from failing_calls import in_process
from umbra.config.simulation import DownloadSettings
from umbra.errors import InputError
from umbra.simulation.web_api import download, endpoints
from umbra.simulation.web_api.download import Access, get_json

KEY = "0123456789abcdef-the-key"
HALO = "TNG100-1/snapshots/99/halos/0/cutout.hdf5"
RUN = {"name": "TNG100-1", "snapshot": 99}
# Where no byte comes in time, and where one comes, also on a busy machine.
TIMEOUT_S, PATIENT_S = 0.3, 10.0


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def server(output):
    with tng_server.serve_with_key(output, key=KEY) as server:
        yield server


@pytest.fixture
def fetch(server, tmp_path):
    """Return a function that downloads halo 0 to a folder of its own."""

    def fetch_halo(api_url=server.url, api_attempts=3, api_timeout_s=PATIENT_S):
        settings = DownloadSettings(
            api_url=api_url, api_timeout_s=api_timeout_s, api_attempts=api_attempts
        )
        output = tmp_path / "halos" / "0.hdf5"
        endpoints.fetch_halo(settings=settings, **RUN, group=0, output=output)

    return fetch_halo


def timeout_of(reason):
    """Return the time-out with which a fault is met for this reason."""
    return TIMEOUT_S if re.search(r"\d s\b|kB/s", reason) else PATIENT_S


def left_behind(tmp_path):
    """Return every file in the folder of the haloes, hidden ones included."""
    folder = tmp_path / "halos"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def sentence(error):
    """Return what an error says, which is one line without the key."""
    said = str(error.value)
    assert KEY not in said
    assert "\n" not in said
    return said


FAULTS = {
    "dropped": (tng_server.dropped, "the connection was lost after"),
    "dropped chunks": (partial(tng_server.chunked, share=0.6), "the connection was lost after"),
    "page": (tng_server.page, "the answer is a web page where HDF5 was asked for"),
    "truncated": (tng_server.truncated, "the answer is no HDF5, or a damaged one"),
    "silent": (tng_server.silent, "no byte came for 0.3 s, after 100 of "),
    "trickle": (tng_server.trickle, "10 kB/s is the least"),
    "500": (tng_server.status(500), "the server answers HTTP 500"),
    "429": (tng_server.status(429, Retry_After="0"), "the server answers HTTP 429"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_that_lasts(name, server, fetch, tmp_path, caplog):
    fault, reason = FAULTS[name]
    caplog.set_level(logging.DEBUG)
    server.plan(HALO, fault, always=True)
    with pytest.raises(InputError) as error:
        fetch(api_timeout_s=timeout_of(reason))
    said = sentence(error)
    assert said.startswith(f"{server.url}/{HALO}?...: ")
    assert reason in said
    assert said.endswith("3 attempts failed: run again later, finished files are kept.")
    assert server.paths() == [HALO] * 3
    assert left_behind(tmp_path) == []

    server.faults.clear()
    fetch()
    assert server.paths() == [HALO]
    assert left_behind(tmp_path) == ["0.hdf5"]
    with h5py.File(tmp_path / "halos" / "0.hdf5") as file:
        assert len(file["PartType1/Coordinates"]) == 40
    assert KEY not in caplog.text


@pytest.mark.parametrize("name", FAULTS)
def test_fault_that_passes(name, server, fetch, tmp_path):
    fault, reason = FAULTS[name]
    server.plan(HALO, fault, fault)
    fetch(api_timeout_s=timeout_of(reason))
    assert server.paths() == [HALO] * 3
    assert left_behind(tmp_path) == ["0.hdf5"]


# What would keep a download busy for ever, or fill memory or disk, and lengths that are wrong.
ENDLESS = {
    "header": (tng_server.trickling_header, "no answer came within 0.9 s"),
    "interim answers": (tng_server.asking_for_patience, "no answer came within 0.9 s"),
    "length of a chunk": (tng_server.trickling_chunk, "no byte came for 0.3 s, after 0 bytes"),
    "trailer": (tng_server.endless_trailer, "no byte came for 0.3 s, after 2"),
    "body": (tng_server.endless, "the answer is longer than 1 MB"),
    "compressed body": (tng_server.bomb, "the answer is longer than 1 MB"),
    "body called compressed": (tng_server.no_gzip, "compressed in a way that cannot be undone"),
    "redirects": (tng_server.endless_redirect, "the answer redirects again and again"),
    "longer length": (tng_server.announced("99999"), "the connection was lost after 2"),
    "shorter length": (tng_server.announced("999"), "the answer is no HDF5, or a damaged one"),
    "two lengths": (
        tng_server.announced("999, 9"),
        "the answer has a header without sense",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_answer_without_end_or_with_a_wrong_length_is_tried_again(
    name, server, fetch, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(download, "MOST_FILE_BYTES", 1_000_000)
    fault, reason = ENDLESS[name]
    server.plan(HALO, *[fault] * (31 if name == "redirects" else 1))
    fetch(api_attempts=2, api_timeout_s=timeout_of(reason))
    assert reason in caplog.text
    assert left_behind(tmp_path) == ["0.hdf5"]
    with h5py.File(tmp_path / "halos" / "0.hdf5") as file:
        assert len(file["PartType1/Coordinates"]) == 40


@pytest.mark.parametrize("length", ["-5", "many", ""])
def test_length_that_is_none_is_not_looked_at(length, server, fetch, tmp_path):
    server.plan(HALO, tng_server.announced(length))
    fetch(api_attempts=1)
    assert left_behind(tmp_path) == ["0.hdf5"]


def test_description_without_end(server):
    server.plan("TNG100-1/", tng_server.endless, always=True)
    access = Access(key=KEY, timeout_s=5, attempts=1)
    with pytest.raises(InputError, match="the answer is longer than 10 MB; 1 attempt failed"):
        get_json(f"{server.url}/TNG100-1/", access=access, not_found="")


def test_body_cut_short_is_told_with_its_length(server, fetch):
    server.plan(HALO, tng_server.dropped, always=True)
    with pytest.raises(InputError) as error:
        fetch(api_attempts=1)
    ((body, _),) = [answer for target, answer in server.bodies.items() if HALO in target]
    assert f"after {len(body) * 6 // 10} of {len(body)} bytes; 1 attempt failed:" in sentence(error)


def test_body_of_unknown_length(server, fetch, tmp_path):
    server.plan(HALO, tng_server.chunked)
    fetch()
    ((body, _),) = [answer for target, answer in server.bodies.items() if HALO in target]
    assert (tmp_path / "halos" / "0.hdf5").read_bytes() == body


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key(status, server, fetch, tmp_path):
    server.plan(HALO, tng_server.status(status), always=True)
    with pytest.raises(InputError) as error:
        fetch()
    said = sentence(error)
    assert f"the server refuses the key in TNG_API_KEY (HTTP {status})" in said
    assert "https://www.tng-project.org/users/profile/" in said
    assert server.paths() == [HALO]
    assert left_behind(tmp_path) == []


def test_wrong_key_is_refused(server, fetch, monkeypatch):
    monkeypatch.setenv("TNG_API_KEY", "another")
    with pytest.raises(InputError, match=r"refuses the key in TNG_API_KEY \(HTTP 403\)"):
        fetch()


def test_address_that_does_not_exist(server, tmp_path):
    settings = DownloadSettings(api_url=server.url, api_timeout_s=TIMEOUT_S, api_attempts=3)
    with pytest.raises(InputError) as error:
        endpoints.fetch_run(
            settings=settings, name="TNG1", snapshot=98, output=tmp_path / "run.json"
        )
    said = sentence(error)
    assert said.startswith(
        f"{server.url}/TNG1/: the server does not know this address (HTTP 404); check "
    )
    assert "simulation.name (TNG1), simulation.snapshot (98)" in said
    assert server.paths() == ["TNG1/"]


def test_answer_that_asking_again_does_not_mend(server, fetch):
    server.plan(HALO, tng_server.status(400), always=True)
    with pytest.raises(InputError, match="HTTP 400, and repeating the request will not help"):
        fetch()
    assert server.paths() == [HALO]


def test_pauses_double_and_a_server_that_asks_for_more_gets_it(server):
    waits = []
    access = Access(key=KEY, timeout_s=5, attempts=7, wait=waits.append)
    faults = [tng_server.status(503)] * 4 + [tng_server.status(429, Retry_After="70")]
    server.plan("TNG100-1/", *faults, tng_server.status(500))
    get_json(f"{server.url}/TNG100-1/", access=access, not_found="")
    assert waits == [1, 2, 4, 5, 70, 5]


def test_server_that_asks_for_too_much_patience(server):
    waits = []
    access = Access(key=KEY, timeout_s=5, attempts=7, wait=waits.append)
    server.plan("TNG100-1/", tng_server.status(429, Retry_After="7200"))
    with pytest.raises(InputError, match="HTTP 429 and asks to wait 7200 s; run again after that"):
        get_json(f"{server.url}/TNG100-1/", access=access, not_found="")
    assert waits == []


def test_page_in_place_of_json(server):
    server.plan("TNG100-1/", tng_server.page, always=True)
    access = Access(key=KEY, timeout_s=5, attempts=2, wait=lambda seconds: None)
    with pytest.raises(InputError, match="the answer is no JSON object; 2 attempts failed"):
        get_json(f"{server.url}/TNG100-1/", access=access, not_found="")


def test_no_server(server, fetch):
    with pytest.raises(InputError, match="there is no connection, or it was lost"):
        fetch(api_url="http://127.0.0.1:9/api", api_attempts=1)


def test_key_follows_a_redirect_on_the_same_server(server, fetch):
    server.plan(HALO, lambda request, *rest: tng_server.redirect(request.path)(request, *rest))
    fetch()
    assert [request.key for request in server.asked] == [KEY, KEY]


def test_key_does_not_follow_a_redirect_elsewhere(server, fetch, output):
    with tng_server.serve(output, key=KEY) as foreign:
        server.plan(HALO, tng_server.redirect(f"{foreign.url}/{HALO}"))
        with pytest.raises(InputError, match="HTTP 403"):
            fetch()
        assert [request.key for request in foreign.asked] == [None]


def test_full_disk_is_no_fault_of_the_server(server, fetch, tmp_path):
    script = f"""
        import resource
        from pathlib import Path
        from umbra.config.simulation import DownloadSettings
        from umbra.errors import InputError
        from umbra.simulation.web_api.endpoints import fetch_halo
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        try:
            fetch_halo(
                settings=DownloadSettings(
                    api_url={server.url!r}, api_timeout_s=5, api_attempts=3
                ),
                name="TNG100-1",
                snapshot=99,
                group=0,
                output=Path({str(tmp_path / "halos" / "0.hdf5")!r}),
            )
        except InputError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert "halos/0.hdf5 cannot be written (File too large); raise the limit" in done.stdout
    assert server.paths() == [HALO]
    assert left_behind(tmp_path) == []


def test_key_is_in_no_text_of_how_the_server_is_asked():
    assert KEY not in repr(Access(key=KEY, timeout_s=1, attempts=1))


def test_redirect_to_no_address_is_tried_again(server, fetch):
    server.plan(HALO, tng_server.redirect("http://[::1/"))
    fetch()
    assert len(server.asked) == 2


CHECKED = """
    from pathlib import Path
    from failing_calls import failing
    from umbra.config.simulation import DownloadSettings
    from umbra.errors import InputError
    from umbra.simulation.web_api.endpoints import fetch_halo

    def fetch():
        fetch_halo(
            settings=DownloadSettings(api_url={url!r}, api_timeout_s=5, api_attempts=3),
            name="TNG100-1",
            snapshot=99,
            group=0,
            output=Path("halos/0.hdf5"),
        )

    try:
        with failing("read", "ESTALE", ".hdf5", skip=2):
            fetch()
    except InputError as error:
        print(error)
    with failing("lock", "ENOLCK", ".hdf5"):
        fetch()
"""


def test_a_disk_that_fails_is_no_broken_answer(server, fetch, failing_library, tmp_path):
    """The file is checked once it is there; what the disk does then is no fault of the server."""
    (said,) = in_process(failing_library, CHECKED.format(url=server.url), tmp_path)
    assert said.startswith("halos/0.hdf5 cannot be read (Stale file handle); ")
    assert server.paths() == [HALO, HALO]
    assert (tmp_path / "halos/0.hdf5").is_file()
