"""A real SLURM of two nodes on this machine: munge, MariaDB, slurmdbd, slurmctld and two slurmd.

Needs root and Debian's packages `slurm-wlm munge slurmdbd mariadb-server`; no systemd, no cgroups. Everything but
`/etc/slurm/*.conf` is in one folder: the executor removes SLURM's variables from its jobs, so `srun` inside a job
finds the configuration only at its default place. By hand:

    python -m tests.servers.slurm
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["NODES", "Job", "Slurm", "running"]

NODES = ("node1", "node2")
CONFIGURATION = Path("/etc/slurm/slurm.conf")
CGROUPS = CONFIGURATION.with_name("cgroup.conf")
"""Names a kind of cgroups, though none are used: slurmd ends where it has to find out and none are mounted."""
MARK = "# Written by annotator's tests, which remove it.\n"
PROGRAMS = (
    "munged",
    "mariadbd",
    "mariadb-install-db",
    "slurmdbd",
    "slurmctld",
    "slurmd",
    "sacctmgr",
    "sbatch",
)
SET_ADDRESS = 0x8916  # SIOCSIFADDR of Linux
LIMIT = 60.0
"""Seconds that a service may need to answer."""

ACCOUNTING = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={dbd}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
"""

CLUSTER = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctl}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=6
SlurmctldTimeout=60
InactiveLimit=0
KillWait=2
MinJobAge=300
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/munge/socket
AccountingStoreFlags=job_comment
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Job(NamedTuple):
    """A job as SLURM's accounting has it.

    Attributes:
        number: of the job.
        comment: rule and wildcards, as Snakemake's executor names them.
        state: such as COMPLETED, FAILED, NODE_FAIL, OUT_OF_MEMORY; the first word only.
        memory: that was requested, such as 2000M.
        node: on which it ran.

    """

    number: int
    comment: str
    state: str
    memory: str
    node: str


