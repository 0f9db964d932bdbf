"""Training killed at random moments, each time gone on with, ends with the weights of an undisturbed run.

By hand, for more kills, or to see again what a seed has shown:

    CODECTRACE_KILLS=30 CODECTRACE_KILL_SEED=4711 python tests/e2e/random_kill_test.py
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ProgramTest
from ranked_job import RankedJob, wait_until
from tiny_pipeline import TinyPipeline
from tiny_set import write_training_job

RANKS = 2
KILLS = int(os.environ.get("CODECTRACE_KILLS", "5"))
SEED = int(os.environ.get("CODECTRACE_KILL_SEED") or random.SystemRandom().randrange(10**6))
STEPS = 5  # between kills, about
MOST_STEPS = 8
EVERY_STEPS = 1  # a checkpoint


def setUpModule():
    global made, job, undisturbed, start_s, step_s
    made = TinyPipeline()
    steps = (MOST_STEPS + 4) * (KILLS + 1)  # enough for all kills
    job = write_training_job(made.folder / "job.toml", made.set, made.corpus,
                             f"epochs = {steps // 4}\n[checkpoint]\nevery_steps = {EVERY_STEPS}")
    undisturbed = made.folder / "undisturbed"
    begun = time.monotonic()
    train_to_the_end(undisturbed)
    whole_s = time.monotonic() - begun
    training_s = json.loads((undisturbed / "latest/state.json").read_text())["seconds"]
    start_s, step_s = whole_s - training_s, training_s / steps


def train_to_the_end(out: Path) -> None:
    outcome = RankedJob("train", "--config", job, "--out", out, ranks=RANKS).end(within_s=600)
    assert outcome.code == 0, outcome


class KilledAtRandom(ProgramTest):
    def test_and_gone_on_with_it_ends_with_the_same_bytes_of_weights(self):
        print(f"{KILLS} kills, CODECTRACE_KILL_SEED={SEED}", file=sys.stderr)
        self.draw = random.Random(SEED)
        self.out = self.folder / "run"
        in_a_checkpoint = sum(self.kill_once() for _ in range(KILLS))
        print(f"{in_a_checkpoint} of them left a checkpoint half-written", file=sys.stderr)

        train_to_the_end(self.out)

        for name in ["weights.safetensors", "optimizer.safetensors"]:
            self.assertEqual((self.out / "latest" / name).read_bytes(),
                             (undisturbed / "latest" / name).read_bytes(), name)
        self.assertEqual(list(self.out.rglob("*.tmp")), [])

    def kill_once(self) -> bool:
        """@returns whether it was writing a checkpoint"""
        process = RankedJob("train", "--config", job, "--out", self.out, ranks=RANKS)
        self.addCleanup(process.kill)
        wait_until(lambda: len(process.ranks()) == RANKS, 30, "all ranks are there")
        ranks = process.ranks()
        victims = self.draw.choice([[0], [RANKS - 1], list(range(RANKS))])
        if self.draw.random() < 0.5:
            self.wait_for_checkpoints(self.draw.randint(1, STEPS // EVERY_STEPS))
            time.sleep(self.draw.uniform(0, 0.005))
        else:
            self.sleep(self.draw.uniform(0, start_s + 2 * STEPS * step_s))

        if process.is_over():
            self.fail(f"the run was over too soon: {process.end(within_s=1)}")
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):  # mpirun was quicker
                os.kill(ranks[victim], signal.SIGKILL)
        process.end(within_s=60)
        return bool(list((self.out / "checkpoints").glob("*.tmp")))

    def sleep(self, seconds: float) -> None:
        """Not for too many steps, should the machine be faster than it was before."""
        until, first = time.monotonic() + seconds, self.last_step()
        while time.monotonic() < until and self.last_step() < first + MOST_STEPS:
            time.sleep(0.001)

    def last_step(self) -> int:
        """That a checkpoint is of."""
        names = [path.name for path in (self.out / "checkpoints").glob("step-????????")]
        return max((int(name.removeprefix("step-")) for name in names), default=0)

    def wait_for_checkpoints(self, number: int) -> None:
        """Until so many were begun."""
        seen: set[Path] = set()
        deadline = time.monotonic() + 60
        while len(seen) < number:
            self.assertLess(time.monotonic(), deadline, "no checkpoints within a minute")
            seen |= set((self.out / "checkpoints").glob("*.tmp"))


if __name__ == "__main__":
    unittest.main()
