"""codectrace sweep: evaluations on groups of ranks, and their comparison; submit sweep: the same as jobs."""

import json
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, ROOT, USAGE, ProgramTest
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

    def test_is_seen_by_status(self):
        self.succeed("sweep", self.file)
        for missing, state in [(0, "finished"), (1, "interrupted")]:
            with self.subTest(state):
                if missing:
                    shutil.rmtree(self.out / self.names()[0])

                status = json.loads(self.succeed("status", self.out, "--json").out)["directories"][0]

                self.assertEqual((status["stage"], status["state"]), ("sweep", state))
                self.assertEqual((status["done"], status["total"], status["unit"]), (4 - missing, 4, "evaluations"))

    def tree(self, folder: Path) -> dict[str, bytes]:
        """Contents by relative path."""
        return {str(path.relative_to(folder)): path.read_bytes()
                for path in sorted(folder.rglob("*")) if path.is_file()}

    def test_gives_the_same_bytes_in_any_number_of_groups_and_says_which_pass_lines_are_of(self):
        alone = self.succeed("sweep", self.file)
        self.out.rename(self.folder / "alone")

        swept = self.succeed("sweep", self.file, "--set", "groups=2", ranks=4)

        self.assertEqual(self.tree(self.out), self.tree(self.folder / "alone"))
        self.assertIn("2 pass(es) over utterances, on 1 group(s) of ranks", alone.err)
        self.assertIn("2 pass(es) over utterances, on 2 group(s) of ranks", swept.err)
        for checkpoint in [path.name for path in self.checkpoints]:
            for shown in [alone.err, swept.err]:
                self.assertRegex(shown, rf" {checkpoint} on test, dev: 2 lists have \d+ utterances between them")

    def test_scores_what_lists_share_once_and_gives_the_results_of_separate_evaluations(self):
        lines = made.test_list.read_text().splitlines(keepends=True)
        part = self.folder / "part.txt"  # in another order, its audio in other batches
        part.write_text("".join(reversed(lines[3:])))
        lists = json.dumps([str(part), str(made.test_list)])
        self.file.write_text(self.file.read_text() + "[evaluate]\nbatch_size = 3\n")
        settings = ["--set", f"protocols={lists}", "--set", 'datasets=["cors"]']

        shown = self.succeed("sweep", self.file, *settings, ranks=2)

        total = len(lines)
        self.assertEqual(shown.err.count(f"2 lists have {total} utterances between them"), 2, shown.err)
        self.assertEqual(list(self.out.rglob("*.scores")), [])
        swept = self.folder / "swept-together"
        self.out.rename(swept)
        for checkpoint in self.checkpoints:
            for protocol in [part, made.test_list]:
                self.succeed("evaluate", "--checkpoint", checkpoint, "--corpus", made.corpus,
                             "--protocol", protocol, "--out", self.out / checkpoint.name / protocol.stem,
                             "--batch-size", 3, "--set", "metrics.bootstrap_replicates=50")
        for checkpoint in self.checkpoints:
            together, alone = (folder / checkpoint.name for folder in [swept, self.out])
            self.assertEqual(self.tree(together / "test"), self.tree(alone / "test"))
            for a, b in zip(*((folder / "part/scores.tsv").read_text().split()
                              for folder in [together, alone]), strict=True):
                if a != b:
                    self.assertAlmostEqual(float(a), float(b), places=4)

    def test_goes_on_from_scores_that_are_kept_though_a_list_is_added(self):
        settings = ["--set", f'protocols=["{made.test_list}"]', "--set", 'datasets=["cors"]']
        checkpoint = self.checkpoints[0]
        scores = self.out / checkpoint.name / f"{made.corpus.name}.scores"
        undisturbed = self.succeed("sweep", self.file)
        self.out.rename(self.folder / "undisturbed")
        self.succeed("sweep", self.file, *settings, "--set", f'checkpoints=["{checkpoint}"]')
        (self.out / checkpoint.name / "test").rename(self.folder / "test")
        scores.mkdir()
        (scores / "part-00000.bin").write_bytes(b"CTSC that was torn")

        again = self.succeed("sweep", self.file)

        self.assertIn("1 damaged score record(s) left out", again.err)
        self.assertEqual(again.out, undisturbed.out)
        self.assertEqual(self.tree(self.out), self.tree(self.folder / "undisturbed"))

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

    def test_that_lacks_an_input_says_so_before_it_evaluates_anything(self):
        for key, there, missing in [("checkpoints", made.run, "m9"), ("corpora", made.corpus, "gone")]:
            with self.subTest(key):
                given = json.dumps([str(there), str(self.folder / missing)])

                self.refuse(BAD_DATA, "sweep", self.file, "--set", f"{key}={given}", says=[missing])

                self.assertEqual(list(self.out.rglob("results.json")), [])


if __name__ == "__main__":
    unittest.main()
