"""A rank that fails: the job ends soon, with one message that names rank, machine and cause, and leaves
no process behind and the last checkpoint as it was."""

import json
import re
import shutil
import signal
import socket
import sys
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from damage import flip_a_bit_of_samples
from program import BAD_DATA, ENVIRONMENT, INTERRUPTED, Outcome, ProgramTest, codectrace
from ranked_job import RankedJob, wait_until
from tiny_pipeline import TinyPipeline
from tiny_set import CODECS, TAXONOMY, Utterance, write_audio, write_training_job

WITHIN_S = 30
STALL_LIMIT_S = 8
HOST = re.escape(socket.gethostname())
ENDLESS = 1_000_000
EVALUATED = 1000  # scored one by one: long enough to be hurt in
SHARDS = 24
UTTERANCES = 2  # a shard


def setUpModule():
    global made
    made = TinyPipeline().train()
    made.endless = write_training_job(made.folder / "endless.toml", made.set, made.corpus,
                                      f"epochs = {ENDLESS}\n[checkpoint]\nevery_steps = 10")
    draw = np.random.default_rng(1)
    made.audio48 = made.folder / "audio48"
    for i in range(SHARDS * UTTERANCES):  # resampled, so that a shard takes long enough
        write_audio(made.audio48 / f"p001_{i:03}.wav", 0.1 * draw.standard_normal(8 * 48000), 48000)
    made.many = made.folder / "many"
    listed = [Utterance("p009", i, ["", *CODECS][i % 5]) for i in range(EVALUATED)]
    for utterance in listed:
        write_audio(made.folder / f"audio-many/{utterance.id}.wav", 0.1 * draw.standard_normal(16000))
    made.many_list = made.folder / "many.txt"
    made.many_list.write_text("".join(utterance.evaluation_line for utterance in listed))
    outcome = codectrace("preprocess", "--audio", made.folder / "audio-many", "--taxonomy", TAXONOMY,
                         "--out", made.many)
    assert outcome.code == 0, outcome


@dataclass(frozen=True)
class Stage:
    """A command of which ranks can be hurt once it is under way."""

    name: str
    command: Callable[[Path], list[object]]
    is_under_way: Callable[[Path], object]
    limit: str = "comm.stall_limit_s"


def evaluation(out: Path, corpus: Path | None = None, batch_size: int = 1) -> list[object]:
    return [*made.evaluate_arguments(out, corpus=corpus or made.many, protocol=made.many_list),
            "--batch-size", batch_size]


TRAIN = Stage("train",
              lambda out: ["train", "--config", made.endless, "--out", out],
              lambda out: (out / "latest").exists())
PREPROCESS = Stage("preprocess",
                   lambda out: ["preprocess", "--audio", made.audio48, "--taxonomy", TAXONOMY,
                                "--out", out, "--set", f"shard.utterances={UTTERANCES}"],
                   lambda out: list(out.glob("unfinished/shard-*.json")))
EVALUATE = Stage("evaluate", evaluation,
                 lambda out: len(list(Path(f"{out}.partial").glob("part-*.bin"))) > 1)


def sweep(out: Path) -> list[object]:
    """Two checkpoints, each on a group of ranks."""
    checkpoints = [str(min((made.run / "checkpoints").iterdir())), str(made.run)]
    file = Path(f"{out}.toml")
    file.write_text(f"""
out = "{out}"
checkpoints = {json.dumps(checkpoints)}
protocols = ["{made.many_list}"]
corpora = ["{made.many}"]
groups = 2
[evaluate]
batch_size = 1
metrics.bootstrap_replicates = 10
""")
    return ["sweep", file]


SWEEP = Stage("sweep", sweep,
              lambda out: len({part.parent for part in out.glob("*/*.scores/part-*.bin")}) == 2,
              limit="evaluate.comm.stall_limit_s")


