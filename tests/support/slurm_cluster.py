"""A real Slurm cluster of two nodes on this machine: jobs, signals and exit codes are Slurm's.

A node is a slurmd with a host name, a folder for temporary files and process numbers of its own:
what it has started ends with it, and all of it with the test, even one that is killed. Keys,
sockets and ports are the cluster's own too: it stands beside one that the machine belongs to.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from program import PROGRAM, ROOT, Outcome, environment

NODES = ["n1", "n2"]
CPUS_OF_A_NODE = 2
ON_BOTH_NODES = ["--nodes", len(NODES), "--ranks-per-node", 1, "--cpus-per-rank", 1,
                 "--template", ROOT / "slurm/templates/job.sbatch"]
PROGRAMS = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun"]
OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "DEADLINE", "OUT_OF_MEMORY"}
ISOLATED = ["unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
WITH_THE_TEST = ["setpriv", "--pdeathsig", "KILL"]

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n/slurmd.pid
SlurmdSpoolDir={folder}/%n/spool
TmpFS={folder}/%n/tmp
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
KillWait=10
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{ports[1]}-{ports[2]}] CPUs={cpus}
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=test Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=urgent Nodes=n[1-2] MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF
"""


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def why_not() -> str | None:
    """Why no cluster can be made here."""
    missing = [program for program in PROGRAMS if not find(program)]
    if missing:
        return f"no {', '.join(missing)}: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "a Slurm cluster of the test's own needs root"
    tried = subprocess.run([*ISOLATED, "true"], capture_output=True, text=True)
    return f"no namespaces: {tried.stderr.strip()}" if tried.returncode != 0 else None


def require_slurm() -> None:
    """Skips the module's tests where there can be no cluster."""
    reason = why_not()
    if reason:
        print(f"skipped: {reason}", file=sys.stderr)
        raise unittest.SkipTest(reason)


def free_ports() -> list[int]:
    """One, and two that follow each other."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            port = second.getsockname()[1]
            try:
                third.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return [first.getsockname()[1], port, port + 1]


def wait_until(happened, within_s: float, what: str):
    """@returns what `happened` gives once it isn't false or None"""
    deadline = time.monotonic() + within_s
    while not (found := happened()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} within {within_s:.0f} s: it isn't so")
        time.sleep(0.1)
    return found


def children_of(process: subprocess.Popen) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in
                Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    return []


class SlurmCluster:
    """Up from construction until the module's tests are over. Its folder is for the tests too."""

    def __init__(self) -> None:
        require_slurm()
        self.folder = Path(tempfile.mkdtemp(prefix="codectrace-slurm-"))
        self.daemons: list[subprocess.Popen] = []
        self.nodes: list[subprocess.Popen] = []
        unittest.addModuleCleanup(self.take_down)
        self._configure()
        self._start("munged", "--foreground", "--force", f"--key-file={self.folder}/munge.key",
                    f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munge.pid",
                    f"--seed-file={self.folder}/munge.seed", f"--log-file={self.folder}/munge.log")
        wait_until((self.folder / "munge.socket").exists, 10, "munge answers")
        self._start("slurmctld", "-D", "-f", self.configuration)
        for node in NODES:
            slurmd = f"exec {find('slurmd')} -D -N {node} -f {self.configuration}"
            self._start(*ISOLATED, "sh", "-c", f"hostname {node} && {slurmd}", name=node)
            self.nodes.append(self.daemons[-1])
        wait_until(self._is_up, 30, f"both nodes are idle (logs in {self.folder})")

    def _configure(self) -> None:
        self.folder.chmod(0o755)
        for folder in ["state", *[f"{node}/{kind}" for node in NODES for kind in ["spool", "tmp"]]]:
            (self.folder / folder).mkdir(parents=True)
        self.configuration = self.folder / "slurm.conf"
        self.configuration.write_text(CONFIGURATION.format(
            folder=self.folder, host=socket.gethostname().split(".")[0], ports=free_ports(),
            cpus=CPUS_OF_A_NODE))
        subprocess.run([find("mungekey"), "-c", "-k", f"{self.folder}/munge.key"], check=True)
        # As on nodes of their own the ranks would wait busily; here they share cores.
        self.environment = environment() | {"SLURM_CONF": str(self.configuration),
                                            "OMPI_MCA_mpi_yield_when_idle": "1"}

    def _start(self, program: str, *arguments: object, name: str = "") -> None:
        log = open(self.folder / f"{name or program}.out", "w")
        self.daemons.append(subprocess.Popen(
            [*WITH_THE_TEST, find(program), *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, env=self.environment))
        log.close()

    def _is_up(self) -> bool:
        for daemon in self.daemons:
            assert daemon.poll() is None, f"{daemon.args} ended; see {self.folder}"
        return self.run("sinfo", "--noheader", "--Node", "--partition=test",
                        "--format=%T").out.split() == ["idle"] * 2

    def take_down(self) -> None:
        for daemon in reversed(self.daemons):
            if daemon in self.nodes:
                for first_process in children_of(daemon):  # with it all others end
                    os.kill(first_process, signal.SIGKILL)
            daemon.terminate()
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: object) -> Outcome:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=self.environment, cwd=self.folder)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def codectrace(self, *arguments: object) -> Outcome:
        return self.run(PROGRAM, *arguments)

    def submit(self, *arguments: object) -> list[str]:
        """@returns the jobs' numbers"""
        outcome = self.codectrace("submit", *arguments, "--json")
        assert outcome.code == 0, outcome
        return [job["job"] for job in json.loads(outcome.out)["jobs"]]

    def status(self, folder: Path) -> dict:
        outcome = self.codectrace("status", folder, "--json")
        assert outcome.code == 0, outcome
        return json.loads(outcome.out)["directories"][0]

    def tasks(self, number: str) -> list[dict[str, str]]:
        """Of a job or an array, as scontrol shows them: JobState, Restarts, ExitCode, NodeList …"""
        shown = self.run("scontrol", "--oneliner", "show", "job", number)
        assert shown.code == 0, shown
        return [dict(word.split("=", 1) for word in line.split() if "=" in word)
                for line in shown.out.splitlines() if line]

    def job(self, number: str) -> dict[str, str]:
        return self.tasks(number)[0]

    def wait_for_end(self, number: str, within_s: float = 60) -> dict[str, str]:
        """Until all of it is over, and not in the queue again. @returns its (first) task"""
        wait_until(lambda: all(task["JobState"] in OVER for task in self.tasks(number)), within_s,
                   f"job {number} is over")
        return self.job(number)

    def wait_for_requeue(self, number: str, restarts: int, within_s: float = 60) -> None:
        wait_until(lambda: (job := self.job(number))["JobState"] == "PENDING"
                   and job["Restarts"] == str(restarts), within_s, f"job {number} is requeued")

    def start_soon(self, number: str) -> None:
        """A requeued job, which Slurm would hold for two minutes. Not at once: on a node that isn't
        rid of its first run yet it fails."""
        begun = self.run("scontrol", "update", f"jobid={number}", "starttime=now+3")
        assert begun.code == 0, begun

    def jobs_known(self) -> set[str]:
        return set(self.run("squeue", "--noheader", "--states=all", "--format=%i").out.split())
