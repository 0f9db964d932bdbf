"""Mistakes in a job file or in --set: what is wrong, in which file, line and key."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ROOT, USAGE, ProgramTest

JOBS = {"preprocess": "configs/preprocess/cors.toml", "train": "configs/train/demo.toml",
        "evaluate": "configs/evaluate/cors.toml"}


class Overrides(ProgramTest):
    def refused(self, command: str, assignment: str, says: list[str]) -> None:
        out = self.folder / "out"
        self.refuse(USAGE, command, "--config", ROOT / JOBS[command], "--out", out, "--set",
                    assignment, says=says)
        self.assertFalse(out.exists())

    def test_of_an_unknown_key_are_told_with_the_nearest_one(self):
        for command, key, nearest in [("preprocess", "shard.uterances", "utterances"),
                                      ("preprocess", "layuot", "layout"),
                                      ("train", "optimizer.lrr", "lr"),
                                      ("train", "optimiser.lr", "optimizer"),
                                      ("train", "model.encoder.layer", "layers"),
                                      ("evaluate", "batchsize", "batch_size"),
                                      ("evaluate", "metrics.bootstrap_seeds", "bootstrap_seed")]:
            with self.subTest(key):
                unknown = key if key != "optimiser.lr" else "optimiser"
                self.refused(command, f"{key}=1", [f"--set {unknown}:", "unknown key",
                                                   f"did you mean {nearest}?"])

    def test_of_a_key_like_none_are_told_with_all_keys_there(self):
        self.refused("evaluate", "metrics.x=1", ["metrics.x", "unknown key", "bootstrap_replicates",
                                                 "training_prior"])

    def test_of_the_wrong_type_are_told_with_the_right_one(self):
        for command, assignment, expected in [
                ("preprocess", "shard.utterances=many", "whole number"),
                ("preprocess", "shard=3", "table"),
                ("preprocess", "protocol=list.txt", "array"),
                ("train", "train.epochs=1.5", "whole number"),
                ("train", "log.tensorboard=1", "true or false"),
                ("train", "model.encoder.conv_dims=[1, 'x']", "whole number"),
                ("evaluate", "metrics.training_prior=half", "number")]:
            with self.subTest(assignment):
                key = assignment.split("=")[0]
                self.refused(command, assignment, [f"--set {key}", "must be", expected])

    def test_given_as_an_option_are_named_so(self):
        self.refuse(USAGE, "preprocess", "--config", ROOT / JOBS["preprocess"], "--out",
                    self.folder / "out", "--layout", "heap",
                    says=['--layout is "heap"', "cors, cosg, list"])

    def test_of_an_impossible_value_are_told_with_what_is_possible(self):
        for command, assignment, expected in [
                ("preprocess", "shard.utterances=0", "between 1 and"),
                ("preprocess", "layout=heap", "cors, cosg, list"),
                ("preprocess", "policy.missing=mend", "fail, skip"),
                ("train", "optimizer.lr=0", "above 0"),
                ("train", "optimizer.lr=nan", "above 0"),
                ("train", "model.type=M3", "S_BIN"),
                ("train", "checkpoint.keep_last=0", "at least 1"),
                ("evaluate", "batch_size=0", "between 1 and"),
                ("evaluate", "precision=fp8", "fp32, tf32, bf16")]:
            with self.subTest(assignment):
                key, value = assignment.split("=")
                self.refused(command, assignment, [f"--set {key}", value, "must be", expected])

    def test_that_are_no_assignment_are_told(self):
        for assignment in ["train.epochs", "=3", ""]:
            with self.subTest(assignment):
                self.refused("train", assignment, ["--set", "KEY=VALUE"])

    def test_that_contradict_each_other_or_the_model_are_told(self):
        for assignment, says in [
                ("model.encoder.heads=3", ["model.encoder.dim", "64", "heads", "3"]),
                ("model.encoder.conv_dims=[8]", ["model.encoder.", "conv_dims has 1"]),
                ("model.input_samples=400", ["model.input_samples", "400", "frames"])]:
            with self.subTest(assignment):
                self.refused("train", assignment, says)


class JobFiles(ProgramTest):
    def refused(self, command: str, text: str, says: list[str]) -> None:
        job = self.folder / "job.toml"
        job.write_text(text)
        self.refuse(USAGE, command, "--config", job, "--out", self.folder / "out",
                    says=[job, *says])
        self.assertFalse((self.folder / "out").exists())

    def test_with_an_unknown_key_are_told_with_line_and_nearest_key(self):
        self.refused("train", "[optimizer]\nlr = 1e-3\nweight_deccay = 1\n",
                     [":3: optimizer.weight_deccay: unknown key", "weight_decay?"])
        self.refused("preprocess", "audio = 'x'\n\n[polici]\nmissing = 'skip'\n",
                     [":3: polici: unknown key", "policy?"])
        self.refused("evaluate", "# list\nprotokol = 'x'\n",
                     [":2: protokol: unknown key", "protocol?"])

    def test_with_a_wrong_type_are_told_with_line_and_key(self):
        self.refused("train", "[train]\nbatch_size = '8'\n",
                     [':2: train.batch_size is "8", must be a whole number'])
        self.refused("preprocess", "\naudio = 3\n", [":2: audio is 3, must be a string"])
        self.refused("evaluate", "metrics = 3\n", [":1: metrics is 3, must be a table"])

    def test_with_an_impossible_value_are_told_with_line_and_key(self):
        self.refused("train", "[optimizer]\nlr = -1e-6\n",
                     [":2: optimizer.lr is -1e-06, must be above 0"])
        self.refused("preprocess", "[shard]\n\nsample_rate_hz = 1\n",
                     [":3: shard.sample_rate_hz is 1, must be between 1000 and"])
        self.refused("evaluate", "device = 'tpu'\n",
                     [':1: device is "tpu", must be one of auto, cpu, cuda'])

    def test_that_are_no_toml_are_told_with_the_line(self):
        for command in JOBS:
            with self.subTest(command):
                self.refused(command, "# a comment\nkey = = 1\n", [":2: "])
                self.refused(command, "a = 1\nb = 2\na = 3\n", [":3: "])

    def test_that_are_missing_or_folders_are_named(self):
        for command in JOBS:
            with self.subTest(command):
                out = self.folder / "out"
                self.refuse(USAGE, command, "--config", "/no/such.toml", "--out", out,
                            says=["/no/such.toml", "No such file"])
                self.refuse(USAGE, command, "--config", self.folder, "--out", out,
                            says=[self.folder, "folder"])

    def test_without_what_is_needed_are_told_the_key(self):
        self.refuse_empty("train", ["data.corpus", "is not set"])
        self.refuse_empty("evaluate", ["no checkpoint", "--checkpoint"])

    def refuse_empty(self, command: str, says: list[str]) -> None:
        job = self.folder / "empty.toml"
        job.write_text("")
        self.refuse(USAGE, command, "--config", job, "--out", self.folder / "out", says=says)


if __name__ == "__main__":
    unittest.main()
