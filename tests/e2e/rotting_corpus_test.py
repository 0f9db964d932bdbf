"""A shard that rots while it is trained on: another utterance takes the place, counted, and every rank
goes on to the last step."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from damage import flip_a_bit_of_samples
from program import DONE, ProgramTest
from ranked_job import RankedJob, wait_until
from tiny_pipeline import TinyPipeline
from tiny_set import write_training_job

EPOCHS = 40  # of 4 steps


def setUpModule():
    global made
    made = TinyPipeline()


class RottingCorpus(ProgramTest):
    def test_is_trained_on_to_the_end_with_other_utterances(self):
        job = write_training_job(self.folder / "job.toml", made.set, made.corpus,
                                 f"epochs = {EPOCHS}\n[checkpoint]\nevery_steps = 4")
        out = self.folder / "run"
        process = RankedJob("train", "--config", job, "--out", out,
                            "--set", "data.on_bad_audio=replace", ranks=2)
        self.addCleanup(process.kill)
        wait_until((out / "latest").exists, 60, "a checkpoint")

        flip_a_bit_of_samples(made.corpus)

        outcome = process.end(within_s=100)
        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertRegex(outcome.err, r"skipped: .*shard-00000\.h5: /audio/samples of utterance p00")
        state = json.loads((out / "latest/state.json").read_text())
        self.assertEqual((state["step"], state["finished"]), (4 * EPOCHS, True))
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        training = [line for line in lines if line["kind"] == "train"]
        self.assertEqual([line["step"] for line in training], list(range(1, 4 * EPOCHS + 1)))
        self.assertNotIn("corrupt_utterances", training[0])
        self.assertEqual(training[-1]["corrupt_utterances"], 1)


if __name__ == "__main__":
    unittest.main()
