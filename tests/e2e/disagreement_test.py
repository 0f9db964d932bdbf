"""Ranks that were given different things are told which rank has what, before anything is done."""

import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ENVIRONMENT, MPIRUN, PROGRAM, ProgramTest, names_under, run_command
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY


def setUpModule():
    global made
    made = TinyPipeline().train()


class RankOne(ProgramTest):
    """Differs from rank 0 in one thing."""

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"

    def disagree(self, command: list[object], instead: list[object], says: list[object],
                 program: Path = PROGRAM) -> None:
        """`instead`: what rank 1 is started with, as `program`."""
        words = [*MPIRUN, "-n", "1", PROGRAM, "--quiet", *command, ":",
                 "-n", "1", program, "--quiet", *instead]

        outcome = run_command([str(word) for word in words])

        self.assertEqual(outcome.code, ENVIRONMENT, outcome)
        messages = [line for line in outcome.err.splitlines() if line.startswith("codectrace ")]
        self.assertEqual(len(messages), 1, outcome.err)
        self.assert_in_order([": ranks disagree on ", *says], messages[0])
        self.assertEqual(names_under(self.folder) & {"out"}, set())

    def train(self, *more: object) -> list[object]:
        return ["train", "--config", made.job, "--out", self.out, *more]

    def test_has_another_config(self):
        self.disagree(self.train(), self.train("--set", "optimizer.lr=0.5"),
                      says=["the config: rank 0 (host ", ") has optimizer.lr = 0.001",
                            "rank 1 (host ", ") has optimizer.lr = 0.5"])

    def test_has_a_model_of_another_size(self):
        self.disagree(self.train(), self.train("--set", "model.backend.projection=32"),
                      says=["the config", "model.backend.projection = 24",
                            "rank 1", "model.backend.projection = 32"])

    def test_has_another_list(self):
        lists = self.folder / "lists"
        shutil.copytree(made.set.lists, lists)
        text = (lists / "train.txt").read_text().splitlines(keepends=True)
        (lists / "train.txt").write_text("".join(reversed(text)))
        self.disagree(self.train(), self.train("--set", f"data.lists={lists}"),
                      says=["list train.txt: rank 0 ", "rank 1 "])

    def test_has_another_corpus(self):
        corpus = self.other_corpus()
        self.disagree(self.train(), self.train("--set", f"data.corpus={corpus}"),
                      says=["the corpus: rank 0 ", "rank 1 "])

    def test_has_another_taxonomy(self):
        taxonomy = self.folder / "taxonomy.toml"
        taxonomy.write_text(TAXONOMY.read_text() + "\n# of another site\n")
        self.disagree(self.train(), self.train("--set", f"data.taxonomy={taxonomy}"),
                      says=["the taxonomy: rank 0 ", "rank 1 "])

    def test_is_another_version_of_the_program(self):
        other = self.folder / "codectrace"
        program = PROGRAM.read_bytes()
        version = run_command([str(PROGRAM), "--version"]).out.strip().encode()
        self.assertIn(version, program)
        other.write_bytes(program.replace(version, b"9" + version[1:]))
        other.chmod(0o755)
        self.disagree(self.train(), self.train(), program=other,
                      says=["the program's version", f"has {version.decode()}", "rank 1 ", "has 9."])

    def test_has_another_subcommand(self):
        self.disagree(self.train(), ["shard", "inspect", made.corpus],
                      says=["the subcommand", "has train", "rank 1 ", "has shard"])

    def test_preprocesses_in_another_way(self):
        command = ["preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY,
                   "--out", self.out]
        self.disagree(command, [*command, "--set", "shard.sample_rate_hz=8000"],
                      says=["the config", "shard.sample_rate_hz = 16000",
                            "rank 1 ", "shard.sample_rate_hz = 8000"])

    def test_evaluates_another_corpus_or_checkpoint(self):
        command = made.evaluate_arguments(self.out)
        weights = self.folder / "checkpoint"
        shutil.copytree(made.checkpoint, weights)
        other = made.folder / "other-run"
        if not other.exists():
            self.succeed("train", "--config", made.job, "--out", other, "--set", "train.seed=2")
        self.disagree(command, made.evaluate_arguments(self.out, corpus=self.other_corpus()),
                      says=["corpus checksum: rank 0 ", "rank 1 "])
        self.disagree(command, made.evaluate_arguments(self.out, checkpoint=other),
                      says=["weights crc32c: rank 0 ", "rank 1 "])

    def other_corpus(self) -> Path:
        """The same utterances in two shards."""
        corpus = self.folder / "corpus"
        self.succeed("preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY,
                     "--out", corpus, "--set", "shard.utterances=16")
        return corpus


if __name__ == "__main__":
    unittest.main()
