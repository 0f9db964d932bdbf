"""codectrace checkpoint, and weight files in the place of checkpoints."""

import json
import os
import shutil
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, DONE, ROOT, USAGE, ProgramTest, codectrace, names_under
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY

STORED = ROOT / "tests/data/weights"


def setUpModule():
    global made
    made = TinyPipeline().train()


def tensors_of(path: Path) -> dict[str, bytes]:
    """Of a .safetensors file: name → type, shape and bytes."""
    contents = path.read_bytes()
    length, = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8:8 + length])
    data = contents[8 + length:]
    return {name: (tensor["dtype"], tensor["shape"], data[slice(*tensor["data_offsets"])])
            for name, tensor in header.items() if name != "__metadata__"}


def texts_of(path: Path) -> dict[str, str]:
    """Of a .safetensors file: its metadata, but for the checksum of the whole."""
    contents = path.read_bytes()
    length, = struct.unpack("<Q", contents[:8])
    texts = json.loads(contents[8:8 + length])["__metadata__"]
    return {key: text for key, text in texts.items() if key != "crc32c"}


class CheckpointTest(ProgramTest):
    def inspect(self, path: Path, *options: object) -> dict:
        return json.loads(self.succeed("checkpoint", "inspect", path, "--json", *options).out)

    def convert(self, source: Path, name: str, *options: object) -> Path:
        out = self.folder / name
        self.succeed("checkpoint", "convert", source, out, *options)
        return out


