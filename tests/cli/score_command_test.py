"""codectrace score: any audio files, their scores, and what can't be scored."""

import csv
import io
import json
import math
import shutil
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import (BAD_DATA, DONE, USAGE, ProgramTest, codectrace, command_line, environment,
                     names_under)
from tiny_pipeline import TinyPipeline
from tiny_set import RATE_HZ, TAXONOMY, speech, write_audio

CLASSES = {"BIN": ["spoof", "bonafide"], "AUX": ["REAL", "Trad", "SEM", "Disent"],
           "DEC": ["REAL", "TIME", "FREQ"], "VQ": ["REAL", "MVQ", "SVQ", "SQ"]}


def setUpModule():
    global made
    made = TinyPipeline().train()


def softmax(logits: list[float]) -> list[float]:
    powers = [math.exp(x - max(logits)) for x in logits]
    return [power / sum(powers) for power in powers]


def is_float32(value: float) -> bool:
    return struct.unpack("f", struct.pack("f", value))[0] == value


class ScoreTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.model = ["--checkpoint", made.run]

    def write(self, name: str, waveform: np.ndarray, rate_hz: int = RATE_HZ, **options) -> Path:
        write_audio(self.folder / name, waveform, rate_hz, **options)
        return self.folder / name

    def scores(self, *files: object, model: list[object] | None = None) -> dict:
        outcome = self.succeed("score", *files, *(model or self.model), "--format", "json")
        return json.loads(outcome.out)

    def score(self, file: object, **options) -> dict:
        return self.scores(file, **options)["results"][0]


class Scores(ScoreTest):
    def test_are_those_of_an_evaluation_of_the_same_files(self):
        self.succeed(*made.evaluate_arguments(self.folder / "results"))
        with open(self.folder / "results/scores.tsv", newline="") as file:
            evaluated = list(csv.DictReader(file, delimiter="\t"))
        paths = [next(made.set.audio.glob(f"{row['id']}.*")) for row in evaluated]

        results = self.scores(*paths)["results"]

        self.assertEqual([result["file"] for result in results], [str(path) for path in paths])
        for row, result in zip(evaluated, results):
            self.assertAlmostEqual(result["score"], float(row["score"]), delta=1e-6)
            for task, classes in CLASSES.items():
                for c in range(len(classes)):
                    self.assertAlmostEqual(result["logits"][task][c],
                                           float(row[f"logit_{task}_{c}"]), delta=1e-5)

    def test_in_json_follow_from_logits_that_read_back_as_float32(self):
        document = self.scores(self.write("clip.wav", speech(1)))

        self.assertEqual(document["schema"], "codectrace.score/1")
        self.assertEqual(document["classes"], CLASSES)
        self.assertNotIn("errors", document)
        result, = document["results"]
        self.assertEqual(list(result), ["file", "score", "logits", "probabilities"])
        for task, classes in CLASSES.items():
            logits = result["logits"][task]
            self.assertEqual(len(logits), len(classes))
            self.assertTrue(all(map(is_float32, logits)))
            for found, expected in zip(result["probabilities"][task], softmax(logits)):
                self.assertAlmostEqual(found, expected, delta=1e-12)
        self.assertAlmostEqual(result["score"], result["probabilities"]["BIN"][1], delta=1e-12)

    def test_dont_depend_on_the_other_files(self):
        files = [self.write(f"{i}.wav", speech(i)) for i in range(3)]

        together = self.scores(*files)["results"]

        for file, result in zip(files, together):
            self.assertEqual(self.score(file), result)

    def test_as_text_have_the_verdict_and_each_tasks_probabilities(self):
        file = self.write("clip.wav", speech(1))
        result = self.score(file)

        lines = self.succeed("score", file, *self.model).out.splitlines()

        verdict = "bona fide" if result["score"] > 0.5 else "spoof"
        self.assertEqual(lines[0], f"{file}: {verdict}, P(bona fide) {result['score']:.4f}")
        self.assertEqual(len(lines), 1 + len(CLASSES))
        for line, (task, classes) in zip(lines[1:], CLASSES.items()):
            probabilities = result["probabilities"][task]
            taken = classes[probabilities.index(max(probabilities))]
            self.assertRegex(line, rf"^  {task} +{taken}\b")
            for name, probability in zip(classes, probabilities):
                self.assertIn(f"  {name} {probability:.4f}", line)

    def test_as_text_with_logits_have_them_in_full(self):
        file = self.write("clip.wav", speech(1))
        logits = self.score(file)["logits"]

        lines = self.succeed("score", file, *self.model, "--logits").out.splitlines()

        for line, task in zip(lines[2::2], CLASSES):
            words = line.split()
            self.assertEqual(words[0], "logits")
            shown = [np.float32(word) for word in words[2::2]]
            self.assertEqual(shown, [np.float32(x) for x in logits[task]])

    def test_as_csv_have_a_column_for_each_number(self):
        file = self.write("a, b.wav", speech(1))
        result = self.score(file)

        text = self.succeed("score", file, *self.model, "--format", "csv", "--logits").out
        row, = csv.DictReader(io.StringIO(text))

        self.assertEqual(row["file"], str(file))
        self.assertEqual(float(row["score"]), result["score"])
        for task, classes in CLASSES.items():
            for c, name in enumerate(classes):
                self.assertEqual(float(row[f"p_{task}_{name}"]), result["probabilities"][task][c])
                self.assertEqual(np.float32(row[f"logit_{task}_{name}"]),
                                 np.float32(result["logits"][task][c]))

    def test_in_bf16_are_near_those_in_fp32(self):
        file = self.write("clip.wav", speech(1))

        text = self.succeed("score", file, *self.model, "--format", "json", "--precision", "bf16")

        self.assertAlmostEqual(json.loads(text.out)["results"][0]["score"],
                               self.score(file)["score"], delta=0.05)

    def test_of_a_model_that_only_traces_are_of_its_one_task(self):
        for kind, tasks in {"S_VQ": ["VQ"], "M2": ["AUX", "DEC", "VQ"]}.items():
            with self.subTest(kind):
                run = self.folder / kind
                self.succeed("train", "--config", made.job, "--out", run, "--set",
                             f"model.type={kind}", "--set", "train.max_steps=1")

                result = self.score(self.write("clip.wav", speech(1)),
                                    model=["--checkpoint", run, "--type", kind])

                self.assertEqual(list(result["probabilities"]), tasks)
                spoof = [1 - result["probabilities"][task][0] for task in tasks]
                self.assertAlmostEqual(result["score"], 1 - math.prod(spoof) ** (1 / len(tasks)),
                                       delta=1e-9)


