"""What the stages hand to each other, made once: a tiny set, its corpus and a run trained on it."""

import shutil
import tempfile
import unittest
from pathlib import Path

from program import DONE, codectrace
from tiny_set import TAXONOMY, TinySet, write_tiny_set, write_training_job


class TinyPipeline:
    """Everything in a folder of its own, which goes with the module's tests."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="codectrace-pipeline-"))
        unittest.addModuleCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.set: TinySet = write_tiny_set(self.folder / "set")
        self.corpus = self.folder / "corpus"
        self.job = write_training_job(self.folder / "job.toml", self.set, self.corpus)
        self._run("preprocess", "--audio", self.set.audio, "--taxonomy", TAXONOMY,
                  "--out", self.corpus)

    def train(self) -> "TinyPipeline":
        self.run = self.folder / "run"
        self._run("train", "--config", self.job, "--out", self.run)
        return self

    @property
    def checkpoint(self) -> Path:
        return (self.run / "best").resolve()

    @property
    def test_list(self) -> Path:
        return self.set.lists / "test.txt"

    def evaluate_arguments(self, out: Path, **instead: Path) -> list[object]:
        given = {"checkpoint": self.run, "corpus": self.corpus, "protocol": self.test_list}
        given |= instead
        options = [word for name, path in given.items() for word in (f"--{name}", path)]
        return ["evaluate", *options, "--set", "metrics.bootstrap_replicates=10", "--out", out]

    @staticmethod
    def _run(*arguments: object) -> None:
        outcome = codectrace(*arguments)
        if outcome.code != DONE:
            raise RuntimeError(f"{arguments}: {outcome}")
