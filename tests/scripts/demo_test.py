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
        self.taxonomy = self.tree / "configs/demo/taxonomy.toml"
        self.taxonomy.parent.mkdir(parents=True)
        self.taxonomy.write_text("classes")
        self.out = self.tree / "demo"

    def run_demo(self, *arguments: str, record: str = "first") -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.tree / "scripts/demo", "--out", self.out, *arguments], text=True,
            capture_output=True,
            env=os.environ | {"PATH": f"{self.tree}/bin:{os.environ['PATH']}",
                              "DEMO": str(self.out), "RECORD": record})

    def made(self, record: str, *arguments: str) -> list[str]:
        """@returns what the stages made, with the corpus of that record"""
        done = self.run_demo(*arguments, record=record)
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

    def test_makes_everything_anew_with_other_classes(self):
        self.made("first")
        self.taxonomy.write_text("other classes")

        self.assertEqual(self.made("first"), self.EVERYTHING)

    def test_makes_each_sast_net_beside_the_other_model_from_the_same_shards(self):
        self.made("first")

        for arguments, home in [(["--model", "sast-net"], "sast-net/VQ"),
                                (["--model", "sast-net", "--task", "BIN"], "sast-net/BIN")]:
            of_its_own = [f"{home}/{name}" for name in self.EVERYTHING[2:]]
            self.assertEqual(self.made("first", *arguments), of_its_own)
            self.assertEqual(self.made("first", *arguments), [])
        self.assertEqual(self.made("first", "--model", "w2v2-aasist"), [])

    def test_of_a_sast_net_trains_the_model_whose_encoder_it_starts_from(self):
        everything = [*self.EVERYTHING[:3], *(f"sast-net/VQ/{name}" for name in self.EVERYTHING[2:])]

        self.assertEqual(self.made("first", "--model", "sast-net"), everything)
        self.assertEqual(self.made("second", "--model", "sast-net"), everything)

    def test_help_knows_the_models_and_their_tasks(self):
        done = self.run_demo("--help")

        self.assertEqual(done.returncode, 0, done)
        self.assertIn("[--model w2v2-aasist|sast-net] [--task BIN|AUX|DEC|VQ]", done.stdout)
        self.assertFalse(self.out.exists())

    def test_refuses_what_no_model_does_before_anything_is_made(self):
        for arguments, about in [(["--model", "wav2vec"], "unknown model wav2vec"),
                                 (["--model", "sast-net", "--task", "M1"], "unknown task M1"),
                                 (["--task", "VQ"], "--task is of --model sast-net")]:
            done = self.run_demo(*arguments)

            self.assertEqual(done.returncode, 2, done)
            self.assertIn(about, done.stderr)
            self.assertFalse(self.out.exists())

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
