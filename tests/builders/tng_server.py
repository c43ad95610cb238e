"""A server on this machine that answers as TNG's web API does, and fails where a test wants it.

It serves a run on disk and reads it with illustris_python, not with the readers of the package. A
fault is a function that answers one request in a wrong way, given the request and its right answer.
Faults are planned by path, one for each request; afterwards the path works.
"""

import gzip
import io
import itertools
import json
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import h5py
import illustris_python
import numpy as np
import pytest

TYPES = {"gas": 0, "dm": 1, "stars": 4}
HDF5, JSON, PAGE = "application/x-hdf5", "application/json", "text/html"
# The API copies these attributes of the header, without the counts of the whole snapshot.
HEADER = ("BoxSize", "HubbleParam", "MassTable", "Redshift", "Time")


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    path: str
    query: str
    key: str | None


@dataclass
class TngServer:
    """The run that is served, the planned faults, and the requests that came in.

    Parameters
    ----------
    output : Path
        The run's `output` folder, with ``postprocessing`` beside it.
    key : str
        Requests must carry it.
    name, snapshot : str, int
        What is served.
    together : int
        A halo is held back until so many are being downloaded, or for two seconds.
    """

    output: Path
    key: str
    name: str = "TNG100-1"
    snapshot: int = 99
    together: int = 1
    faults: dict[str, Iterable] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self.bodies: dict[str, tuple[bytes, str] | None] = {}
        self.at_once = 0
        self.changed = threading.Condition()
        self.reading = threading.Lock()

    def plan(self, path: str, *faults: Callable, always: bool = False) -> None:
        """Let the next requests for a path below the API fail, one after another, or all."""
        self.faults[f"/api/{path}"] = itertools.cycle(faults) if always else iter(faults)

    def paths(self) -> list[str]:
        """Return the paths of requests since the last call, below the API, without queries."""
        with self.changed:
            paths = [request.path.removeprefix("/api/") for request in self.asked]
            self.asked.clear()
        return paths

    def answer(self, target: str) -> tuple[bytes, str] | None:
        """Return body and content type of an address, or None if there is no such thing."""
        with self.reading:
            if target not in self.bodies:
                self.bodies[target] = self._answer(target)
            return self.bodies[target]

    def _answer(self, target: str) -> tuple[bytes, str] | None:
        address = urlsplit(target)
        query = {name: values[0].split(",") for name, values in parse_qs(address.query).items()}
        match [part for part in address.path.split("/") if part]:
            case ["api", self.name]:
                return self._run(), JSON
            case ["api", self.name, "snapshots", number] if number == str(self.snapshot):
                return self._epoch(), JSON
            case ["api", self.name, "files", catalogue] if catalogue == f"groupcat-{self.snapshot}":
                return self._field(query), HDF5
            case ["api", self.name, "snapshots", number, "halos", group, "cutout.hdf5"]:
                if number == str(self.snapshot) and int(group) < self._catalogue()["Ngroups_Total"]:
                    return self._halo(int(group), query), HDF5
        return None

    def _catalogue(self) -> dict:
        return illustris_python.groupcat.loadHeader(str(self.output), self.snapshot)

    def _snapshot_header(self) -> dict:
        path = illustris_python.snapshot.snapPath(str(self.output), self.snapshot)
        with h5py.File(path) as file:
            return dict(file["Header"].attrs)

    def _run(self) -> bytes:
        header = self._snapshot_header()
        return json.dumps(
            {
                "name": self.name,
                "boxsize": float(header["BoxSize"]),
                "hubble": float(header["HubbleParam"]),
                "omega_0": float(header["Omega0"]),
                "omega_L": float(header["OmegaLambda"]),
                "omega_B": float(header["OmegaBaryon"]),
            }
        ).encode()

    def _epoch(self) -> bytes:
        catalogue, header = self._catalogue(), self._snapshot_header()
        return json.dumps(
            {
                "number": self.snapshot,
                "redshift": float(header["Redshift"]),
                **{f"num_{name}": int(header["NumPart_Total"][n]) for name, n in TYPES.items()},
                "num_groups_subfind": int(catalogue["Nsubgroups_Total"]),
                "num_groups_fof": int(catalogue["Ngroups_Total"]),
            }
        ).encode()

    def _field(self, query: dict[str, list[str]]) -> bytes:
        ((table, (name,)),) = query.items()
        load = {
            "Subhalo": illustris_python.groupcat.loadSubhalos,
            "Group": illustris_python.groupcat.loadHalos,
        }[table]
        return hdf5({f"{table}/{name}": load(str(self.output), self.snapshot, fields=[name])})

    def _halo(self, group: int, query: dict[str, list[str]]) -> bytes:
        counts = np.zeros(6, dtype=np.int32)
        fields = {}
        for name, wanted in query.items():
            number = TYPES[name]
            loaded = illustris_python.snapshot.loadHalo(
                str(self.output), self.snapshot, group, number, fields=wanted
            )
            counts[number] = loaded.pop("count")
            fields |= {f"PartType{number}/{key}": values for key, values in loaded.items()}
        served = self._snapshot_header()
        header = {name: served[name] for name in HEADER}
        return hdf5(fields, **header, NumPart_ThisFile=counts, CutoutID=group, CutoutType="Group")


