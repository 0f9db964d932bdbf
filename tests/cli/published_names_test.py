"""The lists balanced by AUX are published without the suffix that their names ask for."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ProgramTest
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY


def setUpModule():
    global made
    made = TinyPipeline().train()


class ListBalancedByAux(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"

    def published(self, part: str) -> Path:
        """A list, by the name that isn't there."""
        (self.folder / f"{part}.txt").write_text((made.set.lists / f"{part}.txt").read_text())
        return self.folder / f"{part}_bal_aux.txt"

    def test_is_found_by_preprocess(self):
        self.succeed("preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY,
                     "--protocol", self.published("train"), "--out", self.out)

    def test_is_found_by_train(self):
        lists = f"['{self.published('train')}']"
        self.published("dev")

        self.succeed("train", "--config", made.job, "--set", f"data.lists={self.folder}",
                     "--set", f"data.train_lists={lists}",
                     "--set", "data.dev_lists=['dev_bal_aux.txt']", "--out", self.out)

    def test_is_found_by_evaluate(self):
        self.succeed(*made.evaluate_arguments(self.out, protocol=self.published("test")))


if __name__ == "__main__":
    unittest.main()
