"""Training that is killed or asked to stop goes on where it was, on any number of ranks."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import INTERRUPTED, ProgramTest, codectrace, command_line, environment
from tiny_pipeline import TinyPipeline
from tiny_set import write_training_job

STEPS = 20  # of 4 an epoch
EVERY_STEPS = 3  # a checkpoint: most are in the middle of an epoch
WEIGHTS = f"checkpoints/step-{STEPS:08}/weights.safetensors"
# Masks are drawn by each rank for its part of the batch.
NO_DROPOUT = [word for key in ["encoder.dropout_input", "backend.graph_dropout",
                               "backend.pool_dropout", "backend.readout_dropout",
                               "backend.output_dropout"]
              for word in ["--set", f"model.{key}=0"]]


def setUpModule():
    global made, job, undisturbed
    made = TinyPipeline()
    job = write_training_job(made.folder / "long.toml", made.set, made.corpus,
                             f"epochs = {STEPS // 4}\n[checkpoint]\nevery_steps = {EVERY_STEPS}")
    undisturbed = made.folder / "undisturbed"
    outcome = codectrace(*train(undisturbed), ranks=2)
    assert outcome.code == 0, outcome


def train(out: Path, *more: object) -> list[object]:
    return ["train", "--config", job, "--out", out, *more]


def start(command: list[object], ranks: int) -> subprocess.Popen:
    return subprocess.Popen(command_line(*command, ranks=ranks), stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True, env=environment())


def children_of(process: subprocess.Popen) -> list[int]:
    return [int(child) for child in
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def wait_for_a_checkpoint(out: Path) -> None:
    """That a killed run can go on from, with most of the steps still to come."""
    deadline = time.monotonic() + 60
    while not list((out / "checkpoints").glob("step-????????")):
        assert time.monotonic() < deadline, "no checkpoint within a minute"
        time.sleep(0.002)


def state_of(run: Path) -> dict:
    """Of the newest checkpoint: a run may be killed before it points a link there."""
    return json.loads((max((run / "checkpoints").glob("step-????????")) / "state.json").read_text())


def losses_of(run: Path) -> dict[tuple[str, int], float]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = {(line["kind"], line["step"]): line["loss"] for line in lines}
    assert len(losses) == len(lines), "a step is in the log twice"
    return losses


class Interruption(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "run"

    def stop(self, process: subprocess.Popen, pid: int, by: signal.Signals) -> str:
        """@returns what it said"""
        os.kill(pid, by)
        _, said = process.communicate(timeout=60)
        self.assertLess(state_of(self.out)["step"], STEPS, "it was over too soon to be stopped")
        return said

    def go_on(self, command: list[object], ranks: int) -> None:
        outcome = codectrace(*command, ranks=ranks)
        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("going on from", outcome.err)

    def test_by_the_death_of_a_rank_changes_no_bit_of_weights_and_curves(self):
        process = start(train(self.out), ranks=2)
        wait_for_a_checkpoint(self.out)
        self.stop(process, children_of(process)[-1], by=signal.SIGKILL)
        self.assertNotEqual(process.returncode, 0)

        self.go_on(train(self.out), ranks=2)

        self.assertEqual((self.out / WEIGHTS).read_bytes(), (undisturbed / WEIGHTS).read_bytes())
        self.assertEqual(losses_of(self.out), losses_of(undisturbed))

    def test_on_request_is_followed_by_another_number_of_ranks(self):
        command = train(self.out, *NO_DROPOUT)
        process = start(command, ranks=2)
        wait_for_a_checkpoint(self.out)
        said = self.stop(process, process.pid, by=signal.SIGUSR1)
        stopped_after = state_of(self.out)["step"]
        self.assertEqual(process.returncode, INTERRUPTED, said)
        self.assertIn(f"stopped on request after step {stopped_after} of {STEPS}", said)

        self.go_on(command, ranks=1)

        state = state_of(self.out)
        self.assertEqual((state["step"], state["ranks"], state["finished"]), (STEPS, 1, True))
        self.succeed(*train(self.folder / "undisturbed", *NO_DROPOUT))
        losses, expected = losses_of(self.out), losses_of(self.folder / "undisturbed")
        self.assertEqual(losses.keys(), expected.keys())
        # The next step's loss is of the same weights and batch, summed in another order; later
        # ones drift, since Adam's first steps amplify rounding.
        following = ("train", stopped_after + 1)
        self.assertAlmostEqual(losses[following], expected[following], delta=1e-4)

    def test_of_a_single_process_by_sigterm_says_how_to_go_on(self):
        process = start(train(self.out), ranks=1)
        wait_for_a_checkpoint(self.out)

        said = self.stop(process, process.pid, by=signal.SIGTERM)

        self.assertEqual(process.returncode, INTERRUPTED, said)
        self.assertIn("the same command goes on", said)


if __name__ == "__main__":
    unittest.main()
