"""A job of several ranks under mpirun, of which single ranks can be got at and hurt."""

import os
import resource
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from program import MPIRUN, PROGRAM, Outcome, environment

LOUD_MPIRUN = [word for word in MPIRUN if word != "--quiet"]  # it tells of ranks that were killed
MARK = "CODECTRACE_TEST_JOB"


def environment_of(pid: int) -> dict[str, str]:
    """Nothing once the process is gone."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return {}
    return dict(word.decode(errors="replace").split("=", 1) for word in words if b"=" in word)


def wait_until(condition: Callable[[], object], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.002)


class RankedJob:
    """Its processes carry a mark in their environment, by which they are found whoever is their parent."""

    def __init__(self, *arguments: object, ranks: int) -> None:
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [*LOUD_MPIRUN, "-n", str(ranks), str(PROGRAM), "--quiet", *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=environment() | {MARK: self.mark})

    def is_over(self) -> bool:
        return self.process.poll() is not None

    def processes(self) -> dict[int, dict[str, str]]:
        """pid → environment of all that are left, mpirun included."""
        found = {int(entry.name): environment_of(int(entry.name))
                 for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        return {pid: variables for pid, variables in found.items()
                if variables.get(MARK) == self.mark}

    def ranks(self) -> dict[int, int]:
        """rank → pid of those that are there by now."""
        return {int(variables["OMPI_COMM_WORLD_RANK"]): pid
                for pid, variables in self.processes().items()
                if "OMPI_COMM_WORLD_RANK" in variables}

    def pid_of(self, rank: int) -> int:
        return self.ranks()[rank]

    def signal(self, rank: int, number: int) -> None:
        os.kill(self.pid_of(rank), number)

    def limit_files(self, rank: int, size_bytes: int) -> None:
        """As on a disk that is full: no file of this rank grows any further."""
        resource.prlimit(self.pid_of(rank), resource.RLIMIT_FSIZE, (size_bytes, size_bytes))

    def limit_memory(self, rank: int, more_bytes: int) -> None:
        """No more than it has now and a little."""
        pid = self.pid_of(rank)
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + more_bytes
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))

    def end(self, within_s: float) -> Outcome:
        """@throws subprocess.TimeoutExpired, and ends it, if it goes on for longer"""
        try:
            _, said = self.process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return Outcome(self.process.returncode, "", said)

    def kill(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        if not self.process.stderr.closed:
            self.process.communicate()