class Audio(ScoreTest):
    def test_that_is_longer_counts_to_the_models_length(self):
        samples = np.tile(speech(1), 3)

        self.assertEqual(self.score(self.write("long.wav", samples))["logits"],
                         self.score(self.write("cut.wav", samples[:2400]))["logits"])

    def test_that_is_shorter_is_repeated(self):
        samples = speech(1)[:1000]

        self.assertEqual(self.score(self.write("short.wav", samples))["logits"],
                         self.score(self.write("thrice.wav", np.tile(samples, 3)))["logits"])

    def test_of_several_channels_is_averaged(self):
        samples = np.round(speech(1) * 8000) / 32768
        stereo = np.stack([samples * 2, np.zeros_like(samples)], axis=1)

        self.assertEqual(self.score(self.write("stereo.wav", stereo))["logits"],
                         self.score(self.write("mono.wav", samples))["logits"])

    def test_of_another_rate_is_resampled(self):
        time_s = np.arange(48000) / 48000
        tone = 0.3 * np.sin(2 * np.pi * 440 * time_s)

        resampled = self.score(self.write("48k.wav", tone, 48000))["logits"]
        native = self.score(self.write("16k.wav", tone[::3]))["logits"]

        for task in CLASSES:
            np.testing.assert_allclose(resampled[task], native[task], atol=0.02)

    def test_of_other_formats_gives_about_the_same(self):
        samples = np.round(speech(1) * 32767).astype(np.int16)
        wav = self.score(self.write("clip.wav", samples))
        self.assertEqual(self.score(self.write("clip.flac", samples))["logits"], wav["logits"])
        for name, options in {"clip.ogg": {"subtype": "VORBIS"},
                              "float.wav": {"subtype": "FLOAT"}}.items():
            with self.subTest(name):
                other = self.score(self.write(name, speech(1), **options))
                self.assertAlmostEqual(other["score"], wav["score"], delta=0.2)

    def test_in_a_folder_is_found_and_taken_in_order(self):
        for name in ["b.wav", "sub/c.flac", "a.wav"]:
            self.write(name, speech(1))
        (self.folder / "notes.txt").write_text("no audio")

        files = [result["file"] for result in self.scores(self.folder)["results"]]

        self.assertEqual(files, [str(self.folder / n) for n in ["a.wav", "b.wav", "sub/c.flac"]])

    def test_on_standard_input_is_a_dash(self):
        file = self.write("clip.flac", speech(1))
        command = command_line("score", "-", *self.model, "--format", "json")

        done = subprocess.run(command, input=file.read_bytes(), capture_output=True, timeout=100,
                              env=environment())

        self.assertEqual(done.returncode, DONE, done.stderr)
        result, = json.loads(done.stdout)["results"]
        self.assertEqual(result["file"], "-")
        self.assertEqual(result["logits"], self.score(file)["logits"])

    def test_that_breaks_off_is_scored_with_a_warning(self):
        file = self.write("clip.flac", np.tile(speech(1), 20))
        whole = file.read_bytes()
        file.write_bytes(whole[:len(whole) // 2])

        outcome = self.succeed("score", file, *self.model, "--format", "json")

        self.assertIn("as far as it goes", outcome.err)
        self.assertEqual(len(json.loads(outcome.out)["results"]), 1)


class WrongUse(ScoreTest):
    def refused(self, code: int, *arguments: object, says: list[str], **options) -> None:
        self.refuse(code, "score", *arguments, says=says, **options)

    def test_a_file_that_isnt_audio_is_named(self):
        text = self.folder / "notes.wav"
        text.write_text("no audio")
        empty = self.folder / "empty.wav"
        empty.touch()
        silent = self.write("nothing.wav", np.zeros(0))
        broken = self.write("nan.wav", np.array([0.1, np.nan] * 100), subtype="FLOAT")
        missing = self.folder / "missing.wav"
        for file, says in {text: "", empty: "empty", silent: "no samples", broken: "NaN",
                           missing: "No such file"}.items():
            for form in ["text", "csv", "json"]:
                with self.subTest(f"{file} {form}"):
                    self.refused(BAD_DATA, file, *self.model, "--format", form, says=[file, says])

    def test_files_beside_one_that_cant_be_scored_lose_nothing(self):
        good = [self.write(f"{i}.wav", speech(i)) for i in range(2)]
        bad = self.folder / "bad.wav"
        bad.write_text("no audio")

        outcome = codectrace("--quiet", "score", good[0], bad, good[1], *self.model,
                             "--format", "json")

        self.assertEqual(outcome.code, BAD_DATA)
        self.assertTrue(outcome.err.startswith("codectrace score: 1 of 3 files can't be scored:\n"
                                               f"  {bad}: "), outcome.err)
        document = json.loads(outcome.out)
        self.assertEqual([result["file"] for result in document["results"]], list(map(str, good)))
        self.assertEqual([error["file"] for error in document["errors"]], [str(bad)])
        for file, result in zip(good, document["results"]):
            self.assertEqual(result, self.score(file))

    def test_a_folder_without_audio_is_named(self):
        self.refused(BAD_DATA, self.folder, *self.model, says=[self.folder, "without audio"])

    def test_nothing_on_standard_input_is_told(self):
        self.refused(BAD_DATA, "-", *self.model, says=["standard input is empty"])

    def test_a_checkpoint_of_another_type_is_told(self):
        file = self.write("clip.wav", speech(1))
        self.refused(USAGE, file, *self.model, "--type", "S_VQ", says=[made.run, "M1", "S_VQ"])

    def test_a_checkpoint_that_is_none_is_told(self):
        file = self.write("clip.wav", speech(1))
        self.refused(BAD_DATA, file, "--checkpoint", self.folder / "nowhere",
                     says=["nowhere", "weight file", "checkpoint"])
        self.refused(BAD_DATA, file, "--checkpoint", file, says=[file, "no weight file"])

    def test_a_taxonomy_of_other_classes_is_told(self):
        file = self.write("clip.wav", speech(1))
        other = self.folder / "other.toml"
        other.write_text(TAXONOMY.read_text().replace('classes = ["REAL", "TIME", "FREQ"]',
                                                      'classes = ["REAL", "FREQ", "TIME"]'))
        self.refused(USAGE, file, *self.model, "--taxonomy", other, says=["DEC", "REAL, TIME, FREQ"])

    def test_a_choice_that_isnt_one_is_told_with_those_there_are(self):
        for option, value, says in [("--format", "xml", "text|csv|json"),
                                    ("--precision", "fp16", "fp32|tf32|bf16"),
                                    ("--type", "M3", "M1|M2"),
                                    ("--model", "resnet", "w2v2-aasist")]:
            with self.subTest(option):
                self.refused(USAGE, "clip.wav", *self.model, option, value, says=[value, says])

    def test_what_is_missing_is_named(self):
        self.refused(USAGE, "--checkpoint", made.run, says=["FILE"])
        self.refused(USAGE, "clip.wav", says=["--checkpoint"])


class PublishedWeights(ScoreTest):
    """A file of weights without a config or taxonomy beside it."""

    def setUp(self) -> None:
        super().setUp()
        self.weights = self.folder / "published/M1.pth"
        self.weights.parent.mkdir()
        self.succeed("checkpoint", "convert", made.run, self.weights)
        self.file = self.write("clip.wav", speech(1))

    def test_score_as_the_checkpoint_does(self):
        model = ["--checkpoint", self.weights, "--model-config", made.checkpoint / "model.toml"]

        self.assertEqual(self.score(self.file, model=[*model, "--taxonomy", TAXONOMY]),
                         self.score(self.file))

    def test_of_sizes_of_their_own_need_a_config(self):
        self.refuse(USAGE, "score", self.file, "--checkpoint", self.weights, "--taxonomy", TAXONOMY,
                    says=[self.weights, "--model-config"])

    def test_take_the_programs_own_taxonomy(self):
        shutil.copytree(TAXONOMY.parent, self.folder / "configs")
        command = command_line("score", self.file, "--checkpoint", self.weights, "--model-config",
                               made.checkpoint / "model.toml", "--format", "json")

        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=100,
                              env=environment())

        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("configs/taxonomy.toml", done.stderr)
        self.assertEqual(json.loads(done.stdout)["results"][0], self.score(self.file))


if __name__ == "__main__":
    unittest.main()
