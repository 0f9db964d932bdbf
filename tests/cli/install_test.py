"""`cmake --install` gives a program that runs from anywhere and finds what comes with it."""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import numpy as np
from program import DONE, PROGRAM, ProgramTest, run_command
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY, write_audio


class Installation(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        build = os.environ.get("CODECTRACE_BUILD", PROGRAM.parent)
        subprocess.run(["cmake", "--install", build, "--prefix", self.folder / "prefix"],
                       check=True, capture_output=True)
        self.program = self.folder / "prefix/bin/codectrace"

    def run_installed(self, *arguments: object):
        return run_command([str(self.program), *map(str, arguments)], cwd=self.folder)

    def test_runs_without_the_build_folder(self):
        outcome = self.run_installed("--version")

        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertRegex(outcome.out, r"^\d+\.\d+\.\d+$")

    def test_finds_its_taxonomy_from_another_folder(self):
        write_audio(self.folder / "audio/p225_001.wav", np.full(1600, 0.1))

        outcome = self.run_installed("preprocess", "--audio", "audio", "--layout", "cors",
                                     "--out", "corpus")

        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertTrue((self.folder / "corpus/corpus.json").is_file())

    def test_finds_its_job_template_from_another_folder(self):
        job = self.folder / "job.toml"
        job.write_text("")

        outcome = self.run_installed("submit", "train", "--config", job, "--out", "run",
                                     "--set", "data.corpus=c", "--set", "data.lists=l",
                                     "--set", "data.train_lists=['t.txt']", "--dry-run")

        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertIn("#SBATCH --job-name=train-run", outcome.out)

    def test_evaluates_with_a_taxonomy_of_its_own_from_another_folder(self):
        made = TinyPipeline().train()
        shutil.copy(TAXONOMY, self.folder / "prefix/share/codectrace/configs/tiny.toml")

        outcome = self.run_installed(*made.evaluate_arguments(self.folder / "results"),
                                     "--taxonomy", "configs/tiny.toml")

        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertTrue((self.folder / "results/results.json").is_file())


if __name__ == "__main__":
    unittest.main()
