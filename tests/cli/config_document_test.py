"""docs/config.md against the program: the same keys, with the same defaults."""

import re
import sys
import tomllib
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import DONE, ROOT, ProgramTest, codectrace
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY

ROW = re.compile(r"^\| `(?P<key>[\w.]+)` \| (?P<type>[\w ]+) \| `(?P<default>.*?)`"
                 r"(; small: `(?P<small>.*?)`)?(; sast-net: `.*?`; small sast-net: `(?P<sast>.*?)`)? \| (?P<allowed>.*?) \| (?P<meaning>.+) \|$")

# What the jobs below have to say to run at all.
GIVEN = {
    "preprocess": {"audio", "out", "taxonomy"},
    "train": {"model.preset", "data.corpus", "data.lists", "data.train_lists", "data.dev_lists",
              "data.taxonomy", "train.max_steps"},
    "train of sast-net": {"model.name"},  # and what train has
    "evaluate": {"checkpoint", "corpus", "protocol", "out"},
}


def setUpModule():
    """What each job writes beside its output when nothing but the needful is given."""
    global made, made_with_defaults
    made = TinyPipeline()
    run, results, job = (made.folder / name for name in ["defaults", "results", "defaults.toml"])
    job.write_text(f"""
model.preset = "small"
train.max_steps = 1
[data]
corpus = "{made.corpus}"
lists = "{made.set.lists}"
train_lists = ["train.txt"]
dev_lists = ["dev.txt"]
taxonomy = "{TAXONOMY}"
""")
    sast_net = made.folder / "sast-net"
    for command in [["train", "--config", job, "--out", run],
                    ["train", "--config", job, "--out", sast_net, "--set", "model.name=sast-net"],
                    ["evaluate", "--checkpoint", run, "--corpus", made.corpus,
                     "--protocol", made.test_list, "--out", results]]:
        outcome = codectrace(*command)
        assert outcome.code == DONE, outcome
    made_with_defaults = {"preprocess": keys_of(made.corpus / "preprocess.toml"),
                          "train": keys_of(run / "config.toml"),
                          "train of sast-net": keys_of(sast_net / "config.toml"),
                          "evaluate": keys_of(results / "config.toml")}


GIVEN["train of sast-net"] |= GIVEN["train"]


def documented(job: str) -> dict[str, re.Match]:
    """The rows of a job's tables, by key."""
    job = job.split()[0]
    text = (ROOT / "docs/config.md").read_text()
    part = re.search(rf"^## {job}$(.*?)(?=^## |\Z)", text, re.M | re.S)[1]
    rows = [line for line in part.splitlines() if line.startswith("| `")]
    matches = [ROW.match(row) for row in rows]
    assert all(matches), [row for row, match in zip(rows, matches) if not match]
    keys = {match["key"]: match for match in matches}
    assert len(keys) == len(rows), "a key is there twice"
    return keys


def default_of(job: str, row: re.Match) -> str:
    of_sast_net = row["sast"] if job.endswith("sast-net") else None
    return of_sast_net or row["small"] or row["default"]


def keys_of(path: Path) -> dict[str, object]:
    """"section.key" → value."""
    def flat(table: dict, prefix: str = ""):
        for name, value in table.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{name}.")
            else:
                yield prefix + name, value
    return dict(flat(tomllib.loads(path.read_text())))


class ConfigDocument(unittest.TestCase):
    def test_has_every_key_of_every_job_and_no_other(self):
        for job in ["preprocess", "train", "evaluate"]:
            with self.subTest(job):
                there = set().union(*(resolved for name, resolved in made_with_defaults.items()
                                      if name.split()[0] == job))

                self.assertEqual(set(documented(job)), there)

    def test_has_the_defaults(self):
        for job, resolved in made_with_defaults.items():
            for key, row in documented(job).items():
                if key in GIVEN[job] or key not in resolved:
                    continue
                with self.subTest(f"{job}: {key}"):
                    default = tomllib.loads("value = " + default_of(job, row))["value"]

                    self.assertEqual(default, resolved[key])
                    self.assertIs(type(default), type(resolved[key]))

    def test_has_keys_of_a_sweep_that_it_takes(self):
        keys = documented("sweep")
        file = made.folder / "sweep.toml"
        file.write_text("".join(f"{key} = {row['default']}\n" for key, row in keys.items()))

        outcome = codectrace("sweep", file)

        self.assertGreater(len(keys), 5)
        self.assertIn("no out: the folder of the sweep's results", outcome.err)

    def test_has_the_types(self):
        names = {str: {"text", "choice"}, bool: {"true or false"}, int: {"whole number"},
                 float: {"number"}, list: {"list of texts", "list of whole numbers",
                                           "list of numbers"}}
        for job, resolved in made_with_defaults.items():
            for key, value in resolved.items():
                with self.subTest(f"{job}: {key}"):
                    self.assertIn(documented(job)[key]["type"], names[type(value)])


class ResolvedConfig(ProgramTest):
    def test_given_again_is_the_same_job(self):
        made.train()
        results = self.folder / "results"
        self.succeed(*made.evaluate_arguments(results))

        for command in [["preprocess", "--config", made.corpus / "preprocess.toml"],
                        ["train", "--config", made.run / "config.toml", "--out", made.run],
                        ["evaluate", "--config", results / "config.toml"]]:
            with self.subTest(command[0]):
                again = self.succeed(*command)

                self.assertIn("finished", again.err)


if __name__ == "__main__":
    unittest.main()
