"""The reference's own files that evaluate writes, byte for byte as another program would make them.

Made anew from the logits in scores.tsv, without the program's code or numpy's printing: softmax in
double, rounded to float32; the fewest digits that read back to it; the published rules for EER and F1.
"""

import csv
import json
import math
import struct
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ProgramTest
from tiny_pipeline import TinyPipeline
from tiny_set import CLASSES as CLASSES_OF_CODECS
from tiny_set import TINY_SAST_NET, write_training_job

CLASSES = {"BIN": 2, "AUX": 4, "DEC": 3, "VQ": 4}
NAMES = {"AUX": ["REAL", "Trad", "SEM", "Disent"], "DEC": ["REAL", "TIME", "FREQ"],
         "VQ": ["REAL", "MVQ", "SVQ", "SQ"]}
TITLES = {"AUX": "Auxiliary objective", "DEC": "Decoder type", "VQ": "Vector quantization"}
TASKS = {"S_BIN": ["BIN"], "S_AUX": ["AUX"], "D_VQ": ["BIN", "VQ"],
         "M1": ["BIN", "AUX", "DEC", "VQ"], "M2": ["AUX", "DEC", "VQ"]}


def setUpModule():
    global made
    made = TinyPipeline().train()


def float32(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


def printed(value: float) -> str:
    """A float32 in the fewest digits that read back to it, in Python's two notations."""
    for digits in range(1, 10):
        text = f"{value:.{digits - 1}e}"
        if float32(float(text)) == value:
            break
    mantissa, exponent = text.split("e")
    if value != 0 and not 1e-4 <= abs(value) < 1e16:
        return text
    positional = f"{value:.{max(1, len(mantissa.replace('.', '').lstrip('-')) - 1 - int(exponent))}f}"
    return positional


def softmax(logits: list[float]) -> list[float]:
    powers = [math.exp(x - max(logits)) for x in logits]
    return [power / math.fsum(powers) for power in powers]


def reference_eer(bonafide: list[float], spoof: list[float]) -> float:
    """One point after each score of a stable sort, bona fide first; the first of the nearest rates."""
    labels = [label for _, label in sorted([(s, 1) for s in bonafide] + [(s, 0) for s in spoof],
                                           key=lambda pair: pair[0])]
    rejected, accepted = 0, len(spoof)
    rates = [(0.0, 1.0)]
    for label in labels:
        rejected, accepted = rejected + label, accepted - (1 - label)
        rates.append((rejected / len(bonafide), accepted / len(spoof)))
    frr, far = min(rates, key=lambda pair: abs(pair[0] - pair[1]))
    return (frr + far) / 2


def weighted_f1(truth: list[int], answers: list[int]) -> float:
    total = 0.0
    for one in set(truth):
        hits = sum(t == a == one for t, a in zip(truth, answers))
        total += truth.count(one) * 2 * hits / (truth.count(one) + answers.count(one))
    return total / len(truth)


def true_class(identity: str, task: str) -> int:
    codec = "_".join(identity.split("_")[2:])
    name = CLASSES_OF_CODECS[codec].split()[["AUX", "DEC", "VQ"].index(task)]
    return NAMES[task].index(name)


def expected_files(kind: str, scores: Path) -> dict[str, str]:
    with open(scores, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    files, results = {}, ""
    probabilities = {task: [softmax([float32(float(row[f"logit_{task}_{c}"]))
                                     for c in range(CLASSES[task])]) for row in rows]
                     for task in TASKS[kind]}
    binary = None
    if "BIN" in probabilities:
        binary = [p[1] for p in probabilities["BIN"]]
    elif kind == "M2":
        binary = [1 - math.prod(1 - p[0] for p in each) ** (1 / 3)
                  for each in zip(*probabilities.values())]
    if binary:
        binary = [float32(p) for p in binary]
        files["bin_score.txt"] = "".join(f"{row['id']} {printed(p)}\n" for row, p in zip(rows, binary))
        sides = [[p for row, p in zip(rows, binary) if row["label"] == label]
                 for label in ["bonafide", "spoof"]]
        results += f"Equal Error Rate of {kind} on CoRS dataset: {reference_eer(*sides) * 100:.2f}%\n"
    for task in ["AUX", "DEC", "VQ"]:
        if task not in probabilities:
            continue
        rounded = [[float32(p) for p in each] for each in probabilities[task]]
        files[f"{task.lower()}_score.txt"] = "".join(
            f"{row['id']} {' '.join(map(printed, each))}\n" for row, each in zip(rows, rounded))
        f1 = weighted_f1([true_class(row["id"], task) for row in rows],
                         [each.index(max(each)) for each in rounded])
        results += (f"{TITLES[task]} classification F1 score of {kind} on the CoRS dataset: "
                    f"{f1 * 100:.2f}%\n")
    files["results.txt"] = results
    return files


def expected_sast_net_files(task: str, rows: list[tuple[str, list[float]]],
                            labels: dict[str, str]) -> dict[str, str]:
    """Its two files from an utterance's logits, bona fide's first."""
    scores = "".join(f"{id} {' '.join(map(printed, logits))}\n" for id, logits in rows)
    if task == "BIN":
        sides = [[logits[0] for id, logits in rows if labels[id] == label]
                 for label in ["bonafide", "spoof"]]
        line = (f"SAST-Net on binary spoof detection task (CoRS dataset) : "
                f"{reference_eer(*sides) * 100:.2f}% EER.")
    else:
        f1 = weighted_f1([true_class(id, task) for id, _ in rows],
                         [logits.index(max(logits)) for _, logits in rows])
        line = f"SAST-Net on {task} source tracing task (CoRS dataset) : {f1 * 100:.2f}% F1 score."
    name = "Bin" if task == "BIN" else task
    return {f"{task.lower()}_scores.txt": scores, f"{name}_task_CoRS_result.txt": line}


def written(results: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in results.glob("*.txt")}


class Printing(unittest.TestCase):
    def test_here_is_numpys(self):
        draw = np.random.default_rng(7)
        values = np.concatenate([draw.random(3000), draw.random(3000) ** 20, 1 - draw.random(3000) ** 9,
                                 [0, 1, 0.5, 1e-4, 1.5e-5, 0.1]]).astype(np.float32)
        for value in values:
            self.assertEqual(printed(float(value)), str(value))


class ReferenceFiles(ProgramTest):
    def evaluate(self, kind: str, name: str, *more: object) -> Path:
        run, results = made.folder / f"run_{kind}", self.folder / name
        if not run.exists():
            self.succeed("train", "--config", made.job, "--out", run, "--set", f"model.type={kind}",
                         "--set", "optimizer.lr=0.02", "--set", "train.max_steps=4")
        self.succeed(*made.evaluate_arguments(results, checkpoint=run), *more)
        return results

    def test_are_byte_for_byte_what_their_definition_gives(self):
        for kind in TASKS:
            with self.subTest(kind):
                results = self.evaluate(kind, kind)

                self.assertEqual(written(results),
                                 expected_files(kind, results / "scores.tsv"))

    def test_of_m2_lack_what_the_reference_fails_to_write_with_its_bugs(self):
        ours = written(self.evaluate("M2", "ours"))

        theirs = written(self.evaluate("M2", "theirs", "--set", "compat.reference=true"))

        self.assertEqual(set(ours) - set(theirs), {"bin_score.txt", "results.txt"})
        self.assertEqual(theirs, {name: ours[name] for name in theirs})

    def test_of_a_model_with_a_binary_head_are_the_same_with_its_bugs(self):
        ours = self.evaluate("M1", "ours")

        theirs = self.evaluate("M1", "theirs", "--set", "compat.reference=true")

        self.assertEqual(written(theirs), written(ours))


class SastNetFiles(ProgramTest):
    """Of each task: its own files, of tokens in their order or, as by the reference, shuffled."""

    def setUp(self) -> None:
        super().setUp()
        self.job = write_training_job(self.folder / "job.toml", made.set, made.corpus,
                                      loop="max_steps = 2", model=TINY_SAST_NET, crop="start")

    def trained(self, task: str) -> Path:
        run = self.folder / task
        self.succeed("train", "--config", self.job, "--out", run, "--set", f"model.task={task}")
        return run

    def test_are_byte_for_byte_what_their_definition_gives(self):
        for task in CLASSES:
            with self.subTest(task):
                results = self.folder / f"{task}-results"
                self.succeed(*made.evaluate_arguments(results, checkpoint=self.trained(task)))
                with open(results / "scores.tsv", newline="") as file:
                    table = list(csv.DictReader(file, delimiter="\t"))
                columns = [f"logit_{task}_{c}" for c in range(CLASSES[task])]
                if task == "BIN":
                    columns.reverse()
                rows = [(row["id"], [float32(float(row[c])) for c in columns]) for row in table]
                labels = {row["id"]: row["label"] for row in table}

                self.assertEqual(written(results), expected_sast_net_files(task, rows, labels))

    def test_with_its_bugs_are_of_shuffled_tokens(self):
        for task in ["BIN", "DEC"]:
            with self.subTest(task):
                run, results = self.trained(task), self.folder / f"{task}-results"
                self.succeed(*made.evaluate_arguments(results, checkpoint=run),
                             "--set", "compat.reference=true")
                files = written(results)
                rows = [(words[0], [float32(float(x)) for x in words[1:]]) for words in
                        map(str.split, files[f"{task.lower()}_scores.txt"].splitlines())]
                with open(results / "scores.tsv", newline="") as file:
                    labels = {row["id"]: row["label"]
                              for row in csv.DictReader(file, delimiter="\t")}
                shuffled = json.loads((results / "results.json").read_text())["shuffled_tokens"]

                self.assertEqual(files, expected_sast_net_files(task, rows, labels))
                figure = shuffled["tasks"][task]["eer_reference" if task == "BIN" else "f1_weighted"]
                self.assertIn(f" : {figure * 100:.2f}% ", "".join(files.values()))


if __name__ == "__main__":
    unittest.main()
