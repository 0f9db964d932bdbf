"""The command line itself: what is missing, unknown or malformed, --help and --version."""

import functools
import re
import shlex
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import DONE, USAGE, ProgramTest, codectrace

COMMANDS = ["preprocess", "train", "evaluate", "metrics", "score", "report", "shard", "shard inspect", "shard verify",
            "checkpoint", "checkpoint inspect", "checkpoint convert", "status",
            "submit", "submit preprocess", "submit train", "submit evaluate", "submit pipeline"]
NEEDED = {"metrics": ["--scores", "s.txt", "--protocol", "l.txt", "--out", "r.json"],
          "train": ["--config", "job.toml", "--out", "run"], "report": ["results"],
          "score": ["clip.wav", "--checkpoint", "run"],
          "shard inspect": ["corpus"], "shard verify": ["corpus"],
          "status": ["runs/m1"], "submit train": ["--config", "job.toml", "--out", "run"],
          "submit pipeline": ["--config", "pipeline.toml"],
          "checkpoint inspect": ["m1.pth"], "checkpoint convert": ["m1.pth", "m1.safetensors"]}
GROUPS = ["shard", "checkpoint", "submit"]
TAKES_A_VALUE = {"preprocess": "--audio", "train": "--config", "evaluate": "--checkpoint",
                 "score": "--format", "metrics": "--score-kind", "report": "--worst", "shard verify": "--quarantine",
                 "checkpoint inspect": "--model-config", "submit train": "--nodes",
                 "submit pipeline": "--set"}


class WrongUse(ProgramTest):
    def rejected(self, *arguments: str, says: list[str]) -> None:
        """By the parser, before anything is started: one line, and where to read on."""
        outcome = codectrace(*arguments, cwd=self.folder)
        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertEqual(outcome.out, "")
        lines = outcome.err.splitlines()
        self.assertEqual(len(lines), 1, outcome.err)
        self.assert_in_order(says, lines[0])
        self.assertRegex(lines[0], r"^codectrace[a-z ]*: .*; see codectrace[a-z ]* --help$")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_no_command_at_all_is_told(self):
        self.rejected(says=["subcommand is required"])

    def test_a_group_without_what_to_do_is_told(self):
        for command in GROUPS:
            with self.subTest(command):
                self.rejected(command, says=["subcommand is required"])

    def test_an_unknown_command_is_named_with_the_nearest_one(self):
        self.rejected("trian", "--config", "job.toml", says=["trian", "did you mean train?"])
        self.rejected("--quiet", "preproces", says=["preproces", "did you mean preprocess?"])
        self.rejected("shard", "verfy", "corpus", says=["verfy", "did you mean verify?"])
        self.rejected("bake", says=["bake", "train"])

    def test_an_unknown_option_is_named(self):
        for command in COMMANDS:
            if command in GROUPS:
                continue
            with self.subTest(command):
                self.rejected(*command.split(), *NEEDED.get(command, []), "--nonsense",
                              says=["--nonsense"])

    def test_an_unknown_option_is_named_before_what_is_missing_with_the_nearest_one(self):
        self.rejected("train", "--confg", "job.toml", says=["codectrace train:", "--confg",
                                                            "did you mean --config?"])
        self.rejected("shard", "inspect", "--jsn=1", says=["codectrace shard inspect:", "--jsn",
                                                          "did you mean --json?"])

    def test_a_surplus_argument_is_named(self):
        for command in ["preprocess", "train", "evaluate", "shard inspect", "shard verify",
                        "checkpoint inspect", "checkpoint convert"]:
            with self.subTest(command):
                self.rejected(*command.split(), *NEEDED.get(command, []), "surplus",
                              says=["surplus"])

    def test_an_option_without_its_value_is_named(self):
        for command, option in TAKES_A_VALUE.items():
            with self.subTest(command):
                self.rejected(*command.split(), *NEEDED.get(command, []), option, says=[option])

    def test_a_required_option_or_argument_is_named(self):
        self.rejected("train", "--out", "run", says=["--config"])
        self.rejected("train", "--config", "job.toml", says=["--out"])
        self.rejected("report", says=["RESULTS"])
        self.rejected("shard", "inspect", says=["PATH"])
        self.rejected("shard", "verify", says=["PATH"])

    def test_a_number_out_of_range_is_told_with_the_range(self):
        self.rejected("report", "--worst", "1001", "results", says=["--worst", "1001", "0", "1000"])
        self.rejected("report", "--worst", "many", "results", says=["--worst", "many"])

    def test_an_unknown_way_to_communicate_is_told(self):
        self.rejected("--comm", "pigeon", "shard", "inspect", "x",
                      says=["--comm", "pigeon", "auto, self, mpi or nccl"])

    def test_what_a_config_file_could_give_is_asked_for_with_its_option(self):
        for command, option in {"preprocess": "--audio", "evaluate": "--checkpoint"}.items():
            with self.subTest(command):
                self.refuse(USAGE, command, says=[option])
        self.refuse(USAGE, "preprocess", "--audio", self.folder, says=["--out"])


class Help(unittest.TestCase):
    def test_of_every_command_ends_well(self):
        for command in ["", *COMMANDS]:
            with self.subTest(command):
                self.assertIn("Usage:", help_of(command))

    def test_of_the_program_names_every_command(self):
        listed = help_of("")

        for command in {command.split()[0] for command in COMMANDS}:
            self.assertRegex(listed, rf"\n  {command} ")

    def test_has_an_example_of_its_command_whose_options_exist(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = help_of(command)
                words = example_in(text)
                after = words[words.index("codectrace") + 1:]

                self.assertEqual(after[:len(command.split())], command.split())
                for option in (word for word in after if word.startswith("-")):
                    if command not in GROUPS:  # the example is one of its own commands
                        self.assertRegex(text, rf"\n  +(-\w,)?{option}\b")

    def test_examples_are_understood_as_far_as_the_files_they_name(self):
        for command in COMMANDS:
            with self.subTest(command):
                words = example_in(help_of(command))

                outcome = codectrace(*words[words.index("codectrace") + 1:], cwd="/")

                self.assertIn(outcome.code, (2, 3), outcome)
                self.assertNotIn(" --help", outcome.err)
                self.assertRegex(outcome.err, r"^codectrace \w+: ")


class Version(unittest.TestCase):
    def test_is_one_line_with_three_numbers(self):
        outcome = codectrace("--version")

        self.assertEqual((outcome.code, outcome.err), (DONE, ""))
        self.assertRegex(outcome.out, r"^\d+\.\d+\.\d+\n$")


@functools.cache
def help_of(command: str) -> str:
    outcome = codectrace(*command.split(), "--help")
    assert (outcome.code, outcome.err) == (DONE, ""), outcome
    return outcome.out


def example_in(help_text: str) -> list[str]:
    example = re.search(r"Example:\n((?:.*\\\n)*.*)", help_text)
    assert example, help_text
    return shlex.split(example[1].replace("\\\n", " "))


if __name__ == "__main__":
    unittest.main()
