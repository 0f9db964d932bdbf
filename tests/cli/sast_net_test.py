"""A SAST Net through the program: trained, its features kept, evaluated, scored, converted."""

import csv
import json
import shutil
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, USAGE, ProgramTest
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY, TINY_SAST_NET, write_training_job


def setUpModule():
    """A run on a corpus, and a copy of that corpus which keeps what its Whisper gives."""
    global made, featured
    made = TinyPipeline()
    made.job = write_training_job(made.folder / "sast-net.toml", made.set, made.corpus,
                                  model=TINY_SAST_NET, crop="start")
    made.train()
    featured = made.folder / "featured"
    shutil.copytree(made.corpus, featured)
    TinyPipeline._run("preprocess", "features", "--corpus", featured, "--checkpoint", made.run)


def scores_of(results: Path) -> list[dict[str, str]]:
    with open(results / "scores.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def logits_of(row: dict[str, str]) -> list[float]:
    return [float(row[f"logit_VQ_{c}"]) for c in range(4)]


def losses_of(run: Path, kind: str) -> list[float]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line["loss"] for line in lines if line["kind"] == kind]


def extract(weights: Path, begins: str, out: Path, name: str) -> None:
    """A .safetensors file of those tensors that begin so, the beginning replaced by `name`."""
    contents = weights.read_bytes()
    length, = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8:8 + length])
    data, taken = b"", {}
    for key, tensor in header.items():
        if not key.startswith(begins):
            continue
        first, last = tensor["data_offsets"]
        taken[name + key.removeprefix(begins)] = tensor | {
            "data_offsets": [len(data), len(data) + last - first]}
        data += contents[8 + length + first:8 + length + last]
    text = json.dumps(taken).encode()
    out.write_bytes(struct.pack("<Q", len(text)) + text + data)


class KeptFeatures(ProgramTest):
    def evaluate(self, name: str, corpus: Path, *more: object) -> list[dict[str, str]]:
        self.succeed(*made.evaluate_arguments(self.folder / name, corpus=corpus), *more)
        return scores_of(self.folder / name)

    def train(self, name: str, corpus: Path, *more: object) -> Path:
        run = self.folder / name
        self.succeed("train", "--config", made.job, "--out", run, "--set", f"data.corpus={corpus}",
                     *more)
        return run

    def another_network(self) -> Path:
        return self.train("another", made.corpus, "--set", "train.seed=5")

    def test_give_about_the_scores_that_are_computed_without_them(self):
        computed = self.evaluate("computed", made.corpus)
        never = self.evaluate("never", featured, "--set", "cached_features=never")
        read = self.evaluate("read", featured, "--set", "cached_features=require")

        for expected, same, near in zip(computed, never, read, strict=True):
            self.assertEqual(logits_of(same), logits_of(expected))
            for one, other in zip(logits_of(near), logits_of(expected)):
                self.assertAlmostEqual(one, other, delta=1e-3)  # float16
        self.assertNotEqual(list(map(logits_of, read)), list(map(logits_of, computed)))

    def test_give_about_the_losses_of_a_training_without_them(self):
        still = ["--set", "optimizer.lr=1e-12"]  # else Adam makes steps of what rounding leaves
        computed = self.train("never", featured, *still, "--set", "data.cached_features=never")
        read = self.train("read", featured, *still, "--set", "data.cached_features=require")

        for kind in ["train", "dev"]:
            losses = losses_of(computed, kind)
            self.assertGreater(len(losses), 0)
            for one, other in zip(losses_of(read, kind), losses, strict=True):
                self.assertAlmostEqual(one, other, delta=2e-3 * other)
            self.assertNotEqual(losses_of(read, kind), losses)

    def test_made_by_other_weights_are_refused_by_train_and_evaluate_unless_none_are_read(self):
        another = self.another_network()
        says = [featured, "keeps features whisper", "Whisper encoder", "but the network's are",
                "preprocess features", "cached_features"]

        self.refuse(BAD_DATA, *made.evaluate_arguments(self.folder / "results", checkpoint=another,
                                                       corpus=featured), says=says)
        self.refuse(BAD_DATA, "train", "--config", made.job, "--set", f"data.corpus={featured}",
                    "--set", "train.seed=5", "--out", self.folder / "run", says=says)
        self.succeed(*made.evaluate_arguments(self.folder / "results", checkpoint=another,
                                              corpus=featured), "--set", "cached_features=never")

    def test_that_are_required_and_missing_are_an_error(self):
        self.refuse(USAGE, *made.evaluate_arguments(self.folder / "results"),
                    "--set", "cached_features=require",
                    says=["cached_features is require", made.corpus, "preprocess features"])
        self.refuse(USAGE, "train", "--config", made.job, "--set", f"data.corpus={featured}",
                    "--set", "data.cached_features=require", "--set", "augment.rawboost=5",
                    "--out", self.folder / "run",
                    says=["data.cached_features is require", "augment.rawboost"])

    def test_of_whispers_own_file_are_those_of_the_networks_that_start_from_it(self):
        job = write_training_job(self.folder / "small.toml", made.set, made.corpus, crop="start",
                                 model='[model]\nname = "sast-net"\npreset = "small"\n')
        run, corpus, whisper = (self.folder / name for name in ["run", "corpus", "w.safetensors"])
        self.succeed("train", "--config", job, "--out", run, "--set", "train.max_steps=1")
        extract(run / "latest/weights.safetensors", "whisper.model.", whisper, "model.")
        shutil.copytree(made.corpus, corpus)

        self.succeed("preprocess", "features", "--corpus", corpus, "--checkpoint", whisper)

        self.succeed(*made.evaluate_arguments(self.folder / "results", checkpoint=run,
                                              corpus=corpus), "--set", "cached_features=require")

    def test_are_shown_by_inspect(self):
        features, = json.loads(self.succeed("shard", "inspect", featured, "--json").out)["features"]

        self.assertIn("whisper [3, 16]: Whisper encoder, 1 layers of 16, weights crc32c", features)

    def test_of_a_network_that_is_trained_whole_are_refused(self):
        run = self.folder / "w2v2"
        job = write_training_job(self.folder / "w2v2.toml", made.set, made.corpus)
        self.succeed("train", "--config", job, "--out", run, "--set", "train.max_steps=1")

        self.refuse(USAGE, "preprocess", "features", "--corpus", featured, "--checkpoint", run,
                    says=[run.name, "no frozen part"])


