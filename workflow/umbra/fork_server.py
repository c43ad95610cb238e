"""Scripts that run in forks of a process in which their imports are done.

Snakemake starts an interpreter for each job, and each imports the same libraries again: half of the
CPU time of a galaxy's images and maps, and on a cluster thousands of small files read for each job.
Here a server imports what a script imports, once, when the first job with this script comes. Every
job is then a fork of the server: a process with its own memory, files, faults and exit status.

`ForkServer` is Snakemake's side. It starts the other side, ``python -m umbra.fork_server``.
"""

import ast
import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

_MAX_MESSAGE = 2**16
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
# Libraries read these when they are imported. Snakemake sets the same ones for a job of one thread.
_THREADS = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
}


class Fork:
    """A script that waits in its process for `wait`, so that a benchmark finds it.

    Parameters
    ----------
    pid : int
        Its process.
    connection : socket.socket
        On which its exit status arrives.
    """

    def __init__(self, pid: int, connection: socket.socket):
        self.pid = pid
        self._connection = connection

    def wait(self) -> int:
        """Let it run; return the exit status as `subprocess` has it, negative after a signal.

        The death of the server, with which the status is lost, counts as the script's.
        """
        message = b""
        with self._connection, contextlib.suppress(ConnectionError):
            self._connection.send(b"run")
            message = self._connection.recv(_MAX_MESSAGE)
        return json.loads(message) if message else -signal.SIGKILL


class ForkServer:
    """The server of this process, started when the first script comes; for several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen | None = None

    def start(self, script: str, environment: Mapping[str, str]) -> Fork | None:
        """Start a script in a fork.

        Parameters
        ----------
        script : str
            Its file.
        environment : mapping
            Variables that differ from those of this process.

        Returns
        -------
        Fork or None
            None if the script must run in an interpreter of its own: its imports, or those of an
            earlier script, started threads or had JAX among them; or no process could be forked; or
            the server died.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs, self._lock:
                message = json.dumps([script, dict(environment), os.getcwd()]).encode()
                socket.send_fds(self._connected(), [message], [theirs.fileno()])
            pid = ours.recv(_MAX_MESSAGE)
        except OSError:
            pid = b""
        if not pid:
            ours.close()
            return None
        return Fork(json.loads(pid), ours)

    def close(self) -> None:
        """End the server, and with it the scripts that still run."""
        if self._control is not None:
            self._control.close()
            self._process.wait()

    def _connected(self) -> socket.socket:
        if self._control is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    # -P: a file of the user's folder hides no module, as none is for a script.
                    [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=os.environ | _THREADS,
                )
            self._control = ours
        return self._control


@dataclass(frozen=True)
class Request:
    """What a fork is for.

    Attributes
    ----------
    script : str
        The file to run.
    environment : dict
        Variables that differ from those of the server.
    folder : str
        The working directory.
    reply : socket.socket
        Says when to run. The server sends the exit status by it.
    """

    script: str
    environment: dict[str, str]
    folder: str
    reply: socket.socket


def serve(control: socket.socket) -> Request | None:
    """Fork for each request, until the other side is gone.

    Parameters
    ----------
    control : socket.socket
        Brings requests, each with the socket for its reply.

    Returns
    -------
    Request or None
        In each fork, what it is for. In the server, None.
    """
    replies: dict[int, socket.socket] = {}
    with control, _ends_of_children() as ended:
        while True:
            ready, _, _ = select.select([control, ended], [], [])
            if ended in ready:
                ended.recv(_MAX_MESSAGE)
                _report_ends(replies)
            if control in ready:
                message, files, _, _ = socket.recv_fds(control, _MAX_MESSAGE, 1)
                if not message:
                    _kill(replies)
                    return None
                request = Request(*json.loads(message), socket.socket(fileno=files[0]))
                _import_what_is_imported(request.script)
                pid = _fork()
                if pid == 0:
                    for one in replies.values():
                        one.close()  # so that the death of the server shows
                    return request
                if pid is None:
                    request.reply.close()
                else:
                    request.reply.send(json.dumps(pid).encode())
                    replies[pid] = request.reply


@contextlib.contextmanager
def _ends_of_children() -> Iterator[socket.socket]:
    """Yield a socket that can be read when a child has ended; old kernels have no pidfd_open."""
    ended, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # with no handler, nothing would wake
    signal.siginterrupt(signal.SIGCHLD, False)  # an import that is interrupted goes on
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    with ended, wake:
        try:
            yield ended
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _report_ends(replies: dict[int, socket.socket]) -> None:
    """Send the status of each child that has ended."""
    for pid in list(replies):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with replies.pop(pid) as reply, contextlib.suppress(OSError):  # nobody may wait for it
                reply.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def _kill(forks: Iterable[int]) -> None:
    """Kill forks, and the programs that they run, which would not end with them."""
    for pid in forks:
        with contextlib.suppress(psutil.Error):
            fork = psutil.Process(pid)
            for one in (fork, *fork.children(recursive=True)):
                one.kill()


def _fork() -> int | None:
    """Fork, but not where threads run: a fork lacks them and has the locks that they hold.

    JAX, which may start its threads at any time, warns of every fork.
    """
    if "jax" in sys.modules or len(os.listdir("/proc/self/task")) > 1:
        return None
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or each fork would write it again
    with contextlib.suppress(OSError):  # too little memory, or too many processes
        return os.fork()
    return None


def _import_what_is_imported(script: str) -> None:
    # A fault comes again in the fork, which reports it.
    with contextlib.suppress(Exception, SystemExit):
        for line in ast.parse(Path(script).read_text(encoding="utf-8")).body:
            if isinstance(line, ast.Import):
                names = [one.name for one in line.names]
            else:
                names = [line.module] if isinstance(line, ast.ImportFrom) else []
            for name in names:
                importlib.import_module(name)
    gc.freeze()  # the garbage collector of a fork would otherwise copy all of it


def main() -> None:
    """Serve, and run a script in each fork."""
    # Ctrl-C is for the scripts, and for Snakemake.
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # it takes a fifth of the time of the imports, which leave hardly any garbage
    server, environment = os.getpid(), dict(os.environ)
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        _end_with(server)
        signal.signal(signal.SIGINT, interrupted)
        gc.enable()
        with request.reply as reply:
            wanted = reply.recv(_MAX_MESSAGE)
        if wanted:
            os.environ.clear()  # imports may have set some
            os.environ.update(environment | request.environment)
            _run(request)


def _end_with(server: int) -> None:
    """End when the server does: Snakemake then takes this job for ended, and may start it again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os.kill(os.getpid(), signal.SIGKILL)


def _run(request: Request) -> None:
    os.chdir(request.folder)
    tempfile.tempdir = None  # an import may have chosen one
    sys.argv = [request.script]
    # For ps and top. Snakemake writes a script as NAME_OF_ITS_OWN.NAME.py.
    name = Path(request.script).stem.rpartition(".")[2]
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="utf-8")
    runpy.run_path(request.script, run_name="__main__")


if __name__ == "__main__":
    main()
