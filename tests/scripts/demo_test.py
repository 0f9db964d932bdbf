"""What scripts/demo does again after its corpus was made anew; every program in it is a stand-in."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = {
    "scripts/setup": "",
    "scripts/build": "",
    # the maker of the corpus: writes the record that the test asks for
    ".deps/venv/bin/python": 'mkdir -p "$DEMO/corpus"; echo "$RECORD" > "$DEMO/corpus/demo.json"',
    # each stage: leaves its --out, unless it is there already
    "bin/mpirun": 'while [ "$1" != --out ]; do shift; done\n'
                  'if mkdir -p "$(dirname "$2")" && mkdir "$2" 2>/dev/null; then echo "made $2"; fi',
}


class Demo(unittest.TestCase):
    def setUp(self) -> None:
        self.tree = Path(tempfile.mkdtemp(prefix="codectrace-demo-"))
        self.addCleanup(shutil.rmtree, self.tree, ignore_errors=True)
        for name, body in STAND_INS.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(0o755)
        shutil.copy(ROOT / "scripts/demo", self.tree / "scripts/demo")
        self.out = self.tree / "demo"

    def made(self, record: str) -> list[str]:
        """@returns what the stages made, with the corpus of that record"""
        done = subprocess.run(
            [self.tree / "scripts/demo", "--out", self.out], text=True, capture_output=True,
            env=os.environ | {"PATH": f"{self.tree}/bin:{os.environ['PATH']}",
                              "DEMO": str(self.out), "RECORD": record})
        self.assertEqual(done.returncode, 0, done)
        return [line.removeprefix(f"made {self.out}/") for line in done.stdout.splitlines()
                if line.startswith("made ")]

    EVERYTHING = ["shards/cors", "shards/cosg", "run", "results/cors_seen", "results/cors_all",
                  "results/cosg_all"]

    def test_makes_everything_once(self):
        self.assertEqual(self.made("first"), self.EVERYTHING)
        self.assertEqual(self.made("first"), [])

    def test_makes_everything_anew_of_another_corpus(self):
        self.made("first")

        self.assertEqual(self.made("second"), self.EVERYTHING)
        self.assertEqual(self.made("second"), [])

    def test_goes_on_after_it_was_stopped_between_removing_and_making(self):
        self.made("first")
        self.made("second")
        shutil.rmtree(self.out / "run")
        shutil.rmtree(self.out / "results")

        self.assertEqual(self.made("second"), self.EVERYTHING[2:])

    def test_removes_no_folder_that_it_does_not_know_to_be_its_own(self):
        (self.out / "results").mkdir(parents=True)
        (self.out / "results/thesis.tex").write_text("")

        self.made("first")

        self.assertTrue((self.out / "results/thesis.tex").exists())


if __name__ == "__main__":
    unittest.main()