class Inspect(CheckpointTest):
    def test_shows_every_tensor_with_its_type_and_shape(self):
        out = self.succeed("checkpoint", "inspect", STORED / "kinds_zip.pth", "--verify").out

        self.assertRegex(out, r"(?m)^bfloat16 +bfloat16 +\[2, 3\]$")
        self.assertRegex(out, r"(?m)^scalar +int64 +\[\]$")
        self.assertRegex(out, r"(?m)^format +PyTorch zip, 0.0 MB, checksums fit$")
        self.assertRegex(out, r"(?m)^tensors +17, \d+ values$")
        self.assertRegex(out, r"(?m)^model +none that is known")

    def test_knows_each_format(self):
        for name, known in {"kinds_zip.pth": "PyTorch zip", "kinds_legacy.pth": "PyTorch legacy",
                            "hugging_face.safetensors": "safetensors"}.items():
            self.assertEqual(self.inspect(STORED / name)["format"], known)

    def test_says_whether_there_are_checksums_to_compare_with(self):
        for name, checksums in {"kinds_zip.pth": "fit", "kinds_legacy.pth": "none",
                                "hugging_face.safetensors": "none"}.items():
            with self.subTest(name):
                self.assertEqual(self.inspect(STORED / name, "--verify")["checksums"], checksums)
                self.assertIsNone(self.inspect(STORED / name)["checksums"])
        self.assertRegex(
            self.succeed("checkpoint", "inspect", STORED / "kinds_legacy.pth", "--verify").out,
            r"(?m)^format +PyTorch legacy, 0.0 MB, without checksums to compare with$")

    def test_shows_nothing_that_moves_a_terminals_cursor(self):
        weights = self.folder / "weights.safetensors"
        header = json.dumps({"__metadata__": {"a\x1b[2Jb": "\x1b]0;title\x07 \x9b2J \x7f", "plain": "é"}})
        weights.write_bytes(struct.pack("<Q", len(header)) + header.encode())

        out = self.succeed("checkpoint", "inspect", weights).out
        as_json = self.succeed("checkpoint", "inspect", weights, "--json").out

        self.assertNotRegex(out + as_json, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        self.assertRegex(out, r"(?m)^text +a\?\[2Jb = ")
        self.assertRegex(out, r"(?m)^text +plain = é$")
        self.assertEqual(json.loads(as_json)["metadata"]["a\x1b[2Jb"], "\x1b]0;title\x07 \x9b2J \x7f")

    def test_of_a_file_whose_name_is_no_text_is_json_all_the_same(self):
        weights = Path(os.fsdecode(os.fsencode(self.folder) + b"/\xff.pth"))
        shutil.copy(STORED / "kinds_zip.pth", weights)

        self.assertTrue(self.inspect(weights)["file"].endswith("\ufffd.pth"))

    def test_names_the_nearest_model_of_weights_that_are_none_that_is_known(self):
        weights = self.convert(made.run, "weights.pth")

        out = self.succeed("checkpoint", "inspect", weights).out
        nearest = self.inspect(weights)["model"]

        self.assertRegex(out, r"(?m)^model +none that is known")
        self.assertRegex(out, r"(?m)^nearest +w2v2-aasist M1, preset small, but they lack \d+ of its \d+ "
                              r"tensors:\n  \d+ missing: ")
        self.assertFalse(nearest["recognised"])
        self.assertEqual(nearest["type"], "M1")

    def test_of_a_checkpoint_or_run_compares_with_its_own_model(self):
        for path in [made.checkpoint, made.run]:
            with self.subTest(path):
                shown = self.inspect(path)

                self.assertEqual(shown["model"]["type"], "M1")
                self.assertEqual(shown["model"]["classes"], {"AUX": 4, "BIN": 2, "DEC": 3, "VQ": 4})
                self.assertFalse(any(shown["model"]["misfit"].values()))
        self.assertRegex(self.succeed("checkpoint", "inspect", made.run).out, r"(?m)^fits +yes$")

    def test_says_what_the_weights_lack_for_a_model_that_is_given(self):
        model = self.folder / "model.toml"
        model.write_text((made.checkpoint / "model.toml").read_text().replace("layers = 1",
                                                                              "layers = 2"))

        out = self.succeed("checkpoint", "inspect", made.run, "--model-config", model).out

        self.assertRegex(out, r"(?m)^fits +no:\n  16 missing: ssl_model\.model\.encoder\.layers\.1\.")

    def test_says_what_a_damaged_file_has(self):
        damaged = self.folder / "damaged.pth"
        contents = bytearray((STORED / "kinds_zip.pth").read_bytes())
        damaged.write_bytes(contents[:-100])
        self.refuse(BAD_DATA, "checkpoint", "inspect", damaged, says=[damaged, "truncated"])

        at = contents.index(struct.pack("<3d", 0, 1, 2))
        contents[at] ^= 1
        damaged.write_bytes(contents)
        self.succeed("checkpoint", "inspect", damaged)
        self.refuse(BAD_DATA, "checkpoint", "inspect", damaged, "--verify",
                    says=[damaged, "CRC-32", "another copy"])

    def test_runs_nothing_that_a_pickle_asks_for(self):
        marker, path = self.folder / "marker", self.folder / "evil.pth"
        call = f"touch {marker}".encode()
        path.write_bytes(b"\x80\x02cos\nsystem\nX" + struct.pack("<I", len(call)) + call + b"\x85R.")

        self.refuse(BAD_DATA, "checkpoint", "inspect", path, says=[path])

        self.assertFalse(marker.exists())

    def test_names_what_is_no_weight_file(self):
        text = self.folder / "text"
        text.write_text("neither of these, whatever its name")
        self.refuse(BAD_DATA, "checkpoint", "inspect", text, says=[text, "no weight file", ".pth"])
        for path in [self.folder / "nowhere", made.set.audio]:
            with self.subTest(path):
                self.refuse(BAD_DATA, "checkpoint", "inspect", path,
                            says=[path, "weight file", "checkpoint", "run directory"])


class Convert(CheckpointTest):
    def test_there_and_back_is_the_same(self):
        there = self.convert(made.run, "weights.pth")
        back = self.convert(there, "weights.safetensors")

        self.assertEqual(tensors_of(back), tensors_of(made.checkpoint / "weights.safetensors"))
        self.assertEqual(self.inspect(there)["format"], "PyTorch zip")
        self.assertEqual(texts_of(back), texts_of(made.checkpoint / "weights.safetensors"))
        self.assertEqual(texts_of(back)["head.0"].split()[0], "BIN")

    def test_makes_tensors_dense_and_keeps_their_types(self):
        one = self.convert(STORED / "kinds_zip.pth", "one.safetensors")
        two = self.convert(STORED / "kinds_legacy.pth", "two.safetensors")

        tensors = tensors_of(one)
        self.assertEqual(tensors, tensors_of(two))
        self.assertEqual(tensors["transposed"], ("F32", [2, 3], struct.pack("<6f", 0, 2, 4, 1, 3, 5)))
        self.assertEqual(tensors["int16"], ("I16", [2, 3], struct.pack("<6h", *range(6))))
        self.assertEqual(tensors["bool"], ("BOOL", [3], b"\0\1\1"))

    def test_gives_the_references_names_unless_told_not_to(self):
        renamed = tensors_of(self.convert(STORED / "hugging_face_bfloat16.bin", "a.safetensors"))
        kept = tensors_of(self.convert(STORED / "hugging_face_bfloat16.bin", "b.safetensors",
                                       "--keep-names"))

        self.assertIn("encoder.layers.0.self_attn.k_proj.weight", renamed)
        self.assertIn("wav2vec2.encoder.layers.0.attention.k_proj.weight", kept)
        self.assertEqual(len(renamed), len(kept))

    def test_tells_what_it_leaves_out(self):
        source = self.folder / "source.pth"
        shutil.copy(STORED / "fairseq_zip.pt", source)

        outcome = self.succeed("checkpoint", "convert", source, self.folder / "out.pth")

        self.assertIn("41 tensors", outcome.out)
        self.assertEqual(len(self.inspect(self.folder / "out.pth")["tensors"]), 41)

    def test_writes_over_nothing(self):
        there = self.folder / "there.pth"
        there.write_text("mine")

        self.refuse(USAGE, "checkpoint", "convert", made.run, there, says=[there, "there already"])

        self.assertEqual(there.read_text(), "mine")

    def test_asks_for_a_name_that_says_the_format(self):
        out = self.folder / "weights.ckpt"
        self.refuse(USAGE, "checkpoint", "convert", made.run, out,
                    says=[out, ".safetensors", ".pth"])
        self.assertFalse(out.exists())

    def test_of_a_damaged_file_leaves_nothing(self):
        damaged = self.folder / "damaged.pth"
        contents = bytearray((STORED / "kinds_zip.pth").read_bytes())
        contents[contents.index(struct.pack("<3d", 0, 1, 2))] ^= 1
        damaged.write_bytes(contents)

        self.refuse(BAD_DATA, "checkpoint", "convert", damaged, self.folder / "out.safetensors",
                    says=[damaged, "CRC-32"])

        self.assertEqual(names_under(self.folder), {"damaged.pth"})


class PublishedWeights(CheckpointTest):
    """A file without a config beside it, evaluated as if it were a checkpoint."""

    def setUp(self) -> None:
        super().setUp()
        self.weights = self.convert(made.run, "published.pth")
        self.model = ["--set", f"model_config={made.checkpoint / 'model.toml'}"]

    def evaluate(self, name: str, **instead: Path) -> list[object]:
        return made.evaluate_arguments(self.folder / name, **instead)

    def test_give_the_checkpoints_scores(self):
        self.succeed(*self.evaluate("own"))
        self.succeed(*self.evaluate("published", checkpoint=self.weights, taxonomy=TAXONOMY),
                     *self.model)

        scores = [name for name in names_under(self.folder / "own") if name.endswith("_score.txt")]
        self.assertEqual(len(scores), 4)
        for name in scores:
            self.assertEqual((self.folder / "published" / name).read_text(),
                             (self.folder / "own" / name).read_text())

    def test_without_a_taxonomy_take_the_programs_own(self):
        outcome = codectrace(*self.evaluate("own", checkpoint=self.weights), *self.model, cwd=ROOT)

        self.assertEqual(outcome.code, DONE, outcome.err)
        self.assertIn(f"the classes of {self.weights} are taken from configs/taxonomy.toml",
                      outcome.err)
        self.assertEqual((self.folder / "own/taxonomy.toml").read_text(), TAXONOMY.read_text())

    def test_of_no_known_model_need_its_config(self):
        self.refuse(USAGE, *self.evaluate("out", checkpoint=self.weights, taxonomy=TAXONOMY),
                    says=[self.weights, "of the nearest, w2v2-aasist M1", "--model-config",
                          "checkpoint inspect"])

    def test_of_other_classes_than_the_taxonomys_are_told_with_both(self):
        taxonomy = self.folder / "taxonomy.toml"
        taxonomy.write_text(TAXONOMY.read_text().replace('"MVQ"', '"OTHER"'))

        self.refuse(USAGE, *self.evaluate("out", checkpoint=self.weights, taxonomy=taxonomy),
                    *self.model, says=[self.weights, "task VQ was trained with the classes"])

    def test_of_another_model_are_told_with_what_differs(self):
        model = self.folder / "model.toml"
        model.write_text((made.checkpoint / "model.toml").read_text().replace("ffn_dim = 32",
                                                                              "ffn_dim = 64"))
        self.refuse(BAD_DATA, *self.evaluate("out", checkpoint=self.weights, taxonomy=TAXONOMY),
                    "--set", f"model_config={model}",
                    says=[self.weights, "doesn't fit the model", "of another shape"])


class PretrainedEncoder(CheckpointTest):
    """Training that starts from a file, under each of the names that encoders come with."""

    def train(self, name: str, encoder: Path, *more: object) -> list[object]:
        return ["train", "--config", made.job, "--out", self.folder / name, *more,
                "--set", f"train.pretrained_encoder={encoder}"]

    def test_is_where_the_encoder_starts_from(self):
        encoder = self.convert(made.run, "encoder.pth")
        unchanged = ["--set", "optimizer.lr=1e-30", "--set", "train.seed=99"]

        self.succeed(*self.train("run", encoder, *unchanged))

        given = tensors_of(made.checkpoint / "weights.safetensors")
        trained = tensors_of(self.folder / "run/best/weights.safetensors")
        for name, tensor in given.items():
            statistics = "running_" in name or "num_batches" in name
            if name.startswith("ssl_model.") and not statistics:
                self.assertEqual(trained[name], tensor, name)
        self.assertNotEqual(trained["LL.weight"], given["LL.weight"])

    def test_isnt_needed_any_more_once_training_has_begun(self):
        encoder = self.convert(made.run, "encoder.safetensors")
        self.succeed(*self.train("run", encoder))
        encoder.unlink()

        again = self.succeed(*self.train("run", encoder))
        self.assertIn("finished", again.err)
        self.succeed(*made.evaluate_arguments(self.folder / "results", checkpoint=self.folder / "run"))

    def test_by_another_name_is_another_run(self):
        encoder = self.convert(made.run, "encoder.safetensors")
        self.succeed(*self.train("run", encoder))

        self.refuse(USAGE, *self.train("run", self.folder / "other.pt"),
                    says=["another config", "train.pretrained_encoder", "other.pt"])

    def test_that_isnt_one_is_told_and_nothing_is_begun(self):
        for path, says in {STORED / "kinds_zip.pth": ["no wav2vec 2.0 encoder"],
                           STORED / "fairseq_zip.pt": ["doesn't fit the model", "missing"],
                           self.folder / "nowhere.pt": ["No such file"]}.items():
            with self.subTest(path):
                self.refuse(BAD_DATA, *self.train("run", path), says=[path, *says])
                self.assertEqual(names_under(self.folder / "run"), set())


if __name__ == "__main__":
    unittest.main()
