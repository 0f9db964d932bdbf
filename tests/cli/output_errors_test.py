"""Outputs that can't be written, or that hold something else: refused, and left as they were."""

import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import (BAD_DATA, DONE, ENVIRONMENT, USAGE, ProgramTest, codectrace, names_under)
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY


def setUpModule():
    global made
    made = TinyPipeline().train()


def preprocess(out: Path, *more: object) -> list[object]:
    return ["preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY, "--out", out, *more]


def train(out: Path, *more: object) -> list[object]:
    return ["train", "--config", made.job, "--out", out, *more]


def evaluate(out: Path, *more: object) -> list[object]:
    return [*made.evaluate_arguments(out), *more]


def event_files(run: Path) -> set[str]:
    """They are named for the time."""
    return {name for name in names_under(run) if "tfevents" in name}


STAGES = {"preprocess": preprocess, "train": train, "evaluate": evaluate}


class UnwritableOutput(ProgramTest):
    def test_below_a_file_is_named(self):
        file = self.folder / "file"
        file.write_text("in the way")

        for name, command in STAGES.items():
            with self.subTest(name):
                self.refuse(ENVIRONMENT, *command(file / "out"), says=[file / "out",
                                                                      "Not a directory"])
                self.assertEqual(file.read_text(), "in the way")

    def test_in_a_folder_without_permission_is_named(self):
        locked = self.folder / "locked"
        locked.mkdir()
        locked.chmod(0o555)
        prefix = []
        if os.geteuid() == 0:  # whom permissions don't stop
            if shutil.which("setpriv") is None:
                self.skipTest("root, and there is no setpriv to give up its rights")
            prefix = ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]

        for name, command in STAGES.items():
            with self.subTest(name):
                self.refuse(ENVIRONMENT, *command(locked / "out"), prefix=prefix,
                            says=[locked / "out", "Permission denied"])
                self.assertEqual(names_under(locked), set())

    def test_of_the_quarantine_list_is_named(self):
        self.refuse(ENVIRONMENT, "shard", "verify", made.corpus, "--quarantine",
                    self.folder / "no/such/list.tsv", says=["no/such/list.tsv", "No such file"])


class OutputNamedInAnotherWay(ProgramTest):
    def test_with_a_slash_at_the_end_is_the_same_folder(self):
        for name, command in STAGES.items():
            with self.subTest(name):
                plain, slashed = self.folder / name, self.folder / f"{name}_slashed"
                self.succeed(*command(plain))

                for _ in range(2):  # the second time it is recognised as finished
                    self.succeed(*command(f"{slashed}/"))

                self.assertEqual(names_under(slashed) - event_files(slashed),
                                 names_under(plain) - event_files(plain))
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {name + end for name in STAGES for end in ("", "_slashed")})

    def test_as_the_folder_one_is_in_is_that_folder(self):
        for name, command in STAGES.items():
            with self.subTest(name):
                here = self.folder / name
                here.mkdir()
                outcome = codectrace(*command("."), cwd=here)

                self.assertEqual(outcome.code, DONE, outcome)
        self.assertTrue((self.folder / "evaluate/results.json").exists())
        self.assertEqual({path.name for path in self.folder.iterdir()}, set(STAGES))


