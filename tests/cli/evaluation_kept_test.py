"""What a killed evaluation leaves: taken up or removed by the next one, which has the folder alone."""

import fcntl
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import USAGE, ProgramTest
from tiny_pipeline import TinyPipeline


def setUpModule():
    global made
    made = TinyPipeline().train()


class AfterAKill(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "results"
        self.partial = self.folder / "results.partial"

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def test_results_half_written_are_removed_and_a_neighbours_are_not(self):
        for name in ["results.4711.tmp", "results.old.tmp", "results2.4711.tmp", "results.tmp"]:
            (self.folder / name).mkdir()

        self.succeed(*made.evaluate_arguments(self.out))

        self.assertEqual(self.names(), {"results", "results2.4711.tmp", "results.tmp"})

    def test_scores_that_are_kept_beside_finished_results_are_removed(self):
        self.succeed(*made.evaluate_arguments(self.out))
        self.partial.mkdir()
        (self.partial / "part-00000.bin").write_bytes(b"")

        self.succeed(*made.evaluate_arguments(self.out))

        self.assertEqual(self.names(), {"results"})

    def test_the_lock_is_free_and_while_another_is_at_work_it_is_not(self):
        self.partial.mkdir()
        with open(self.partial / "lock", "w") as lock:
            lock.write("process 4711 on n7\n")
            lock.flush()
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuse(USAGE, *made.evaluate_arguments(self.out),
                        says=["another evaluate is at work in", self.partial, "process 4711 on n7"])

        self.succeed(*made.evaluate_arguments(self.out))
        self.assertEqual(self.names(), {"results"})


if __name__ == "__main__":
    unittest.main()
