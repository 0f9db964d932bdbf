"""codectrace compare on results that the program made itself."""

import csv
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, USAGE, ProgramTest
from tiny_pipeline import TinyPipeline


def setUpModule() -> None:
    global made
    made = TinyPipeline().train()


class CompareTest(ProgramTest):
    def results(self, name: str, *further: object) -> Path:
        out = self.folder / name
        self.succeed(*made.evaluate_arguments(out), *further)
        return out

    def test_of_the_same_scores_finds_no_difference_and_writes_files(self):
        one, other = self.results("one"), self.results("other", "--set", "metrics.bootstrap_seed=2")
        table, numbers = self.folder / "comparison.csv", self.folder / "comparison.json"

        shown = self.succeed("compare", one, other, "--csv", table, "--json", numbers)

        self.assertIn("Differences in per cent", shown.out)
        self.assertLessEqual(max(map(len, shown.out.splitlines())), 100)
        tests = json.loads(numbers.read_text())["tests"]
        self.assertGreater(len(tests), 3)
        self.assertEqual({test["p_holm"] for test in tests}, {1.0})
        with table.open() as lines:
            kinds = [row["kind"] for row in csv.DictReader(lines)]
        self.assertEqual(kinds.count("difference"), len(tests))
        self.assertIn("\\begin{tabular}", self.succeed("compare", one, other, "--format", "latex").out)

    def test_says_what_is_wrong(self):
        one = self.results("one")

        self.refuse(USAGE, "compare", one, says=["at least two"])
        self.refuse(BAD_DATA, "compare", one, self.folder / "none", says=["none/results.json"])
        self.refuse(USAGE, "compare", one, one, "--baseline", "two", says=["baseline two isn't one of"])


if __name__ == "__main__":
    unittest.main()
