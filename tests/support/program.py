"""Runs the program as a user does: a command line in; exit code, text and files out.

CODECTRACE names the executable; without it, the one of the release preset.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("CODECTRACE", ROOT / "build/release/codectrace")).resolve()
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
          "--quiet"]
TIME_LIMIT_S = 100

DONE, USAGE, BAD_DATA, ENVIRONMENT, INTERRUPTED = 0, 2, 3, 4, 75


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def environment() -> dict[str, str]:
    defaults = {"OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return defaults | os.environ


def command_line(*arguments: object, ranks: int = 1) -> list[str]:
    launcher = [] if ranks == 1 else [*MPIRUN, "-n", str(ranks)]
    return [*launcher, str(PROGRAM), *map(str, arguments)]


def run_command(command: list[str], **options) -> Outcome:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S,
                          stdin=subprocess.DEVNULL, env=environment(), **options)
    return Outcome(done.returncode, done.stdout, done.stderr)


def codectrace(*arguments: object, ranks: int = 1, **options) -> Outcome:
    return run_command(command_line(*arguments, ranks=ranks), **options)


def names_under(folder: Path) -> set[str]:
    """Everything in a folder, by relative path; nothing if there is no such folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own, and what every refusal must be."""

    maxDiff = None

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="codectrace-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def succeed(self, *arguments: object, ranks: int = 1) -> Outcome:
        outcome = codectrace(*arguments, ranks=ranks)
        self.assertEqual(outcome.code, DONE, f"{arguments}\n{outcome.err}")
        return outcome

    def refuse(self, code: int, *arguments: object, says: list[str], prefix: list[str] = (),
               **options) -> str:
        """The command ends with `code` and one message that has every text of `says`, in order.

        A message is one line, which may go on in indented ones. `prefix`: what starts the program.
        """
        outcome = run_command([*prefix, *command_line("--quiet", *arguments)], **options)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(outcome.out, "")
        message = outcome.err.removesuffix("\n")
        further = [line for line in message.split("\n")[1:] if not line.startswith("  ")]
        self.assertEqual(further, [], f"more than one message:\n{message}")
        self.assertTrue(message.startswith(f"codectrace {arguments[0]}: "), message)
        self.assert_in_order(says, message)
        return message

    def assert_in_order(self, texts: list[str], message: str) -> None:
        position = 0
        for text in texts:
            found = message.find(str(text), position)
            self.assertGreaterEqual(found, 0, f"no {str(text)!r} (in this order) in:\n{message}")
            position = found + len(str(text))
