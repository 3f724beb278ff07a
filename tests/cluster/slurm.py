"""A Slurm cluster on this machine: controller, munge and nodes with pretend GPUs, real in all but the hardware.

Each node is a tree of processes in namespaces of its own, so that it has a name and can lose its power. All of them are
on the loopback network and share this machine's files. Whatever was started ends with the process that started it, also
when that is killed.
"""

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NODES = ("node1", "node2")
GPUS = 2

# Debian's daemons are not on every user's path.
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
PACKAGES = "slurmctld slurmd slurm-client munge"
PROGRAMS = (
    *("munged", "munge", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel", "sinfo"),
    *("unshare", "setpriv", "mount", "hostname"),
)
NAMESPACES = ("unshare", "--pid", "--uts", "--mount", "--mount-proc", "--fork", "--kill-child=KILL")

# Intervals and time-outs are about as short as Slurm takes them; `cred_expire` is also how long a requeued job waits.
# The size of a node is taken as declared (`config_overrides`), for both are on the same few cores.
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SlurmdTimeout=6
MessageTimeout=3
TCPTimeout=2
KillWait=2
CompleteWait=0
MinJobAge=600
NodeName=DEFAULT CPUs=4 RealMemory=16000 Gres=gpu:{gpus}
NodeName={nodes[0]} NodeAddr=127.0.0.1 Port={ports[1]}
NodeName={nodes[1]} NodeAddr=127.0.0.1 Port={ports[2]}
PartitionName=cpu Nodes=ALL LLN=YES Default=YES
PartitionName=gpu Nodes=ALL LLN=YES
"""

# The first process of a node reaps what jobs leave behind, and takes all others along when it ends. The job steps of
# Snakemake's plugin drop SLURM_CONF, hence the configuration in its usual place.
BOOT = """
hostname "$1"
mount --bind "$2" /etc/slurm
slurmd -D -N "$1" &
wait $!
"""


def missing() -> str | None:
    """Why no cluster can be had on this machine, if so."""
    if absent := [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]:
        return f"{', '.join(absent)} not found; on Debian: apt-get install --no-install-recommends {PACKAGES}"
    if os.geteuid() != 0:
        return "its daemons are started by root"
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode != 0:
        return "namespaces cannot be made (CAP_SYS_ADMIN)"
    return None


def until(what: str, found: Callable[[], object], seconds: float = 300) -> None:
    """Wait until `found` is true; with an AssertionError that says what was waited for if it takes too long."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.1)


def start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> subprocess.Popen:
    """A process in the background that does not outlive this one, even where this one is killed."""
    with log.open("a") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def ending(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    """Kill a process at the end of the context."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Job:
    """A job as Slurm sees it, which is also for a while after its end."""

    id: str
    state: str
    node: str
    partition: str
    comment: str

    @property
    def rule(self) -> str:
        """The rule that Snakemake noted in the comment."""
        return self.comment.removeprefix("rule_").partition("_wildcards_")[0]


class Cluster:
    """A cluster with its files in `folder`; made by `running`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "etc/slurm.conf")}
        self._processes: dict[str, subprocess.Popen] = {}

    def ask(self, *command: str) -> str:
        """What one of Slurm's programs prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def jobs(self) -> list[Job]:
        """All jobs, in the order of their submission."""
        lines = self.ask("squeue", "--noheader", "--states=all", "--sort=i", "--format=%i|%T|%N|%P|%k").splitlines()
        return [Job(*line.split("|")) for line in lines]

    def gpus(self, job: str) -> str:
        """Numbers of the GPUs of its node that a running job has."""
        return self.ask("scontrol", "show", "job", "--details", job).partition("(IDX:")[2].partition(")")[0]

    def start_controller(self) -> None:
        self._launch("slurmctld", "slurmctld", "-D")
        self._until_answered("slurmctld", "scontrol", "ping")

    def stop_controller(self) -> None:
        """Jobs go on, and nobody can ask after them."""
        self._end("slurmctld")

    def cut_power(self, node: str) -> None:
        """End all processes of a node at once; the controller finds out by itself."""
        self._end(node, signal_first=False)

    def _start(self) -> None:
        self._write_configuration()
        munge = {
            option: f"{self.folder}/munge.{option}"
            for option in ("socket", "key-file", "pid-file", "seed-file", "log-file")
        }
        # By force, for the test's folder is closed to other users, which munged takes for a mistake.
        options = [f"--{option}={path}" for option, path in munge.items()]
        self._launch("munged", "munged", "--foreground", "--force", *options)
        self._until_answered("munged", "munge", "--no-input", f"--socket={munge['socket']}")
        self.start_controller()
        for node in NODES:
            self._launch(node, *NAMESPACES, "sh", "-ec", BOOT, "sh", node, str(self.folder / "etc"))
        idle = ("sinfo", "--noheader", "--responding", "--partition=cpu", "--states=idle", "--format=%D")
        until("all nodes are up", lambda: self.ask(*idle).strip() == str(len(NODES)))

    def _write_configuration(self) -> None:
        for name in ("etc", "state", *NODES):
            (self.folder / name).mkdir()
        with ExitStack() as taken:
            sockets = [taken.enter_context(socket.socket()) for _ in ("slurmctld", *NODES)]
            for free in sockets:
                free.bind(("127.0.0.1", 0))
            ports = [free.getsockname()[1] for free in sockets]
        (self.folder / "etc/slurm.conf").write_text(
            CONFIGURATION.format(folder=self.folder, host=socket.gethostname(), ports=ports, nodes=NODES, gpus=GPUS)
        )
        # Slurm tells a job its GPUs only where they are devices. These are a second /dev/null each.
        (self.folder / "etc/gres.conf").write_text(f"Name=gpu File={self.folder}/gpu[0-{GPUS - 1}]\n")
        for number in range(GPUS):
            os.mknod(self.folder / f"gpu{number}", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        key = self.folder / "munge.key-file"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))

    def _launch(self, name: str, *command: str) -> None:
        self._processes[name] = start(command, self.environment, self.folder / f"{name}.log")

    def _until_answered(self, name: str, *question: str) -> None:
        def answered() -> bool:
            assert self._processes[name].poll() is None, f"{name} has ended"
            return subprocess.run(question, env=self.environment, capture_output=True, check=False).returncode == 0

        until(f"{name} answers", answered)

    def _end(self, name: str, signal_first: bool = True) -> None:
        with ending(self._processes.pop(name)) as process:
            if signal_first:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)

    def _stop(self) -> None:
        for name in reversed(list(self._processes)):
            self._end(name, signal_first=name not in NODES)

    def _logs(self) -> str:
        """The ends of the daemons' logs."""
        return "".join(f"--- {log.name}\n{log.read_text()[-2000:]}\n" for log in sorted(self.folder.glob("*.log")))


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster with its files in `folder`, up for as long as the context lasts.

    Raises
    ------
    AssertionError
        It does not start; the daemons' logs are noted.
    """
    cluster = Cluster(folder)
    try:
        try:
            cluster._start()
        except AssertionError as error:
            error.add_note(cluster._logs())
            raise
        yield cluster
    finally:
        cluster._stop()
