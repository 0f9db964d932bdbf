"""A disk that fills up: told, nothing half-written, and gone on with once there is room."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ENVIRONMENT, ProgramTest, names_under
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY


def setUpModule():
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can mount a file system that is too small")
    global made
    made = TinyPipeline().train()


class FullDisk(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.disk],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no mounting here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.out = self.disk / "out"

    def enlarge(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", self.disk], check=True)

    def fills_up(self, command: list[object]) -> set[str]:
        """@returns what is left on the disk"""
        self.refuse(ENVIRONMENT, *command, says=[self.disk, "No space left on device"])
        return names_under(self.disk)

    def test_stops_preprocess_which_finishes_once_there_is_room(self):
        command = ["preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY,
                   "--out", self.out]

        left = self.fills_up(command)

        self.assertEqual([name for name in left if ".h5" in name or "corpus" in name], [])
        self.enlarge()
        self.succeed(*command)
        self.assertEqual((self.out / "corpus.json").read_bytes(),
                         (made.corpus / "corpus.json").read_bytes())

    def test_stops_train_at_its_checkpoint_and_leaves_none(self):
        command = ["train", "--config", made.job, "--out", self.out]

        left = self.fills_up(command)

        self.assertEqual([name for name in left if "step-" in name or "latest" in name], [])
        self.enlarge()
        self.succeed(*command)
        self.assertTrue((self.out / "best/weights.safetensors").exists())

    def test_stops_evaluate_which_keeps_its_scores(self):
        command = made.evaluate_arguments(self.out)

        left = self.fills_up(command)

        self.assertEqual({name for name in left if name.split("/")[0] != "out.partial"}, set())
        self.enlarge()
        self.succeed(*command)
        self.assertTrue((self.out / "results.json").exists())


if __name__ == "__main__":
    unittest.main()