def hdf5(fields: dict[str, np.ndarray], **header) -> bytes:
    """Return an HDF5 file with these fields and attributes of its header."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        if header:
            file.create_group("Header").attrs.update(header)
        for name, values in fields.items():
            file[name] = values
    return buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        tng: TngServer = self.server.tng
        address = urlsplit(self.path)
        with tng.changed:
            tng.asked.append(Asked(address.path, address.query, self.headers.get("api-key")))
            fault = next(tng.faults.get(address.path, iter(())), None)
        if self.headers.get("api-key") != tng.key:
            return send(self, b'{"detail": "Authentication credentials were not provided."}', 403)
        answer = tng.answer(self.path)
        if answer is None:
            return send(self, b"<html>Not found</html>", 404, PAGE)
        with _counted(tng, hold=address.path.endswith("/cutout.hdf5") and fault is None):
            (fault or send)(self, answer[0], 200, answer[1])

    def log_message(self, *arguments):
        """Print nothing."""


@contextmanager
def _counted(tng: TngServer, *, hold: bool):
    with tng.changed:
        tng.at_once += 1
        tng.most_at_once = max(tng.most_at_once, tng.at_once)
        tng.changed.notify_all()
        if hold:
            tng.changed.wait_for(lambda: tng.at_once >= tng.together, timeout=2)
    try:
        yield
    finally:
        with tng.changed:
            tng.at_once -= 1


def send(request, body: bytes, status: int = 200, content_type: str = JSON, **headers) -> None:
    """Send the right answer."""
    _begin(request, content_type, status, Content_Length=str(len(body)), **headers)
    request.wfile.write(body)


def status(code: int, **headers) -> Callable:
    """Answer with a status, and headers such as ``Retry_After="1"``."""
    return lambda request, body, *_: send(request, b"{}", code, **headers)


def dropped(request, body: bytes, code: int, content_type: str) -> None:
    """Announce the whole body and hang up at 60 % of it."""
    _begin(request, content_type, Content_Length=str(len(body)))
    request.wfile.write(body[: len(body) * 6 // 10])


def chunked(request, body: bytes, code: int, content_type: str, *, share: float = 1.0) -> None:
    """Send a share of the body without its length; the end is marked only if all is sent."""
    _begin(request, content_type, Transfer_Encoding="chunked")
    sent = body[: int(share * len(body))]
    for begin in range(0, len(sent), 1000):
        piece = sent[begin : begin + 1000]
        request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    if share == 1:
        request.wfile.write(b"0\r\n\r\n")


def page(request, *_) -> None:
    """Send a web page where data was asked for, with status 200."""
    send(request, b"<!DOCTYPE html><html><body>Please log in</body></html>", 200, PAGE)


def truncated(request, body: bytes, code: int, content_type: str) -> None:
    """Send 60 % of the body as if it were all."""
    send(request, body[: len(body) * 6 // 10], code, content_type)


def silent(request, body: bytes, code: int, content_type: str, *, sent: int = 100) -> None:
    """Send a little and then nothing until the other side hangs up."""
    _begin(request, content_type, Content_Length=str(len(body)))
    request.wfile.write(body[:sent])
    request.connection.recv(1)


def stalled(share: float) -> Callable:
    """Send a share of the body and then nothing."""
    return lambda request, body, *rest: silent(request, body, *rest, sent=int(share * len(body)))


def trickle(request, body: bytes, code: int, content_type: str) -> None:
    """Send a byte at a time, each before the time-out."""
    _begin(request, content_type, Content_Length=str(len(body)))
    _send_each(request, (bytes([byte]) for byte in body), pause_s=0.02)


def trickling_header(request, *_) -> None:
    """Send a status and then a header that never ends, each byte before the time-out."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _send_each(request, itertools.repeat(b"x"), pause_s=0.02)


