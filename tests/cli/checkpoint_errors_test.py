"""Checkpoints that are damaged, of another model, or none at all."""

import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, USAGE, ProgramTest, names_under
from tiny_pipeline import TinyPipeline


def setUpModule():
    global made
    made = TinyPipeline().train()


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


class EvaluatedCheckpoint(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.checkpoint = self.folder / "checkpoint"
        shutil.copytree(made.checkpoint, self.checkpoint)
        self.out = self.folder / "out"

    def refused(self, code: int, says: list[str], checkpoint: Path | None = None) -> None:
        arguments = made.evaluate_arguments(self.out, checkpoint=checkpoint or self.checkpoint)
        self.refuse(code, *arguments, says=says)
        self.assertEqual(names_under(self.out), set())

    def test_whose_weights_are_cut_off_is_told(self):
        cut_in_half(self.checkpoint / "weights.safetensors")

        self.refused(BAD_DATA, [self.checkpoint / "weights.safetensors", "truncated or corrupt"])

    def test_with_a_flipped_bit_in_its_weights_is_told(self):
        weights = self.checkpoint / "weights.safetensors"
        data = bytearray(weights.read_bytes())
        data[-100] ^= 0x40
        weights.write_bytes(data)

        self.refused(BAD_DATA, [weights])

    def test_whose_weights_begin_with_an_impossible_size_is_told(self):
        weights = self.checkpoint / "weights.safetensors"
        weights.write_bytes(b"\xff" * 8 + weights.read_bytes()[8:])

        self.refused(BAD_DATA, [weights, "no safetensors file"])

    def test_whose_texts_are_cut_off_is_told_with_the_line(self):
        for name in ["model.toml", "taxonomy.toml"]:
            with self.subTest(name):
                lines = (made.checkpoint / name).read_text().splitlines()
                half = len(lines) // 2
                (self.checkpoint / name).write_text("\n".join(lines[:half]) + "\nkey = ")

                self.refused(BAD_DATA, [f"{name}:{half + 1}: "])

                shutil.copy(made.checkpoint / name, self.checkpoint / name)

    def test_that_lacks_a_file_is_told_which(self):
        for name in ["weights.safetensors", "taxonomy.toml"]:
            with self.subTest(name):
                (self.checkpoint / name).unlink()

                self.refused(BAD_DATA, [self.checkpoint, name])

                shutil.copy(made.checkpoint / name, self.checkpoint / name)

    def test_whose_weights_are_another_models_is_told_with_the_weights(self):
        model = self.checkpoint / "model.toml"
        model.write_text(model.read_text().replace("ffn_dim = 32", "ffn_dim = 64"))

        self.refused(BAD_DATA, [self.checkpoint / "weights.safetensors", "doesn't fit the model",
                                "of another shape", "ssl_model."])

    def test_with_weights_that_the_model_lacks_is_told_with_their_number(self):
        model = self.checkpoint / "model.toml"
        model.write_text(model.read_text().replace("layers = 1", "layers = 0"))

        self.refused(BAD_DATA, [self.checkpoint / "weights.safetensors", "doesn't fit the model",
                                "unexpected", "ssl_model."])

    def test_without_weights_that_the_model_has_is_told_with_their_number(self):
        model = self.checkpoint / "model.toml"
        model.write_text(model.read_text().replace("layers = 1", "layers = 2"))

        self.refused(BAD_DATA, [self.checkpoint / "weights.safetensors", "doesn't fit the model",
                                "missing", "ssl_model."])

    def test_that_is_none_is_told_with_what_one_is(self):
        file = self.folder / "file"
        file.write_text("no checkpoint")
        self.refused(BAD_DATA, [file, "no weight file"], file)
        for path in [self.folder / "nowhere", made.set.audio]:
            with self.subTest(path):
                self.refused(BAD_DATA, [path, "weight file", "checkpoint", "run directory"], path)


class ResumedCheckpoint(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.run_directory = self.folder / "run"
        shutil.copytree(made.run, self.run_directory, symlinks=True)
        self.checkpoint = next((self.run_directory / "checkpoints").iterdir())
        self.elsewhere = self.folder / "elsewhere"

    def train(self, out: Path, *more: object) -> list[object]:
        return ["train", "--config", made.job, "--out", out, *more]

    def test_that_is_damaged_is_told_with_the_file(self):
        for name in ["weights.safetensors", "optimizer.safetensors", "state.json"]:
            with self.subTest(name):
                cut_in_half(self.checkpoint / name)
                before = names_under(self.run_directory)

                self.refuse(BAD_DATA, *self.train(self.run_directory),
                            says=[self.checkpoint / name])
                self.refuse(BAD_DATA, *self.train(self.elsewhere, "--resume", self.checkpoint),
                            says=[self.checkpoint / name])

                self.assertEqual(names_under(self.run_directory), before)
                self.assertEqual(names_under(self.elsewhere), set())
                shutil.copy(made.checkpoint / name, self.checkpoint / name)

    def test_of_another_model_is_told_with_what_differs(self):
        self.refuse(USAGE, *self.train(self.elsewhere, "--resume", self.checkpoint,
                                       "--set", "model.encoder.dim=32"),
                    says=[self.checkpoint, "another model", "model.encoder.dim is 32, was 16"])
        self.assertEqual(names_under(self.elsewhere), set())

    def test_that_is_none_is_told_with_what_one_is(self):
        for path in [self.folder / "nowhere", made.set.audio]:
            self.refuse(BAD_DATA, *self.train(self.elsewhere, "--resume", path),
                        says=["--resume", path, "state.json"])
            self.assertEqual(names_under(self.elsewhere), set())


if __name__ == "__main__":
    unittest.main()
