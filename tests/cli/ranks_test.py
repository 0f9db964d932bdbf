"""Errors under mpirun: told once, with the exit code, and no rank is left waiting."""

import shutil
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, USAGE, ProgramTest, codectrace, names_under
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY

WITHIN_S = 30  # of these seconds most are mpirun's


def setUpModule():
    global made
    made = TinyPipeline().train()


class TwoRanks(ProgramTest):
    def fail_together(self, code: int, *arguments: object, says: list[str]) -> None:
        begun = time.monotonic()
        outcome = codectrace("--quiet", *arguments, ranks=2)

        self.assertEqual(outcome.code, code, outcome)
        self.assertLess(time.monotonic() - begun, WITHIN_S)
        messages = [line for line in outcome.err.splitlines() if line.startswith("codectrace ")]
        self.assertEqual(len(messages), 1, outcome.err)
        self.assert_in_order([f"codectrace {arguments[0]}: rank ", " of 2 (host ", "): ", *says], messages[0])

    def test_tell_a_mistake_that_all_of_them_see_once(self):
        out = self.folder / "out"
        self.fail_together(USAGE, "train", "--config", made.job, "--set", "train.epochz=1",
                           "--out", out, says=["train.epochz", "epochs?"])
        self.fail_together(BAD_DATA, *made.evaluate_arguments(out, corpus="/no/such"),
                           says=["/no/such"])
        self.assertEqual(names_under(out), set())

    def test_tell_a_mistake_that_only_the_root_sees(self):
        out = self.folder / "out"
        self.fail_together(BAD_DATA, "preprocess", "--audio", "/no/such", "--taxonomy", TAXONOMY,
                           "--out", out, says=["/no/such"])
        self.fail_together(BAD_DATA, "report", "/no/such", says=["/no/such"])
        self.assertEqual(names_under(out), set())

    def test_tell_a_mistake_that_only_one_of_them_meets(self):
        audio = self.folder / "audio"
        shutil.copytree(made.set.audio, audio)
        (audio / "p001_004.wav").write_bytes(b"")
        out = self.folder / "corpus"

        self.fail_together(BAD_DATA, "preprocess", "--audio", audio, "--taxonomy", TAXONOMY,
                           "--out", out, "--set", "shard.utterances=2",
                           says=["utterance p001_004", "policy.empty"])

        self.assertNotIn("corpus.json", names_under(out))

    def test_tell_a_mistyped_command_line_once(self):
        outcome = codectrace("trian", ranks=2)

        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertEqual(outcome.err.count("there is no subcommand trian"), 1, outcome.err)

    def test_are_not_one_process_by_itself(self):
        self.fail_together(USAGE, "shard", "inspect", "/no/such", "--comm", "self",
                           says=["--comm self"])

    def test_are_too_many_for_the_batch(self):
        self.fail_together(USAGE, "train", "--config", made.job, "--set", "train.batch_size=1",
                           "--out", self.folder / "out",
                           says=["train.batch_size is 1", "2 ranks"])


if __name__ == "__main__":
    unittest.main()
