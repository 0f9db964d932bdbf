"""codectrace metrics against stored figures, by score files and lists as users have them.

tests/data/metrics/score_files: NAME.txt, NAME.protocol.txt and what is expected of them, NAME.json, which an
independent implementation in Python computed; extra/ with further arguments; errors/ with exit code and message.
"""

import json
import random
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import plain_metrics
from program import BAD_DATA, ROOT, USAGE, ProgramTest, names_under

CASES = ROOT / "tests/data/metrics/score_files"
EXACT = 1e-9  # figures are stored in full; only the order of sums differs
SHIPPED = ROOT / "configs/taxonomy.toml"
# Written beside the case, not figures.
NOT_FIGURES = {"task", "args", "subsets", "by", "name"}


def case_names(folder: Path) -> list[str]:
    names = sorted(path.stem for path in folder.glob("*.json"))
    assert names, f"no cases in {folder}"
    return names


class MetricsTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "results.json"

    def arguments(self, scores: Path, protocol: Path, *further: object) -> list[object]:
        return ["metrics", "--scores", scores, "--protocol", protocol, "--taxonomy", SHIPPED, "--out", self.out,
                *further]

    def case(self, folder: Path, name: str, *further: object) -> list[object]:
        expected = json.loads((folder / f"{name}.json").read_text())
        return self.arguments(folder / f"{name}.txt", folder / f"{name}.protocol.txt",
                              "--task", expected["task"].lower(), *expected.get("args", []), *further)

    def results(self, *arguments: object, ranks: int = 1) -> dict:
        self.succeed("--quiet", *arguments, ranks=ranks)
        return json.loads(self.out.read_text())

    def assert_near(self, expected: object, found: object, where: str) -> None:
        if isinstance(expected, dict):
            for key, value in expected.items():
                self.assert_near(value, found[key], f"{where} {key}")
        elif isinstance(expected, list):
            self.assertEqual(len(expected), len(found), where)
            for i, value in enumerate(expected):
                self.assert_near(value, found[i], f"{where} {i}")
        elif isinstance(expected, float):
            self.assertIsNotNone(found, where)
            self.assertAlmostEqual(expected, found, delta=EXACT, msg=where)
        else:
            self.assertEqual(expected, found, where)

    def assert_figures(self, expected: dict, task: dict, where: str) -> None:
        figures = {key: value for key, value in expected.items() if key not in NOT_FIGURES}
        self.assert_near(figures, task, where)


class StoredFigures(MetricsTest):
    def test_of_every_case_are_found(self):
        for folder in [CASES, CASES / "extra"]:
            for name in case_names(folder):
                with self.subTest(name):
                    expected = json.loads((folder / f"{name}.json").read_text())

                    found = self.results(*self.case(folder, name))

                    self.check(expected, found, name)

    def check(self, expected: dict, found: dict, name: str) -> None:
        subsets = {(subset["by"], subset["name"]): subset for subset in found["subsets"]}
        task = expected["task"]
        self.assert_figures(expected, subsets[None, "all"]["tasks"][task], name)
        for part in expected.get("subsets", []):
            by, of = part["by"], part["name"]
            self.assert_figures(part, subsets[by, of]["tasks"][task], f"{name} {by} {of}")

    def test_follow_the_schema(self):
        for name in ["by_codec", "vq4_missing"]:
            with self.subTest(name):
                self.results(*self.case(CASES, name))
                check = ("import json, sys, jsonschema; "
                         "jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))"
                         ".validate(json.load(open(sys.argv[2])))")
                subprocess.run([sys.executable, "-c", check, ROOT / "docs/results.schema.json", self.out], check=True)

    def test_are_the_same_on_several_ranks(self):
        alone = self.results(*self.case(CASES, "by_codec"))
        self.out.unlink()

        self.assertEqual(self.results(*self.case(CASES, "by_codec"), ranks=2), alone)