class Slurm:
    """A running cluster."""

    def __init__(self, folder: Path) -> None:
        """Start it in an existing folder, or raise RuntimeError with the logs of the service that failed."""
        self.folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        _refuse_where_it_cannot_run()
        _add_address()
        (self.folder / "state").mkdir()
        self._start_munge()
        self._start_database()
        ports = dict(zip(("ctl", "dbd", *NODES), _free_ports(2 + len(NODES)), strict=True))
        self._configure(ports)
        self._serve(
            "slurmdbd",
            "slurmdbd",
            "-D",
            MYSQL_UNIX_PORT=f"{self.folder}/mysql.sock",
            SLURM_CONF=f"{self.folder}/slurm.conf",
        )
        self._until("slurmdbd", lambda: _ok("sacctmgr", "-n", "list", "cluster"))
        _call("sacctmgr", "-i", "add", "cluster", "tests")
        _call("sacctmgr", "-i", "add", "account", "annotator", "cluster=tests")
        _call("sacctmgr", "-i", "add", "user", "root", "account=annotator", "cluster=tests")
        self._serve("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.start_node(node)

    def _start_munge(self) -> None:
        folder = self.folder / "munge"
        folder.mkdir()
        key = folder / "key"
        key.touch(0o600)
        key.write_bytes(os.urandom(1024))
        self._serve(
            "munged", "munged", "--foreground", "--force", "--num-threads=10", f"--key-file={key}",
            f"--socket={folder}/socket", f"--pid-file={folder}/pid", f"--seed-file={folder}/seed",
            f"--log-file={folder}/log",
        )  # fmt: skip
        self._until("munged", (folder / "socket").exists)

    def _start_database(self) -> None:
        data, path = self.folder / "database", self.folder / "mysql.sock"
        _call(
            "mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db",
            "--auth-root-authentication-method=socket", "--auth-root-socket-user=root",
        )  # fmt: skip
        self._serve(
            "mariadbd", "mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={path}",
            f"--pid-file={self.folder}/mariadbd.pid", "--skip-networking", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-lock-wait-timeout=900",
        )  # fmt: skip
        ask = ("mariadb", "--no-defaults", f"--socket={path}", "-e")
        self._until("mariadbd", lambda: _ok(*ask, "CREATE DATABASE IF NOT EXISTS slurm_acct_db"))

    def _configure(self, ports: dict[str, int]) -> None:
        host = socket.gethostname().partition(".")[0]
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[node]} CPUs=2 RealMemory=10000"
            for node in NODES
        )
        values = {"folder": self.folder, "host": host, "nodes": nodes, **ports}
        secret = self.folder / "slurmdbd.conf"
        secret.touch(0o600)
        secret.write_text(ACCOUNTING.format(**values))
        text = MARK + CLUSTER.format(**values)
        (self.folder / "slurm.conf").write_text(text)
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.write_text(text)
        CGROUPS.write_text(f"{MARK}CgroupPlugin=cgroup/v1\n")

    def _serve(self, name: str, *words: str, **variables: str) -> None:
        """Start a service in the foreground; it ends with this process, even if this process is killed."""
        with (self.folder / f"{name}.output").open("wb") as output:
            self._started[name] = subprocess.Popen(
                ("setpriv", "--pdeathsig", "TERM", *words),
                cwd=self.folder,
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _until(self, name: str, happened: Callable[[], bool]) -> None:
        """Wait for a service, and raise with its logs if it ends or does not answer in time."""
        end = time.monotonic() + LIMIT
        while not happened():
            ended = self._started[name].poll()
            if ended is not None or time.monotonic() > end:
                why = (
                    f"ended with status {ended}" if ended is not None else f"gave no answer in {LIMIT:.0f} s"
                )
                raise RuntimeError(f"SLURM did not start: {name} {why}\n{self.logs()}")
            time.sleep(0.2)

    def logs(self) -> str:
        """The last lines of all logs."""
        paths = sorted(
            {*self.folder.glob("*.log"), *self.folder.glob("*.output"), *self.folder.glob("munge/log")}
        )
        return "\n".join(
            f"== {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in paths
        )

    def start_node(self, node: str) -> None:
        """Start the daemon of a node, and wait until jobs may run there."""
        self._serve(f"slurmd.{node}", "slurmd", "-D", "-N", node)
        _ok("scontrol", "update", f"NodeName={node}", "State=UNDRAIN")
        ready = {"idle", "mix", "alloc"}
        self._until(f"slurmd.{node}", lambda: _said("sinfo", "-h", "-n", node, "-o", "%t") in ready)

    def lose_node(self, node: str) -> None:
        """Kill all processes of a node, once a single job is left there, as a power failure would."""
        _call("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")
        self._until(f"slurmd.{node}", lambda: len(_said("squeue", "-h", "-w", node).splitlines()) == 1)
        self._started[f"slurmd.{node}"].kill()
        for pid in _of_node(node):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._started.pop(f"slurmd.{node}").wait()

    def jobs(self) -> list[Job]:
        """All jobs, in the order of their numbers."""
        text = _said(
            "sacct", "-X", "-n", "-P", "-S", "now-1days", "-o", "jobidraw,comment,state,reqmem,nodelist"
        )
        rows = [line.split("|") for line in text.splitlines()]
        found = [
            Job(int(n), comment, state.split()[0], memory, node) for n, comment, state, memory, node in rows
        ]
        return sorted(found)

    def stop(self) -> None:
        """End every process, in the opposite order of their start, and remove the configuration."""
        if "slurmctld" in self._started and _said("squeue", "-h"):
            _ok("scancel", "-u", "root")
            end = time.monotonic() + 10
            while _said("squeue", "-h") and time.monotonic() < end:
                time.sleep(0.2)
        for process in reversed(self._started.values()):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()
        for node in NODES:
            for pid in _of_node(node):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if CONFIGURATION.exists() and str(self.folder) in CONFIGURATION.read_text():
            CONFIGURATION.unlink()
            CGROUPS.unlink(missing_ok=True)


def _refuse_where_it_cannot_run() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise RuntimeError(
            f"SLURM is not installed ({', '.join(missing)} not found): "
            "apt-get install slurm-wlm munge slurmdbd mariadb-server"
        )
    if os.geteuid():
        raise RuntimeError("SLURM's services need root")
    for path in (CONFIGURATION, CGROUPS):
        if path.exists() and not path.read_text().startswith(MARK):
            raise RuntimeError(f"{path} exists: this machine has a SLURM of its own")


def _add_address() -> None:
    """Give loopback a second address where 127.0.0.1 is the only one: SLURM counts that as none."""
    try:
        socket.getaddrinfo(None, 0, socket.AF_INET, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG)
    except socket.gaierror:
        request = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton("127.0.0.2"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, SET_ADDRESS, request)


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


def _of_node(node: str) -> list[int]:
    """Processes of a node's jobs; before each its ancestors, of which the first watches over the job."""
    found: dict[int, None] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"SLURMD_NODENAME={node}".encode() in (path / "environ").read_bytes().split(b"\0"):
                found |= dict.fromkeys(reversed(list(_lineage(int(path.name)))))
    return list(found)


def _lineage(pid: int) -> Iterator[int]:
    """A process of a job and its ancestors, up to the one that watches over the job."""
    while pid > 1:
        yield pid
        if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"slurmstepd: "):
            return
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _call(*words: str) -> str:
    ran = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LIMIT
    )
    if ran.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with status {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def _ok(*words: str) -> bool:
    ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LIMIT)
    return ran.returncode == 0


def _said(*words: str) -> str:
    ran = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LIMIT
    )
    return ran.stdout.strip()


@contextlib.contextmanager
def running() -> Iterator[Slurm]:
    """A cluster in a folder of its own, that ends with the block."""
    with tempfile.TemporaryDirectory(
        prefix="slurm-"
    ) as folder:  # a short path: sockets have at most 107 bytes
        cluster = Slurm(Path(folder))
        try:
            yield cluster
        finally:
            cluster.stop()


def main() -> int:
    """Run a cluster until interrupted."""
    argparse.ArgumentParser(
        "python -m tests.servers.slurm", description=__doc__.partition("\n")[0]
    ).parse_args()
    with contextlib.suppress(KeyboardInterrupt), running() as cluster:
        sys.stdout.write(
            f"{len(NODES)} nodes, account annotator, logs in {cluster.folder}; stop with Ctrl-C\n"
        )
        sys.stdout.flush()
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
