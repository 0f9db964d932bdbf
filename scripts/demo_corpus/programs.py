"""Runs other programs, without a shell; a failure says which program, and what it said."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .errors import ENVIRONMENT, DemoCorpusError

_LONGEST_QUOTE = 300  # characters of a program's own message; the end says most


def run(command: Sequence[str], folder: Path | None = None) -> bytes:
    """@returns what the program wrote to its standard output"""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise DemoCorpusError(ENVIRONMENT, f"{command[0]}: can't be run: {error.strerror}; "
                              "--check lists what is missing") from error
    if done.returncode != 0:
        said = "; ".join(done.stderr.decode(errors="replace").split("\n")).strip("; ")
        raise DemoCorpusError(ENVIRONMENT,
                              f"{' '.join(command)}: exit status {done.returncode}: {said[-_LONGEST_QUOTE:]}")
    return done.stdout
