"""Training that is killed or asked to stop goes on where it was, on any number of ranks."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import (INTERRUPTED, USAGE, ProgramTest, codectrace, command_line, environment,
                     names_under)
from tiny_pipeline import TinyPipeline
from tiny_set import NO_DROPOUT, write_training_job

STEPS = 20  # of 4 an epoch
EVERY_STEPS = 3  # a checkpoint: most are in the middle of an epoch
WEIGHTS = f"checkpoints/step-{STEPS:08}/weights.safetensors"


def setUpModule():
    global made, job, undisturbed
    made = TinyPipeline()
    job = write_training_job(made.folder / "long.toml", made.set, made.corpus,
                             f"epochs = {STEPS // 4}\n[checkpoint]\nevery_steps = {EVERY_STEPS}")
    made.run = undisturbed = made.folder / "undisturbed"
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
        outcome = codectrace(*train(self.folder / "undisturbed", *NO_DROPOUT), ranks=2)
        self.assertEqual(outcome.code, 0, outcome)
        losses, expected = losses_of(self.out), losses_of(self.folder / "undisturbed")
        self.assertEqual(losses.keys(), expected.keys())
        # Up to there both are on two ranks, bit for bit. The next step's loss is of the same weights
        # and batch, summed in another order; later ones drift, as Adam's first steps amplify rounding.
        following = ("train", stopped_after + 1)
        self.assertAlmostEqual(losses[following], expected[following], delta=1e-4)

    def test_of_a_single_process_by_sigterm_says_how_to_go_on(self):
        process = start(train(self.out), ranks=1)
        wait_for_a_checkpoint(self.out)

        said = self.stop(process, process.pid, by=signal.SIGTERM)

        self.assertEqual(process.returncode, INTERRUPTED, said)
        self.assertIn("the same command goes on", said)

    def test_by_kill_leaves_nothing_that_the_next_start_does_not_remove(self):
        process = start(train(self.out), ranks=1)
        wait_for_a_checkpoint(self.out)
        self.stop(process, process.pid, by=signal.SIGKILL)
        half_written = self.out / "checkpoints/step-00000099.4711.tmp"
        half_written.mkdir()
        (half_written / "weights.safetensors").write_bytes(b"half")

        self.go_on(train(self.out), ranks=1)

        left = {name for name in names_under(self.out) if name.endswith(".tmp") or name == "lock"}
        self.assertEqual(left, set())

    def test_between_a_checkpoint_and_its_links_is_mended_by_the_next_start(self):
        shutil.copytree(undisturbed, self.out, symlinks=True)
        links = {name: os.readlink(self.out / name) for name in ("best", "latest")}
        for name in links:
            (self.out / name).unlink()

        outcome = codectrace(*train(self.out))

        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("Nothing to do", outcome.err)
        self.assertEqual({name: os.readlink(self.out / name) for name in links}, links)


class TwoAtOnce(ProgramTest):
    def test_in_one_directory_are_one_and_a_refusal_that_names_it(self):
        out = self.folder / "run"
        first = start(train(out), ranks=1)
        wait_for_a_checkpoint(out)

        self.refuse(USAGE, *train(out), says=["another train is at work in", out,
                                              f"process {first.pid} on {socket.gethostname()}"])

        _, said = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0, said)
        self.assertEqual(losses_of(out).keys(), losses_of(undisturbed).keys())


class AnotherDirectory(ProgramTest):
    def test_begun_from_a_checkpoint_elsewhere_has_a_best_of_its_own(self):
        out = self.folder / "fork"
        from_there = ["--set", f"train.max_steps={STEPS - 4}", "--out", self.folder / "short"]
        self.succeed("train", "--config", job, *from_there)

        outcome = codectrace(*train(out, "--resume", self.folder / "short/best"))

        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("its own ones are compared", outcome.err)
        best = self.named_best(outcome.err)
        self.assertEqual(best, out / "best")
        self.assertTrue((best / "weights.safetensors").exists())
        self.succeed(*made.evaluate_arguments(self.folder / "results", checkpoint=out))

    def test_begun_from_a_finished_checkpoint_is_told_from_where_to_go_on(self):
        outcome = codectrace(*train(self.folder / "fork", "--resume", undisturbed))

        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn(f"give --resume {undisturbed / 'checkpoints'}", outcome.err)

    @staticmethod
    def named_best(said: str) -> Path:
        return Path(said.split("best checkpoint: ")[1].split(" (")[0])


if __name__ == "__main__":
    unittest.main()