class SastNet(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.audio = next(iter(sorted(made.set.audio.glob("p003_*.wav"))))

    def scored(self, *model: object) -> dict:
        out = self.succeed("score", self.audio, *model, "--format", "json").out
        return json.loads(out)["results"][0]

    def test_scores_a_file_as_an_evaluation_does(self):
        self.succeed(*made.evaluate_arguments(self.folder / "results"))
        row, = [row for row in scores_of(self.folder / "results") if row["id"] == self.audio.stem]

        result = self.scored("--checkpoint", made.run, "--task", "VQ")

        self.assertEqual(list(result["logits"]), ["VQ"])
        for one, other in zip(result["logits"]["VQ"], logits_of(row), strict=True):
            self.assertAlmostEqual(one, other, delta=1e-5)

    def test_of_another_task_than_is_meant_is_told(self):
        self.refuse(USAGE, "score", self.audio, "--checkpoint", made.run, "--task", "AUX",
                    says=["sast-net VQ", "sast-net AUX"])

    def test_is_converted_and_read_again(self):
        weights = self.folder / "vq.pth"
        again = self.folder / "again.safetensors"
        self.succeed("checkpoint", "convert", made.run, weights)
        self.succeed("checkpoint", "convert", weights, again)

        model = ["--model-config", made.checkpoint / "model.toml", "--taxonomy", TAXONOMY]
        for file in [weights, again]:
            self.assertEqual(self.scored("--checkpoint", file, *model),
                             self.scored("--checkpoint", made.run))

    def test_is_inspected(self):
        shown = json.loads(self.succeed("checkpoint", "inspect", made.run, "--json").out)["model"]

        self.assertEqual((shown["name"], shown["type"]), ("sast-net", "VQ"))
        self.assertEqual(shown["classes"], {"VQ": 4})
        self.assertFalse(any(shown["misfit"].values()))

    def test_as_by_the_reference_is_evaluated_in_both_orders_of_its_tokens(self):
        results = self.folder / "results"

        out = self.succeed(*made.evaluate_arguments(results), "--set", "compat.reference=true").out

        self.assertRegex(out, r"(?m)^  VQ, shuffled tokens  ")
        self.assertIn(",shuffled tokens,VQ,,f1_weighted,", (results / "results.csv").read_text())
        self.assertIn("<h2 id=tokens>", (results / "report.html").read_text())
        self.succeed("report", results)
        self.assertIn("<h2 id=tokens>", (results / "report.html").read_text())


if __name__ == "__main__":
    unittest.main()
