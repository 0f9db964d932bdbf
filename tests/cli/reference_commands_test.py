"""docs/coming-from-the-reference.md: every command in it runs, on a tiny corpus with the small model."""

import re
import shlex
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import DONE, ROOT, codectrace
from tiny_set import CODECS, coded, speech, write_audio, write_tiny_set

DOCUMENT = (ROOT / "docs/coming-from-the-reference.md").read_text()
COMMANDS = [shlex.split(command)[1:] for command in re.findall(r"`(codectrace [^`]+)`", DOCUMENT)]
TYPES = ["S_BIN", "S_VQ", "S_AUX", "S_DEC", "D_VQ", "D_AUX", "D_DEC", "M1", "M2"]
SCORE_FILES = {"S_BIN": ["bin"], "S_VQ": ["vq"], "S_AUX": ["aux"], "S_DEC": ["dec"],
               "D_VQ": ["bin", "vq"], "D_AUX": ["aux", "bin"], "D_DEC": ["bin", "dec"],
               "M1": ["aux", "bin", "dec", "vq"], "M2": ["aux", "bin", "dec", "vq"]}
SMALLER = {"train": ["--set", "model.preset=small", "--set", "model.input_samples=24240",
                     "--set", "train.max_steps=1"],
           "evaluate": ["--set", "metrics.bootstrap_replicates=10", "--set", "batch_size=4"]}


def write_data_sets(folder: Path) -> None:
    """As the reference's users have them: CodecFake+, the lists, and this program's configs."""
    made = write_tiny_set(folder / "set")
    cors, cosg = (folder / "CodecFake+" / name for name in ["all_data_16k", "SLMdemos_16k"])
    cors.parent.mkdir()
    made.audio.rename(cors)
    lists = folder / "protocols"
    (lists / "training").mkdir(parents=True)
    (lists / "evaluation").mkdir()
    for part in ["train", "dev"]:
        for suffix in ["", "_bal_vq", "_bal_dec"]:
            shutil.copy(made.lists / f"{part}.txt",
                        lists / f"training/{part}_mult_learn{suffix}.txt")
    for suffix in ["", "_bal_vq", "_bal_dec"]:
        shutil.copy(made.lists / "dev.txt", lists / f"training/test_mult_learn{suffix}.txt")
    shutil.copy(made.lists / "test.txt", lists / "evaluation/CoRS_ALL.txt")
    lines = []
    for number, system in enumerate(["VALLE", "USLM", "CLAMTTS"]):
        for name, codec, label in [("prompt", "", "bonafide"), ("made", CODECS[number], "spoof")]:
            write_audio(cosg / system / f"{name}.wav", coded(speech(number), codec))
            lines.append(f"{system} {name} - - {label}\n")
    (lists / "evaluation/CoSG_ALL.txt").write_text("".join(lines))
    shutil.copytree(ROOT / "configs", folder / "configs")
    write_audio(folder / "clip.wav", speech(1))


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="codectrace-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        write_data_sets(cls.folder)
        for command in cls.of("preprocess"):
            cls.run_or_fail(command)
        # In the place of XLS-R and of the published checkpoints: small models, trained as shown.
        cls.run_or_fail(["train", "--config", "configs/train/w2v2_aasist_cors.toml", "--out", "xlsr"])
        cls.run_or_fail(["checkpoint", "convert", "xlsr", "xlsr2_300m.pt"])
        for command in cls.of("train"):
            cls.run_or_fail(command)
        for kind in TYPES:
            run = next(name for name in [kind, f"{kind}_AUX"] if (cls.folder / "runs" / name).exists())
            published = f"{kind}.pth" if run == kind != "S_BIN" else f"{kind}_AUX_bal.pth"
            cls.run_or_fail(["checkpoint", "convert", f"runs/{run}", published])

    @staticmethod
    def of(subcommand: str) -> list[list[str]]:
        return [command for command in COMMANDS if command[0] == subcommand]

    @classmethod
    def run_or_fail(cls, command: list[str]) -> None:
        outcome = codectrace(*command, *SMALLER.get(command[0], []), cwd=cls.folder)
        if outcome.code != DONE:
            raise RuntimeError(f"{shlex.join(command)}: {outcome}")

    def test_that_train_ran_for_each_type_and_sampling(self):
        for command in self.of("train"):
            self.assertTrue((self.folder / command[command.index("--out") + 1] / "best").exists())
        text = " ".join(map(shlex.join, self.of("train")))
        for kind in TYPES:
            self.assertIn(f"model.type={kind}", text)
        for sampling in ["AUX", "VQ", "DEC"]:
            self.assertIn(f"data.sampling={sampling}", text)

    def test_that_evaluate_write_the_references_files_for_each_type_and_corpus(self):
        for command in self.of("evaluate"):
            with self.subTest(shlex.join(command)):
                self.run_or_fail(command)
        for kind in TYPES:
            for corpus in ["CoRS", "CoSG"]:
                with self.subTest(f"{kind} {corpus}"):
                    results = self.folder / f"results/{kind}_{corpus}"
                    names = sorted(path.name for path in results.glob("*_score.txt"))
                    self.assertEqual(names, [f"{task}_score.txt" for task in SCORE_FILES[kind]])
                    for line in (results / "results.txt").read_text().splitlines():
                        self.assertRegex(line, rf"of {kind} on (the )?{corpus} dataset: \d+\.\d\d%$")

    def test_that_do_the_rest_run(self):
        rest = [command for command in COMMANDS
                if command[0] not in ["preprocess", "train", "evaluate"]]
        self.assertGreaterEqual(len(rest), 3)
        for command in rest:
            with self.subTest(shlex.join(command)):
                self.run_or_fail(command)

    def test_that_train_go_on_when_given_again(self):
        command = self.of("train")[0]

        again = codectrace(*command, *SMALLER["train"], cwd=self.folder)

        self.assertEqual(again.code, DONE)
        self.assertIn("finished", again.err)


class Document(unittest.TestCase):
    def test_is_linked_from_the_readme(self):
        self.assertIn("docs/coming-from-the-reference.md", (ROOT / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