class FailingRank(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"

    def ends(self, stage: Stage, ranks: int, hurt: Callable[[RankedJob], None],
             when: Callable[[Path], object] | None = None, more: list[object] = ()) -> Outcome:
        """Starts a job, hurts it, and sees it end in time with nothing left of it."""
        job = RankedJob(*stage.command(self.out), *more, "--set",
                        f"{stage.limit}={STALL_LIMIT_S}", ranks=ranks)
        self.addCleanup(job.kill)
        wait_until(lambda: (when or stage.is_under_way)(self.out) or job.is_over(), 60,
                   f"{stage.name} is under way")
        self.assertFalse(job.is_over(), "over too soon to be hurt")
        hurt(job)
        begun = time.monotonic()

        outcome = job.end(within_s=60)

        self.assertLess(time.monotonic() - begun, WITHIN_S, outcome.err)
        self.assertNotEqual(outcome.code, 0, outcome.err)
        wait_until(lambda: not job.processes(), 5, "no process is left")
        return outcome

    def says_once(self, outcome: Outcome, code: int, pattern: str) -> None:
        self.assertEqual(outcome.code, code, outcome.err)
        messages = [line for line in outcome.err.splitlines() if line.startswith("codectrace")]
        self.assertEqual(len(messages), 1, outcome.err)
        self.assertRegex(messages[0], pattern)

    def is_killed(self, stage: Stage, ranks: int, victim: int) -> None:
        outcome = self.ends(stage, ranks, lambda job: job.signal(victim, signal.SIGKILL))

        # Of a process that is gone it is the launcher that tells.
        self.assertRegex(outcome.err, rf"process rank {victim} with PID \d+ on node {HOST} exited "
                                      r"on signal 9 \(Killed\)")
        self.assertNotIn("codectrace", outcome.err)

    def is_stopped(self, stage: Stage, ranks: int, victim: int) -> None:
        outcome = self.ends(stage, ranks, lambda job: job.signal(victim, signal.SIGSTOP))

        self.says_once(outcome, ENVIRONMENT,
                       rf"^codectrace: rank \d of {ranks} \(host {HOST}\): .* waits for \d+ s: "
                       rf"rank {victim} \(host {HOST}\) (is behind|doesn't answer|has stopped)")

    def has_a_full_disk(self, stage: Stage, ranks: int, victim: int, file: str) -> None:
        outcome = self.ends(stage, ranks, lambda job: job.limit_files(victim, 4096))

        self.says_once(outcome, ENVIRONMENT,
                       rf"^codectrace {stage.name}: rank {victim} of {ranks} \(host {HOST}\): "
                       rf".*{re.escape(str(self.out))}{file}.*File too large")


class Training(FailingRank):
    def tearDown(self) -> None:
        """The last checkpoint can be gone on from, after whatever has happened."""
        newest = max((self.out / "checkpoints").glob("step-????????"), default=None)
        if newest is not None:
            step = json.loads((newest / "state.json").read_text())["step"]
            self.succeed("train", "--config", made.endless, "--out", self.folder / "next",
                         "--resume", newest, "--set", f"train.max_steps={step + 1}")
        for folder in [self.out, self.folder / "next"]:
            shutil.rmtree(folder, ignore_errors=True)

    def on_any_ranks(self, check: Callable[[int], None]) -> None:
        for ranks in [2, 4]:
            with self.subTest(ranks=ranks):
                check(ranks)
                self.tearDown()

    def test_ends_with_a_rank_that_is_killed(self):
        self.on_any_ranks(lambda ranks: self.is_killed(TRAIN, ranks, victim=ranks - 1))
        self.is_killed(TRAIN, ranks=2, victim=0)

    def test_ends_with_a_rank_that_is_stopped(self):
        self.on_any_ranks(lambda ranks: self.is_stopped(TRAIN, ranks, victim=ranks - 1))
        self.is_stopped(TRAIN, ranks=2, victim=0)

    def test_ends_with_a_rank_whose_disk_is_full(self):
        self.on_any_ranks(
            lambda ranks: self.has_a_full_disk(TRAIN, ranks, victim=0, file="/metrics.jsonl"))

    def test_ends_with_a_rank_that_has_no_memory_left(self):
        def check(ranks: int) -> None:
            # Attention over many frames: of the first step, before anything is kept for the next.
            outcome = self.ends(TRAIN, ranks, lambda job: job.limit_memory(1, 300 << 20),
                                when=lambda out: (out / "plan.json").exists(),
                                more=["--set", "model.input_samples=400000"])
            self.says_once(outcome, ENVIRONMENT,
                           rf"^codectrace train: rank 1 of {ranks} \(host {HOST}\): out of memory")
        self.on_any_ranks(check)

    def test_ends_with_a_rank_that_meets_an_utterance_that_rots(self):
        corpus = self.folder / "corpus"
        shutil.copytree(made.corpus, corpus)

        def check(ranks: int) -> None:
            outcome = self.ends(TRAIN, ranks, lambda job: flip_a_bit_of_samples(corpus),
                                more=["--set", f"data.corpus={corpus}"])
            flip_a_bit_of_samples(corpus)  # twice is as before
            self.says_once(outcome, BAD_DATA,
                           rf"^codectrace train: rank \d of {ranks} \(host {HOST}\): "
                           r".*shard-00000\.h5.*/audio/samples.*p00\d_\d+")
        self.on_any_ranks(check)


class Preprocessing(FailingRank):
    def test_ends_with_a_rank_that_is_killed(self):
        self.is_killed(PREPROCESS, ranks=4, victim=2)

    def test_ends_with_a_rank_that_is_stopped(self):
        self.is_stopped(PREPROCESS, ranks=2, victim=1)

    def test_ends_with_a_rank_whose_disk_is_full(self):
        self.has_a_full_disk(PREPROCESS, ranks=2, victim=1, file=r"/.*\.h5")

    def test_ends_with_a_rank_that_has_no_memory_left(self):
        stage = Stage("preprocess",  # at its own rate: libsoxr doesn't check for memory
                      lambda out: ["preprocess", "--audio", made.folder / "audio-many",
                                   "--taxonomy", TAXONOMY, "--out", out,
                                   "--set", f"shard.utterances={EVALUATED // 2}"],
                      lambda out: (out / "preprocess.json").exists())

        outcome = self.ends(stage, 2, lambda job: job.limit_memory(1, 0))

        self.says_once(outcome, ENVIRONMENT,
                       rf"^codectrace preprocess: rank 1 of 2 \(host {HOST}\): .*out of memory")


class Evaluation(FailingRank):
    def test_ends_with_a_rank_that_is_killed(self):
        self.is_killed(EVALUATE, ranks=4, victim=0)

    def test_ends_with_a_rank_that_is_stopped(self):
        self.is_stopped(EVALUATE, ranks=2, victim=1)

    def test_ends_with_a_rank_whose_disk_is_full(self):
        self.has_a_full_disk(EVALUATE, ranks=2, victim=1, file=r"\.partial/part-\d+\.bin")

    def test_ends_with_a_rank_that_has_no_memory_left(self):
        stage = Stage("evaluate", lambda out: evaluation(out, batch_size=EVALUATED // 4),
                      lambda out: Path(f"{out}.partial/inputs.json").exists())

        outcome = self.ends(stage, 2, lambda job: job.limit_memory(1, 0))

        self.says_once(outcome, ENVIRONMENT,
                       rf"^codectrace evaluate: rank 1 of 2 \(host {HOST}\): .*out of memory")

    def test_ends_with_a_rank_that_meets_a_corrupt_utterance(self):
        corpus = self.folder / "corpus"
        shutil.copytree(made.many, corpus)
        flip_a_bit_of_samples(corpus)

        stage = Stage("evaluate", lambda out: evaluation(out, corpus), EVALUATE.is_under_way)
        outcome = self.ends(stage, 2, lambda job: None, when=lambda out: True)

        self.says_once(outcome, BAD_DATA, rf"^codectrace evaluate: rank \d of 2 \(host {HOST}\): "
                                          r".*shard-0000\d\.h5.*/audio/samples.*p009_\d+")


class Sweeping(FailingRank):
    """Ranks 0 and 1 are at one checkpoint, 2 and 3 at the other."""

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.out)): path.read_bytes()
                for path in self.out.rglob("*") if path.is_file()}

    def test_goes_on_after_a_rank_of_one_group_was_killed(self):
        self.succeed(*sweep(self.out), ranks=2)
        undisturbed = self.files()
        shutil.rmtree(self.out)

        self.is_killed(SWEEP, ranks=4, victim=3)
        kept = [path for path in self.out.glob("*/*.scores/part-*.bin") if path.stat().st_size]
        self.assertGreater(len(kept), 1)
        self.succeed(*sweep(self.out), ranks=2)

        self.assertEqual(self.files(), undisturbed)

    def test_ends_with_a_rank_that_is_stopped(self):
        self.is_stopped(SWEEP, ranks=4, victim=3)

    def test_ends_with_a_rank_whose_disk_is_full(self):
        self.has_a_full_disk(SWEEP, ranks=4, victim=3, file=r"/.*\.scores/part-\d+\.bin")

    def test_stops_in_all_groups_on_request_and_goes_on(self):
        job = RankedJob(*sweep(self.out), ranks=4)
        self.addCleanup(job.kill)
        wait_until(lambda: SWEEP.is_under_way(self.out) or job.is_over(), 60, "under way")
        self.assertIn("sweep running", self.succeed("status", self.out).out)

        for rank in range(4):
            job.signal(rank, signal.SIGTERM)

        self.assertEqual(job.end(within_s=30).code, INTERRUPTED)
        self.assertEqual(list(self.out.rglob("results.json")), [])
        self.assertIn(" batches were scored before", self.succeed(*sweep(self.out)).err)


if __name__ == "__main__":
    unittest.main()
