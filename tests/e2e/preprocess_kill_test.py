"""preprocess on several ranks, killed at many moments, is finished by the next run to the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ProgramTest, codectrace, command_line, environment
from tiny_set import TAXONOMY, write_audio

SHARDS = 24
UTTERANCES = 2  # a shard
RATE_HZ = 48000  # resampled, so that a shard takes long enough to be killed in


def setUpModule():
    global audio, expected
    folder = Path(tempfile.mkdtemp(prefix="codectrace-kill-"))
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    audio = folder / "audio"
    draw = np.random.default_rng(1)
    for i in range(SHARDS * UTTERANCES):
        write_audio(audio / f"p001_{i:03}.wav", 0.1 * draw.standard_normal(8 * RATE_HZ), RATE_HZ)
    outcome = codectrace(*preprocess(folder / "undisturbed"))
    assert outcome.code == 0, outcome
    expected = contents_of(folder / "undisturbed")


def preprocess(out: Path) -> list[object]:
    return ["preprocess", "--audio", audio, "--taxonomy", TAXONOMY, "--out", out,
            "--set", f"shard.utterances={UTTERANCES}"]


def contents_of(corpus: Path) -> dict[str, bytes]:
    return {str(path.relative_to(corpus)): path.read_bytes() for path in corpus.rglob("*")
            if path.is_file() and path.name != "preprocess.toml"}  # which names the folder


def children_of(process: subprocess.Popen) -> list[int]:
    return [int(child) for child in
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


class KilledRanks(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.corpus = self.folder / "corpus"

    def start(self, ranks: int) -> subprocess.Popen:
        return subprocess.Popen(command_line(*preprocess(self.corpus), ranks=ranks),
                                stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                env=environment(), start_new_session=True)

    def wait_for(self, glob: str, number: int) -> None:
        deadline = time.monotonic() + 60
        while len(list(self.corpus.glob(glob))) < number:
            self.assertLess(time.monotonic(), deadline, f"no {number} {glob} within a minute")
            time.sleep(0.001)

    def kill(self, process: subprocess.Popen, pids: list[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        process.wait(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertFalse((self.corpus / "corpus.json").exists(), "it was over too soon")

    def finish(self, ranks: int) -> None:
        self.succeed(*preprocess(self.corpus), ranks=ranks)
        found = contents_of(self.corpus)
        self.assertEqual(found.keys(), expected.keys())
        self.assertTrue(found == expected)

    def test_of_which_one_died_after_so_many_shards(self):
        for victim, shards in [(0, 0), (1, 5), (2, 12)]:
            with self.subTest(rank=victim, shards=shards):
                process = self.start(ranks=3)
                self.wait_for("preprocess.json", 1)
                self.wait_for("unfinished/shard-*.json", shards)

                self.kill(process, [children_of(process)[victim]])

                self.finish(ranks=2)
                shutil.rmtree(self.corpus)

    def test_that_died_together_with_mpirun_again_and_again(self):
        """In one corpus, each time a little later: at once, while shards are written, near the end."""
        for shards in [0, 4, 8, 12, 16]:
            process = self.start(ranks=2)
            self.wait_for("preprocess.json", 1)
            self.wait_for("unfinished/shard-*.json", shards)

            self.kill(process, [process.pid, *children_of(process)])

        self.finish(ranks=3)


if __name__ == "__main__":
    unittest.main()
