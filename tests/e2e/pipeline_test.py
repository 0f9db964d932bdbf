"""The whole road on two ranks, and what it leaves read by others: h5py, jsonschema, TensorBoard."""

import csv
import json
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import jsonschema
import numpy as np
import soundfile
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import plain_metrics
from program import DONE, ROOT, Outcome, codectrace
from tiny_set import CODECS, TAXONOMY, write_tiny_set, write_training_job

TASKS = ["BIN", "AUX", "DEC", "VQ"]


class Road:
    """Every stage once on two ranks; evaluation on one rank too."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="codectrace-e2e-"))
        unittest.addModuleCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.set = write_tiny_set(self.folder / "set", sentences=24)
        self.corpus, self.run_directory = self.folder / "corpus", self.folder / "run"
        self.results, self.results_of_one = self.folder / "results", self.folder / "results-1"
        job = write_training_job(self.folder / "job.toml", self.set, self.corpus, "epochs = 2")
        self.commands = {
            "preprocess": ["preprocess", "--audio", self.set.audio, "--taxonomy", TAXONOMY,
                           "--out", self.corpus, "--set", "shard.utterances=16"],
            "train": ["train", "--config", job, "--out", self.run_directory],
            "evaluate": self.evaluate(self.results)}
        self.printed = {name: self.go(*command, ranks=2).out
                        for name, command in self.commands.items()}
        self.go(*self.evaluate(self.results_of_one))

    def evaluate(self, out: Path) -> list[object]:
        return ["evaluate", "--checkpoint", self.run_directory, "--corpus", self.corpus,
                "--protocol", self.set.lists / "test.txt", "--batch-size", "4",
                "--set", "metrics.bootstrap_replicates=50", "--out", out]

    @staticmethod
    def go(*arguments: object, ranks: int = 1) -> Outcome:
        outcome = codectrace(*arguments, ranks=ranks)
        assert outcome.code == DONE, (arguments, outcome)
        return outcome


def setUpModule():
    global road
    road = Road()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def log_lines() -> list[dict]:
    text = (road.run_directory / "metrics.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def scores() -> list[dict[str, str]]:
    with open(road.results / "scores.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class CorpusOfTwoRanks(unittest.TestCase):
    def test_is_sound(self):
        printed = road.go("shard", "verify", road.corpus).out

        self.assertRegex(printed, r"^sound: 4 shards, 60 utterances")

    def test_has_the_bytes_of_one_rank_alone(self):
        alone = road.folder / "corpus-1"
        road.go(*[alone if word == road.corpus else word for word in road.commands["preprocess"]])

        mine, others = bytes_of(alone), bytes_of(road.corpus)
        for files in [mine, others]:
            del files["preprocess.toml"]  # names the folder
        self.assertEqual(mine, others)

    def test_read_with_h5py_holds_the_samples_and_the_codec_of_every_file(self):
        found = {}
        for path in sorted(road.corpus.glob("shard-*.h5")):
            with h5py.File(path) as shard:
                offsets, bounds = shard["audio/offsets"][:], shard["utterance/id_offsets"][:]
                text, codecs = shard["utterance/id"][:].tobytes(), shard["utterance/codec"]
                for i, code in enumerate(codecs[:]):
                    codec = codecs.attrs["categories"][code].decode() if code >= 0 else ""
                    found[text[bounds[i]:bounds[i + 1]].decode()] = (
                        shard["audio/samples"][offsets[i]:offsets[i + 1]], codec)

        self.assertEqual(set(found), {path.stem for path in road.set.audio.iterdir()})
        for path in road.set.audio.iterdir():
            samples, codec = found[path.stem]
            np.testing.assert_array_equal(samples, soundfile.read(path, dtype="int16")[0])
            self.assertEqual(codec.strip("-"), "_".join(path.stem.split("_")[2:]))


class CurvesOfTraining(unittest.TestCase):
    def test_have_a_line_for_every_step_and_every_look_at_dev(self):
        lines = log_lines()

        self.assertEqual([line["step"] for line in lines if line["kind"] == "train"],
                         list(range(1, 17)))
        self.assertEqual([line["step"] for line in lines if line["kind"] == "dev"], [8, 16])
        self.assertTrue(all(np.isfinite(line["loss"]) for line in lines))

    def test_read_by_tensorboard_are_those_of_the_log(self):
        events = EventAccumulator(str(road.run_directory / "tensorboard"))
        events.Reload()

        for kind, key in [("train", "loss"), ("train", "loss_VQ"), ("dev", "eer")]:
            read = [(event.step, event.value) for event in events.Scalars(f"{kind}/{key}")]
            logged = [(line["step"], np.float32(line[key]))
                      for line in log_lines() if line["kind"] == kind]
            self.assertEqual(read, logged)


class Scores(unittest.TestCase):
    def test_are_the_same_bytes_on_one_rank_and_on_two(self):
        for name in ["scores.tsv", "results.csv", "bin_score.txt", "vq_score.txt", "results.txt"]:
            with self.subTest(name):
                self.assertEqual((road.results / name).read_bytes(),
                                 (road.results_of_one / name).read_bytes())

    def test_stand_in_the_order_of_the_list(self):
        lines = (road.set.lists / "test.txt").read_text().splitlines()

        self.assertEqual([row["id"] for row in scores()], [line.split()[1] for line in lines])

    def test_in_the_references_format_are_those_of_the_table(self):
        lines = [line.split() for line in (road.results / "bin_score.txt").read_text().splitlines()]

        self.assertEqual([line[0] for line in lines], [row["id"] for row in scores()])
        np.testing.assert_allclose([float(line[1]) for line in lines],
                                   [float(row["score"]) for row in scores()], rtol=1e-6)


class Results(unittest.TestCase):
    def setUp(self) -> None:
        self.results = json.loads((road.results / "results.json").read_text())

    def tasks_of(self, by: str | None, name: str) -> dict:
        return next(subset["tasks"] for subset in self.results["subsets"]
                    if (subset["by"], subset["name"]) == (by, name))

    def test_keep_to_their_schema(self):
        schema = json.loads((ROOT / "docs/results.schema.json").read_text())

        jsonschema.Draft202012Validator(schema).validate(self.results)

    def test_are_the_same_on_one_rank_and_on_two(self):
        other = json.loads((road.results_of_one / "results.json").read_text())
        for results in [self.results, other]:
            del results["provenance"]["config"]  # names the folder

        self.assertEqual(self.results, other)

    def test_count_every_utterance_and_codec_of_the_list(self):
        counts = self.results["counts"]
        codecs = [s["name"] for s in self.results["subsets"] if s["by"] == "codec"]

        self.assertEqual((counts["listed"], counts["scored"], counts["unreadable"]), (20, 20, 0))
        self.assertEqual(sorted(codecs), sorted(CODECS))

    def test_of_bona_fide_or_spoof_are_those_computed_from_the_scores(self):
        self.check_detection(self.tasks_of(None, "all")["BIN"], set(CODECS))

    def test_of_each_codec_take_its_spoof_against_all_bona_fide(self):
        for codec in CODECS:
            with self.subTest(codec):
                self.check_detection(self.tasks_of("codec", codec)["BIN"], {codec})

    def check_detection(self, figures: dict, codecs: set[str]) -> None:
        bona_fide = np.array([float(r["log_odds"]) for r in scores() if r["label"] == "bonafide"])
        spoof = np.array([float(r["log_odds"]) for r in scores() if r["codec"] in codecs])

        self.assertEqual((figures["n_bonafide"], figures["n_spoof"]), (len(bona_fide), len(spoof)))
        self.assertAlmostEqual(figures["eer"], plain_metrics.eer(bona_fide, spoof), places=12)
        self.assertAlmostEqual(figures["auc"], plain_metrics.auc(bona_fide, spoof), places=12)

    def test_of_classes_are_those_computed_from_the_logits(self):
        for task in TASKS:
            with self.subTest(task):
                figures = self.tasks_of(None, "all")[task]
                matrix = self.confusion_of(task, figures["classes"])

                self.assertEqual(figures["confusion"], matrix.tolist())
                for metric in ["accuracy", "f1_weighted", "f1_macro", "balanced_accuracy"]:
                    expected = getattr(plain_metrics, metric)(matrix)
                    self.assertAlmostEqual(figures[metric], expected, places=12)

    def confusion_of(self, task: str, classes: list[str]) -> np.ndarray:
        logits = np.array([[float(row[f"logit_{task}_{c}"]) for c in range(len(classes))]
                           for row in scores()])
        column = "label" if task == "BIN" else task
        truth = np.array([classes.index(row[column]) for row in scores()])
        return plain_metrics.confusion(truth, logits.argmax(1), len(classes))

    def test_as_a_table_are_the_same_numbers(self):
        with open(road.results / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))

        self.assertGreater(len(rows), 100)
        for row in rows:
            figures = self.tasks_of(row["by"] or None, row["subset"])[row["task"]]
            if row["class"]:
                figures = figures["per_class"][row["class"]]
            value = figures[row["metric"]]
            self.assertEqual(float(row["value"]) if row["value"] else None, value, row)

    def test_are_printed_with_the_path_of_the_report(self):
        for text in [*TASKS, *CODECS, "EER", str(road.results / "report.html")]:
            self.assertIn(text, road.printed["evaluate"])


class Report(unittest.TestCase):
    def setUp(self) -> None:
        self.html = (road.results / "report.html").read_text()

    def test_loads_nothing_from_anywhere(self):
        for loading in [r"<script[^>]+", r"\bfetch\(", r"\bimport\b", "XMLHttpRequest", r"<link",
                        r"<iframe", r"@import", r"url\((?!['\"]?#|data:)",
                        r"\bsrc=['\"](?!data:)", r"href=['\"](?!#)"]:
            self.assertIsNone(re.search(loading, self.html), loading)

    def test_shows_figures_confusions_and_codecs(self):
        self.assertGreaterEqual(self.html.count("<svg"), 2)
        self.assertGreaterEqual(self.html.count("<table"), 5)
        for text in [*TASKS, *CODECS, "Detection error trade-off", "Equal error rate", "test.txt"]:
            self.assertTrue(text in self.html, f"no {text}")

    def test_drawn_anew_is_the_same_page(self):
        printed = road.go("report", road.results).out

        self.assertEqual(printed.strip(), str(road.results / "report.html"))
        self.assertEqual((road.results / "report.html").read_text(), self.html)


class RunAgain(unittest.TestCase):
    def test_every_stage_sees_that_it_is_done(self):
        for name, out in [("preprocess", road.corpus), ("train", road.run_directory),
                          ("evaluate", road.results)]:
            with self.subTest(name):
                before = bytes_of(out)

                again = road.go(*road.commands[name])

                self.assertIn("finished", again.err)
                self.assertEqual(bytes_of(out), before)


if __name__ == "__main__":
    unittest.main()
