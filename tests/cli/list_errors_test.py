"""Protocol lists and taxonomies with mistakes: every stage that reads them tells file and line."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, ProgramTest, names_under
from tiny_pipeline import TinyPipeline
from tiny_set import TAXONOMY

GOOD = "p001 p001_000 - REAL REAL REAL bonafide\n"


def setUpModule():
    global made
    made = TinyPipeline().train()


class BadList(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.list = self.folder / "list.txt"
        self.out = self.folder / "out"

    def commands(self) -> list[list[object]]:
        return [["preprocess", "--audio", made.set.audio, "--taxonomy", TAXONOMY, "--protocol",
                 self.list, "--out", self.out],
                ["train", "--config", made.job, "--set", f"data.train_lists=['{self.list}']",
                 "--out", self.out],
                made.evaluate_arguments(self.out, protocol=self.list)]

    def refused(self, says: list[str]) -> None:
        for command in self.commands():
            with self.subTest(command[0]):
                self.refuse(BAD_DATA, *command, says=says)
                self.assertEqual(names_under(self.out), set())

    def test_with_a_class_that_the_taxonomy_lacks_is_told_with_those_it_has(self):
        self.list.write_text(GOOD + "p001 p001_000_bigcodec - Trad TIMES SVQ spoof\n")

        self.refused([f"{self.list}:2: ", "DEC", '"TIMES"', "REAL, TIME, FREQ"])

    def test_with_a_wrong_number_of_columns_is_told_with_the_right_ones(self):
        for line, count in [("p001 p001_000 bonafide", 3),
                            ("p001 p001_000 - REAL REAL bonafide", 6),
                            ("p001 p001_000 - REAL REAL REAL bonafide x", 8)]:
            with self.subTest(count):
                self.list.write_text(f"{GOOD}\n{line}\n")

                self.refused([f"{self.list}:3: ", f"{count} columns", "4, 5 or 7"])

    def test_with_an_unknown_label_is_told(self):
        self.list.write_text("p001 p001_000 - - bonefide\n")

        self.refused([f"{self.list}:1: ", "bonefide", "bonafide"])

    def test_that_contradicts_the_taxonomy_is_told_with_both_values(self):
        self.list.write_text(GOOD + "p001 p001_000_bigcodec - SEM TIME SVQ spoof\n")

        self.refused([f"{self.list}:2: ", "AUX is SEM", "bigcodec is Trad"])

    def test_that_names_an_utterance_twice_is_told_with_both_lines(self):
        self.list.write_text(GOOD + "p001 p001_001 - - bonafide\n" + GOOD)

        self.refused([f"{self.list}:3: ", "p001_000", "line 1"])

    def test_that_is_no_utf8_is_told(self):
        self.list.write_bytes(GOOD.encode() + "p001 p001_é - - bonafide\n".encode("latin-1"))

        self.refused([f"{self.list}:2: ", "UTF-8"])

    def test_that_is_empty_is_told(self):
        self.list.write_text("\n\n")

        self.refused([self.list, "no lines"])

    def test_that_is_missing_or_a_folder_is_named(self):
        self.refused([self.list, "No such file"])

        self.list.mkdir()
        self.refused([self.list])

    def test_that_names_unknown_utterances_is_told_with_their_number_and_the_first_few(self):
        self.list.write_text(GOOD + "".join(f"p009 p009_{i:03} - - bonafide\n" for i in range(12)))

        preprocess, train, evaluate = self.commands()
        self.refuse(BAD_DATA, *preprocess, says=["12 of 13", str(made.set.audio), "p009_000",
                                                 "p009_004, …", "policy.missing"])
        for command in [train, evaluate]:
            self.refuse(BAD_DATA, *command, says=["12 of 13", self.list, made.corpus, "p009_000",
                                                  "p009_004, …"])
        self.assertEqual(names_under(self.out), set())

    def test_of_one_class_is_told_before_anything_is_scored(self):
        lines = made.test_list.read_text().splitlines(keepends=True)
        for missing, kept in [("bona fide", "spoof"), ("spoof", "bonafide")]:
            self.list.write_text("".join(line for line in lines if line.split()[-1] == kept))

            self.refuse(BAD_DATA, *self.commands()[-1],
                        says=[self.list, f"no {missing} utterances", "both classes"])

            self.assertEqual(names_under(self.out), set())
            self.assertFalse(Path(f"{self.out}.partial").exists())

    def test_once_corrected_is_evaluated_to_the_same_results_folder(self):
        self.list.write_text(made.test_list.read_text() + "p009 p009_001 - - bonafide\n")
        evaluate = self.commands()[-1]
        self.refuse(BAD_DATA, *evaluate, says=["1 of 11"])

        self.list.write_text(made.test_list.read_text())

        self.succeed(*evaluate)


class BadTaxonomy(ProgramTest):
    def refused(self, text: str, says: list[str]) -> None:
        taxonomy = self.folder / "taxonomy.toml"
        taxonomy.write_text(text)
        out = self.folder / "out"
        for command in [["preprocess", "--audio", made.set.audio, "--taxonomy", taxonomy],
                        ["train", "--config", made.job, "--set", f"data.taxonomy={taxonomy}"]]:
            with self.subTest(command[0]):
                self.refuse(BAD_DATA, *command, "--out", out, says=[taxonomy, *says])
                self.assertEqual(names_under(out), set())

    def test_with_a_codec_of_an_unknown_class_is_told_with_the_line(self):
        text = TAXONOMY.read_text()
        line = text[:text.index('VQ = "SVQ"')].count("\n") + 1

        self.refused(text.replace('VQ = "SVQ"', 'VQ = "SVG"', 1), [f":{line}: ", "SVG"])

    def test_that_is_no_toml_is_told_with_the_line(self):
        self.refused('schema = "codectrace.taxonomy/1"\n[task.BIN\n', [":2: "])

    def test_of_another_schema_is_told(self):
        self.refused('schema = "codectrace.taxonomy/2"\n', ["codectrace.taxonomy/2"])

    def test_that_is_missing_is_named(self):
        self.refuse(BAD_DATA, "preprocess", "--audio", made.set.audio, "--taxonomy", "/no/such",
                    "--out", self.folder / "out", says=["/no/such", "No such file"])


if __name__ == "__main__":
    unittest.main()