class Refusals(MetricsTest):
    def test_of_every_case_have_its_code_and_message_and_leave_nothing(self):
        for name in case_names(CASES / "errors"):
            with self.subTest(name):
                expected = json.loads((CASES / "errors" / f"{name}.json").read_text())

                message = self.refuse(expected["exit"], *self.case(CASES / "errors", name), says=[])

                for texts in expected["stderr_has"]:
                    self.assertTrue(any(text in message for text in texts.split("|")), f"{texts} in {message}")
                self.assertEqual(names_under(self.folder), set())

    def test_of_missing_files_name_them(self):
        good = CASES / "tiny.txt"
        self.refuse(BAD_DATA, *self.arguments(self.folder / "none.txt", CASES / "tiny.protocol.txt"), says=["none.txt"])
        self.refuse(BAD_DATA, *self.arguments(good, self.folder / "none.txt"), says=["none.txt"])

    def test_of_a_task_that_the_file_does_not_answer(self):
        self.refuse(BAD_DATA, *self.arguments(CASES / "vq4.txt", CASES / "vq4.protocol.txt", "--task", "dec"),
                    says=["vq4.txt:1", "DEC", "3 classes"])
        self.refuse(BAD_DATA, *self.arguments(CASES / "vq4.txt", CASES / "vq4.protocol.txt"), says=["--task"])
        self.refuse(USAGE, *self.arguments(CASES / "vq4.txt", CASES / "vq4.protocol.txt", "--task", "colour"),
                    says=["COLOUR"])

    def test_of_a_key_that_is_an_option(self):
        self.refuse(USAGE, *self.arguments(CASES / "tiny.txt", CASES / "tiny.protocol.txt", "--set", "task=vq"),
                    says=["--set task=vq", "list and metrics"])

    def test_of_a_probability_that_is_none(self):
        scores = self.folder / "scores.txt"
        scores.write_text("p999_000000 0.5\np999_000000_bigcodec 1.5\np999_000001_bigcodec 0.1\n")

        self.refuse(BAD_DATA, *self.arguments(scores, CASES / "tiny.protocol.txt", "--score-kind", "probability"),
                    says=["scores.txt:2", "1.5"])


class FurtherFormats(MetricsTest):
    def test_blanks_tabs_line_ends_and_ASVspoofs_header_change_nothing(self):
        protocol = CASES / "tiny.protocol.txt"
        plain = self.results(*self.arguments(CASES / "tiny.txt", protocol))["subsets"]
        rows = [line.split() for line in (CASES / "tiny.txt").read_text().splitlines()]
        for name, text in {
            "crlf": "".join(f"  {i}   {score} \r\n" for i, score in rows),
            "plus": "\n".join(f"{i} +{score}" for i, score in rows),
            "header": "filename\tcm-score\n" + "".join(f"{i}\t{score}\n" for i, score in rows),
            "ours": "id\tlabel\tscore\n" + "".join(f"{i}\t-\t{score}\n" for i, score in rows),
        }.items():
            with self.subTest(name):
                scores = self.folder / f"{name}.txt"
                scores.write_bytes(text.encode())

                self.assertEqual(self.results(*self.arguments(scores, protocol))["subsets"], plain)

    def test_a_number_below_a_doubles_range_is_zero(self):
        scores = self.folder / "scores.txt"
        scores.write_text("p999_000000 0.5\np999_000000_bigcodec 1e-999\np999_000001_bigcodec 0.1\n")

        found = self.results(*self.arguments(scores, CASES / "tiny.protocol.txt"))

        self.assertEqual(found["subsets"][0]["tasks"]["BIN"]["eer"], 0)


