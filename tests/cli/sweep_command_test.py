"""codectrace sweep: evaluations, one after the other, and their comparison; submit sweep: the same as jobs."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ROOT, USAGE, ProgramTest
from tiny_pipeline import TinyPipeline


def setUpModule() -> None:
    global made
    made = TinyPipeline().train()


class SweepTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "swept"
        self.file = self.folder / "sweep.toml"
        self.checkpoints = sorted((made.run / "checkpoints").iterdir())[:1] + [made.run]
        self.lists = [made.test_list, made.set.lists / "dev.txt"]
        self.file.write_text(f"""
out = "{self.out}"
checkpoints = {json.dumps([str(path) for path in self.checkpoints])}
protocols = {json.dumps([str(path) for path in self.lists])}
corpora = ["{made.corpus}"]
datasets = ["cors", "list"]
[evaluate.metrics]
bootstrap_replicates = 50
""")

    def names(self) -> list[Path]:
        return sorted(path.parent.relative_to(self.out) for path in self.out.rglob("results.json"))

    def test_makes_every_checkpoints_results_of_every_list_and_compares(self):
        shown = self.succeed("sweep", self.file, ranks=2)

        self.assertEqual(len(self.names()), 4)
        self.assertEqual({path.name for path in self.names()}, {"test", "dev"})
        comparison = json.loads((self.out / "comparison.json").read_text())
        self.assertEqual(len(comparison["items"]), 4)
        self.assertEqual({test["list"] for test in comparison["tests"]}, {"test.txt", "dev.txt"})
        self.assertIn((self.out / "comparison.txt").read_text(), shown.out)

        again = self.succeed("sweep", self.file)

        self.assertEqual(again.err.count("is finished, from the same inputs"), 4)

    def test_as_jobs_is_a_task_an_evaluation_that_the_sweep_then_recognises(self):
        script = self.succeed("submit", "sweep", "--config", self.file, "--dry-run",
                              "--template", ROOT / "slurm/templates/job.sbatch").out

        self.assertIn("--array=0-3", script)
        self.assertFalse(self.out.exists())

    def test_says_what_does_not_fit(self):
        for changes, says in [(["checkpoints=[]"], "no checkpoints"),
                              (['corpora=["a", "b", "c"]'], "corpora has 3 values for 2 protocols"),
                              (['datasets=["cord"]'], "cord is unknown"),
                              (['baseline="m9"'], "baseline is m9, which isn't one of checkpoints"),
                              (["evaluate.out=x"], "come from the sweep's own keys"),
                              ([f'protocols=["{self.lists[0]}", "{self.lists[0]}"]'], "protocols of one name")]:
            with self.subTest(says):
                self.refuse(USAGE, "sweep", self.file,
                            *[word for change in changes for word in ("--set", change)], says=[says])


if __name__ == "__main__":
    unittest.main()