def trickling_chunk(request, body: bytes, code: int, content_type: str) -> None:
    """Send the length of a chunk with an extension that never ends."""
    _begin(request, content_type, Transfer_Encoding="chunked")
    request.wfile.write(b"8;extension=")
    _send_each(request, itertools.repeat(b"x"), pause_s=0.02)


def asking_for_patience(request, *_) -> None:
    """Send one interim answer after the other."""
    _send_each(request, itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), pause_s=0.001)


def endless_trailer(request, body: bytes, code: int, content_type: str) -> None:
    """Send the whole body, and after it headers without end."""
    _begin(request, content_type, Transfer_Encoding="chunked")
    request.wfile.write(b"%x\r\n%s\r\n0\r\n" % (len(body), body))
    _send_each(request, itertools.repeat(b"X-More: 1\r\n"), pause_s=0.001)


def endless(request, body: bytes, code: int, content_type: str) -> None:
    """Send a body without end and without a length."""
    _begin(request, content_type, Connection="close")
    _send_each(request, itertools.repeat(bytes(1 << 16)))


def endless_redirect(request, *_) -> None:
    """Send the request to where it came from, with a body without end."""
    _begin(request, PAGE, 302, Location=request.path, Connection="close")
    _send_each(request, itertools.repeat(bytes(1 << 16)))


def bomb(request, body: bytes, code: int, content_type: str) -> None:
    """Send 5 MB of zeros, compressed to 5 kB although nobody asked for compression."""
    send(request, gzip.compress(bytes(5_000_000)), 200, content_type, Content_Encoding="gzip")


def no_gzip(request, body: bytes, code: int, content_type: str) -> None:
    """Send the body as it is and call it compressed."""
    send(request, body, 200, content_type, Content_Encoding="gzip")


def announced(length: str) -> Callable:
    """Send the right body with a wrong length."""

    def fault(request, body: bytes, code: int, content_type: str) -> None:
        _begin(request, content_type, Content_Length=length, Connection="close")
        request.wfile.write(body)

    return fault


def _send_each(request, pieces: Iterable[bytes], pause_s: float = 0) -> None:
    """Send pieces until the other side hangs up or the test ends."""
    for piece in pieces:
        try:
            request.wfile.write(piece)
        except OSError:
            return
        if request.server.tng.closing.wait(pause_s):
            return


def redirect(url: str) -> Callable:
    """Send the request elsewhere."""
    return lambda request, body, *_: send(request, b"", 302, Location=url)


def _begin(request, content_type: str, status: int = 200, **headers) -> None:
    request.send_response(status)
    for name, value in {"Content-Type": content_type, **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Print nothing about a client that hung up."""


@contextmanager
def serve(output: Path, *, key: str, **options):
    """Serve a run for the length of a `with` block."""
    tng = TngServer(output, key, **options)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.tng = tng
    tng.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tng
    finally:
        tng.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_with_key(output: Path, *, key: str, **options):
    """Serve a run; the key is in the environment, and no proxy stands between."""
    with pytest.MonkeyPatch.context() as environment, serve(output, key=key, **options) as server:
        environment.setenv("TNG_API_KEY", key)
        environment.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield server
