"""A real Slurm cluster of one node on this machine, in a folder of its own."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CONFIGURATION = """\
ClusterName=umbra
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# No cgroups and no accounting: jobs are known by squeue alone.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
# Memory is counted all the same: a job that takes more than it asked for is killed, as anywhere.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=UsePss,OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# The node may claim more than the machine has, so that what the profile asks for fits.
SlurmdParameters=config_overrides
KillWait=2
MinJobAge=3600
MailProg=/bin/true
MpiDefault=none
ReturnToService=2
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb}
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP
"""
PROGRAMS = "setpriv munged slurmctld slurmd srun sbatch squeue scancel scontrol sinfo".split()
# System daemons are where only root looks.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class NotInstalled(Exception):
    """Which programs of a cluster are not on this machine."""


class CannotStart(Exception):
    """What a daemon said that does not start although it is there."""


class Cluster:
    """Daemons of munge and Slurm; `environment` leads Slurm's commands to them.

    Nothing outside the folder is written, and ports are free ones, so that neither other daemons
    nor those of a killed run are in the way.
    """

    def __init__(self, cpus: int = 16, memory_mb: int = 64000) -> None:
        missing = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
        if missing:
            raise NotInstalled(f"no {', '.join(missing)} (packages: envs/apt_test.txt)")
        # A socket's path must be short, so not pytest's folder.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm"))
        self.environment = {
            **os.environ,
            "PATH": f"{self.folder}/bin{os.pathsep}{PATH}",
            "SLURM_CONF": f"{self.folder}/slurm.conf",
        }
        self._daemons: list[subprocess.Popen] = []
        self._clients: list[subprocess.Popen] = []
        try:
            self._start(cpus, memory_mb)
        except BaseException:
            self.stop()
            raise

    def _start(self, cpus: int, memory_mb: int) -> None:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir(mode=0o755)
        # Snakemake's plugin takes SLURM_CONF away from the jobs, whose srun needs it here.
        srun = self.folder / "bin" / "srun"
        real = shutil.which("srun", path=PATH)
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {real} "$@"\n')
        srun.chmod(0o755)
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            ports = first.getsockname()[1], second.getsockname()[1]
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                host=socket.gethostname().split(".")[0],
                user=getpass.getuser(),
                controller_port=ports[0],
                node_port=ports[1],
                cpus=cpus,
                memory_mb=memory_mb,
            )
        )
        names = ("key-file=munge.key", "socket=munge.socket", "pid-file=munge.pid")
        names += ("log-file=munge.log", "seed-file=munge.seed")
        options = [f"--{name.replace('=', f'={self.folder}/')}" for name in names]
        self._daemon("munged", "--foreground", "--force", *options)
        self._until(lambda: (self.folder / "munge.socket").exists(), "munged")
        self._daemon("slurmctld", "-D")
        self._daemon("slurmd", "-D", "-N", "node")
        self._until(lambda: "idle" in self.output("sinfo", "--noheader", "--format=%T"), "slurmd")

    def _daemon(self, program: str, *arguments: str) -> None:
        """Start a daemon that ends when this process ends, however that happens."""
        with open(self.folder / f"{program}.out", "w") as output:
            self._daemons.append(
                subprocess.Popen(
                    ["setpriv", "--pdeathsig", "TERM", program, *arguments],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )

    def _until(self, ready, program: str, seconds: float = 60) -> None:
        """Wait until something is ready; say what the daemons said where it never is."""
        deadline = time.monotonic() + seconds
        while not ready():
            ended = [daemon for daemon in self._daemons if daemon.poll() is not None]
            if ended or time.monotonic() > deadline:
                said = [path.read_text()[-800:] for path in sorted(self.folder.glob("*.out"))]
                raise CannotStart(f"{program} did not start: {' | '.join(filter(None, said))}")
            time.sleep(0.1)

    def output(self, *command: str) -> str:
        """Return what one of Slurm's commands prints."""
        result = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return result.stdout

    def start(self, command: list, output: Path, **environment: str) -> subprocess.Popen:
        """Start what uses the cluster; it ends with the cluster at the latest."""
        with open(output, "w") as said:
            self._clients.append(
                subprocess.Popen(
                    list(map(str, command)),
                    env=self.environment | environment,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                )
            )
        return self._clients[-1]

    def stop(self) -> None:
        """End what used it, its jobs and its daemons, and remove the folder."""
        for client in self._clients:
            client.kill()
            client.wait()
        if len(self._daemons) == 3:
            self.output("scancel", "--user", getpass.getuser())
            deadline = time.monotonic() + 20
            while self.output("squeue", "--noheader") and time.monotonic() < deadline:
                time.sleep(0.1)
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