class BySpeaker(MetricsTest):
    """Intervals by speaker, drawn once more here: docs/metrics.md has the equation."""

    MASK, GOLDEN = 2**64 - 1, 0x9E3779B97F4A7C15

    def setUp(self) -> None:
        super().setUp()
        draw = random.Random(5)
        self.rows = []  # speaker, id, is bona fide, score
        for i in range(160):
            speaker, bona_fide = f"p{draw.randrange(300, 309)}", draw.random() < 0.4
            utterance = f"{speaker}_{i:03}" + ("" if bona_fide else "_bigcodec")
            level = int(speaker[1:]) % 5 / 4
            self.rows.append((speaker, utterance, bona_fide, round(draw.gauss(level + bona_fide, 0.4), 1)))
        self.list, self.scores = self.folder / "list.txt", self.folder / "scores.txt"
        self.list.write_text("".join(f"{s} {u} - - {'bonafide' if b else 'spoof'}\n" for s, u, b, _ in self.rows))
        self.scores.write_text("".join(f"{u} {x}\n" for _, u, _, x in self.rows))

    def mix(self, x: int) -> int:
        x &= self.MASK
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & self.MASK
        x = (x ^ x >> 27) * 0x94D049BB133111EB & self.MASK
        return x ^ x >> 31

    def drawn(self, replicate: int, stratum: int, by_speaker: dict[str, list[float]]) -> np.ndarray:
        names = sorted(by_speaker)
        key = self.mix(self.mix(3 + self.GOLDEN * (replicate + 1)) + self.GOLDEN * (stratum + 1))
        draws = [len(names) * self.mix(key + self.GOLDEN * (j + 1)) >> 64 for j in range(len(names))]
        return np.array([score for draw in draws for score in by_speaker[names[draw]]])

    def test_are_those_of_an_independent_computation(self):
        sides = [{}, {}]  # bona fide, spoof
        for speaker, _, bona_fide, score in self.rows:
            sides[0 if bona_fide else 1].setdefault(speaker, []).append(score)
        eers = [plain_metrics.eer(*[self.drawn(r, k, side) for k, side in enumerate(sides)]) for r in range(50)]

        found = self.results(*self.arguments(self.scores, self.list, "--set", "metrics.bootstrap_clusters=speaker",
                                             "--set", "metrics.bootstrap_replicates=50",
                                             "--set", "metrics.bootstrap_seed=3"))["subsets"]

        whole = found[0]["tasks"]["BIN"]
        self.assertEqual(whole["bootstrap"], "speaker")
        np.testing.assert_allclose(whole["eer_ci95"], np.quantile(eers, [0.025, 0.975]), atol=1e-12)
        of_one_speaker = next(subset for subset in found if subset["by"] == "speaker")
        self.assertNotIn("bootstrap", of_one_speaker["tasks"]["BIN"])


class Partial(MetricsTest):
    def setUp(self) -> None:
        super().setUp()
        self.scores = self.folder / "scores.txt"
        self.scores.write_text("p999_000000 0.6\np999_000000_bigcodec 0.4\nstranger 0.1\n")
        self.protocol = CASES / "tiny.protocol.txt"

    def test_leaves_out_and_counts_what_only_one_file_has(self):
        found = self.results(*self.arguments(self.scores, self.protocol, "--partial"))

        counts = found["counts"]
        self.assertEqual([counts[key] for key in ["listed", "scored", "unlisted", "unscored"]], [3, 2, 1, 1])
        self.assertEqual(found["subsets"][0]["n"], 2)

    def test_is_asked_for_with_names_of_both_kinds(self):
        self.refuse(BAD_DATA, *self.arguments(self.scores, self.protocol),
                    says=["1 without a score: p999_000001_bigcodec", "1 not in the list: stranger", "--partial"])

    def test_duplicates_keep_the_first_if_allowed(self):
        errors = CASES / "errors"
        for name in ["listed_twice", "scored_twice"]:
            with self.subTest(name):
                found = self.results(*self.case(errors, name, "--allow-duplicates"))

                self.assertEqual(found["counts"]["scored"], 4)
                self.assertEqual(found["counts"]["duplicates"] + found["counts"]["scored_twice"], 1)


class Strict(MetricsTest):
    def test_refuses_a_codec_that_the_taxonomy_lacks(self):
        protocol = self.folder / "list.txt"
        protocol.write_text((CASES / "tiny.protocol.txt").read_text().replace("1_bigcodec", "1_unheardof"))
        scores = self.folder / "scores.txt"
        scores.write_text((CASES / "tiny.txt").read_text().replace("1_bigcodec", "1_unheardof"))

        self.results(*self.arguments(scores, protocol))
        self.refuse(BAD_DATA, *self.arguments(scores, protocol, "--strict"), says=["list.txt:3", "unheardof"])


if __name__ == "__main__":
    unittest.main()