class OutputThatIsSomethingElse(ProgramTest):
    def refused_and_kept(self, code: int, command: list[object], out: Path,
                         says: list[str]) -> None:
        before = names_under(out)
        self.refuse(code, *command, says=[out, *says])
        self.assertEqual(names_under(out), before)

    def test_is_a_file(self):
        file = self.folder / "file"
        file.write_text("in the way")

        self.refuse(ENVIRONMENT, *preprocess(file), says=[file, "Not a directory"])
        self.refuse(ENVIRONMENT, *train(file), says=[file, "Not a directory"])
        self.refuse(USAGE, *evaluate(file), says=[file, "isn't a results directory", "--out"])
        self.assertEqual(file.read_text(), "in the way")

    def test_is_a_folder_of_something_else(self):
        self.refused_and_kept(USAGE, preprocess(made.set.lists), made.set.lists,
                              ["wasn't made by preprocess", "new folder"])
        self.refused_and_kept(USAGE, train(made.set.lists), made.set.lists,
                              ["isn't a run directory", "new folder"])
        self.refused_and_kept(USAGE, evaluate(made.set.lists), made.set.lists,
                              ["isn't a results directory", "--out"])

    def test_is_a_result_or_a_corpus_that_train_is_to_write_to(self):
        results = self.folder / "results"
        self.succeed(*evaluate(results))
        config = (results / "config.toml").read_text()

        self.refused_and_kept(USAGE, train(results), results, ["isn't a run directory"])
        self.refused_and_kept(USAGE, train(made.corpus), made.corpus, ["isn't a run directory"])
        self.assertEqual((results / "config.toml").read_text(), config)

    def test_is_a_corpus_of_another_config(self):
        for change in [("--set", "shard.utterances=3"), ("--protocol", made.test_list)]:
            with self.subTest(change):
                self.refused_and_kept(USAGE, preprocess(made.corpus, *change), made.corpus,
                                      ["begun from something else", "--out"])
        self.refuse(USAGE, *preprocess(made.corpus, "--set", "shard.utterances=3"),
                    says=["shard.utterances is 3, was 2048"])

    def test_is_a_run_of_another_config(self):
        self.refused_and_kept(USAGE, train(made.run, "--set", "train.seed=3"), made.run,
                              ["another config", "train.seed is 3, was 1234", "--out", "--resume"])

    def test_is_a_run_on_lists_that_have_changed_since(self):
        lists = self.folder / "lists"
        shutil.copytree(made.set.lists, lists)
        run = self.folder / "run"
        more = ["--set", f"data.lists={lists}"]
        self.succeed(*train(run, *more))
        lines = (lists / "train.txt").read_text().splitlines(keepends=True)
        (lists / "train.txt").write_text("".join(reversed(lines)))

        self.refused_and_kept(USAGE, train(run, *more), run, ["train.txt", "--out"])

    def test_is_a_run_that_was_to_begin_anew(self):
        self.refused_and_kept(USAGE, train(made.run, "--resume", "never"), made.run,
                              ["already has checkpoints", "--out"])

    def test_is_a_run_that_was_to_go_on_from_elsewhere(self):
        other = self.folder / "other"
        self.succeed(*train(other, "--set", "train.seed=3"))

        self.refused_and_kept(USAGE, train(made.run, "--resume", other), made.run,
                              ["already has checkpoints", "--out"])

    def test_is_a_result_of_other_inputs(self):
        results = self.folder / "results"
        self.succeed(*evaluate(results))

        self.refused_and_kept(USAGE, evaluate(results, "--batch-size", "3"), results,
                              ["other inputs", "batch_size", "--out"])
        other_list = made.evaluate_arguments(results, protocol=made.set.lists / "dev.txt")
        self.refused_and_kept(USAGE, other_list, results, ["other inputs", "list", "--out"])


class Report(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.results = self.folder / "results"

    def test_of_a_folder_without_results_is_told(self):
        for folder in [self.folder / "nowhere", made.set.audio, made.job]:
            with self.subTest(folder):
                self.refuse(BAD_DATA, "report", folder, says=[folder, "results.json"])

    def test_of_damaged_results_is_told_with_the_file(self):
        self.succeed(*evaluate(self.results))
        before = names_under(self.results)
        for name in ["results.json", "scores.tsv", "taxonomy.toml"]:
            with self.subTest(name):
                path = self.results / name
                whole = path.read_bytes()
                path.write_bytes(whole[:len(whole) // 2])

                self.refuse(BAD_DATA, "report", self.results, says=[path])

                path.write_bytes(whole)
        self.assertEqual(names_under(self.results), before)


if __name__ == "__main__":
    unittest.main()
