"""Corpora and shards that are damaged, incomplete, of a newer version or none at all."""

import json
import os
import shutil
import sys
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, DONE, ProgramTest, codectrace, names_under
from tiny_pipeline import TinyPipeline

SHARD = "shard-00000.h5"
LISTED = "p003_010_mini"  # an utterance of the test list


def setUpModule():
    global made
    made = TinyPipeline().train()


def position_in_samples(shard: Path, utterance: str) -> int:
    """Of a byte of its waveform in the file."""
    with h5py.File(shard) as file:
        bounds = file["utterance/id_offsets"][:]
        text = file["utterance/id"][:].tobytes()
        ids = [text[a:b].decode() for a, b in zip(bounds[:-1], bounds[1:])]
        first = int(file["audio/offsets"][ids.index(utterance)])
        return file["audio/samples"].id.get_offset() + 2 * first + 7


def position_of(shard: Path, dataset: str) -> int:
    with h5py.File(shard) as file:
        return file[dataset].id.get_offset() + 3


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def crc32c(data: bytes) -> int:
    """Bit by bit: RFC 3720."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def write_sealed(path: Path, text: str) -> None:
    """corpus.json with the checksum of itself, as shard/FORMAT.md says."""
    start = text[:text.rindex("crc32c:") + len("crc32c:")]
    end = '"\n}\n'
    path.write_text(f"{start}{crc32c((start + '00000000' + end).encode()):08x}{end}")


class DamagedCorpus(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.corpus = self.folder / "corpus"
        shutil.copytree(made.corpus, self.corpus)
        self.shard = self.corpus / SHARD
        self.out = self.folder / "out"

    def not_evaluated(self, says: list[str]) -> None:
        self.refuse(BAD_DATA, *made.evaluate_arguments(self.out, corpus=self.corpus), says=says)
        self.assertEqual(names_under(self.out), set())

    def not_trained_on(self, says: list[str]) -> None:
        self.refuse(BAD_DATA, "train", "--config", made.job, "--set", f"data.corpus={self.corpus}",
                    "--out", self.out, says=says)
        self.assertEqual([name for name in names_under(self.out) if "checkpoint" in name], [])

    def found_by_verify(self, *says: str) -> None:
        outcome = codectrace("shard", "verify", self.corpus)
        self.assertEqual((outcome.code, outcome.err), (BAD_DATA, ""), outcome)
        self.assert_in_order([*says, "damaged:"], outcome.out)

    def test_with_a_flipped_byte_of_an_utterance_is_told_with_file_and_utterance(self):
        flip(self.shard, position_in_samples(self.shard, LISTED))

        self.not_evaluated([self.shard, LISTED, "CRC-32C", "shard verify", self.corpus])
        self.found_by_verify(SHARD, "/audio/samples", LISTED)

    def test_is_no_hindrance_to_lists_without_the_damaged_utterance(self):
        flip(self.shard, position_in_samples(self.shard, LISTED))

        self.succeed("train", "--config", made.job, "--set", f"data.corpus={self.corpus}",
                     "--out", self.out)

    def test_with_a_damaged_utterance_to_train_on_stops_training(self):
        flip(self.shard, position_in_samples(self.shard, "p001_001"))

        self.not_trained_on([self.shard, "p001_001", "CRC-32C"])

    def test_with_a_flipped_byte_elsewhere_is_told_with_the_dataset(self):
        for dataset in ["/utterance/id", "/utterance/id_offsets", "/audio/offsets",
                        "/audio/crc32c"]:
            with self.subTest(dataset):
                flip(self.shard, position_of(self.shard, dataset))

                self.found_by_verify(SHARD, dataset)
                if dataset != "/audio/crc32c":
                    self.not_evaluated([self.shard, dataset, "shard verify"])

                shutil.copy(made.corpus / SHARD, self.shard)

    def test_with_a_flipped_byte_of_its_header_is_told(self):
        flip(self.shard, 20)

        self.not_evaluated([self.shard, "checksum"])
        self.found_by_verify(SHARD)

    def test_whose_shard_is_truncated_is_told_with_both_sizes(self):
        whole = self.shard.stat().st_size
        os.truncate(self.shard, whole // 2)

        self.not_evaluated([self.shard, f"{whole // 2} bytes", f"{whole}", "shard verify"])
        self.not_trained_on([self.shard, f"{whole // 2} bytes"])
        self.found_by_verify(SHARD)

    def test_whose_shard_is_missing_is_told(self):
        self.shard.unlink()

        self.not_evaluated([self.shard, "missing", "corpus.json"])
        self.found_by_verify(SHARD, "missing")

    def test_whose_index_was_edited_is_told(self):
        index = self.corpus / "corpus.json"
        index.write_text(index.read_text().replace('"utterances": 30', '"utterances": 29'))

        self.not_evaluated([index, "CRC-32C", "corrupt or edited"])
        self.found_by_verify("corpus.json")

    def test_that_is_unfinished_is_told_with_how_to_finish_it(self):
        (self.corpus / "corpus.json").unlink()

        self.not_evaluated([self.corpus, "no corpus.json", "codectrace preprocess"])
        self.not_trained_on([self.corpus, "no corpus.json", "codectrace preprocess"])

    def test_of_a_newer_version_asks_for_a_newer_program(self):
        index = self.corpus / "corpus.json"
        write_sealed(index, index.read_text())  # nothing changed: the seal is right
        self.assertEqual(index.read_bytes(), (made.corpus / "corpus.json").read_bytes())

        write_sealed(index, index.read_text().replace('"version": 1', '"version": 2'))

        self.not_evaluated([index, "version 2", "newer codectrace"])

    def test_whose_shard_is_of_a_newer_version_asks_for_a_newer_program(self):
        with h5py.File(self.shard, "r+") as file:
            file.attrs.modify("version", np.uint32(2))

        self.refuse(BAD_DATA, "shard", "inspect", self.shard,
                    says=[self.shard, "version 2", "newer codectrace"])
        self.found_by_verify(SHARD, "version 2")


class NoCorpus(ProgramTest):
    def test_is_told_by_every_command_that_reads_one(self):
        file = self.folder / "file"
        file.write_text("no corpus")
        out = self.folder / "out"
        for path, says in [(self.folder / "nowhere", "nowhere"), (file, "file"),
                           (made.set.audio, "no corpus.json")]:
            with self.subTest(path):
                for command in [made.evaluate_arguments(out, corpus=path),
                                ["train", "--config", made.job, "--set", f"data.corpus={path}",
                                 "--out", out],
                                ["shard", "inspect", path]]:
                    self.refuse(BAD_DATA, *command, says=[says])
                    self.assertEqual(names_under(out), set())

    def test_is_told_by_verify(self):
        for path in [self.folder / "nowhere", made.set.audio]:
            outcome = codectrace("shard", "verify", path)

            self.assertEqual(outcome.code, BAD_DATA, outcome)
            self.assertIn(str(path), outcome.out + outcome.err)


class Verify(ProgramTest):
    def test_says_for_programs_what_it_says_for_people(self):
        corpus = self.folder / "corpus"
        shutil.copytree(made.corpus, corpus)
        flip(corpus / SHARD, position_in_samples(corpus / SHARD, LISTED))

        sound = json.loads(codectrace("shard", "verify", made.corpus, "--json").out)
        outcome = codectrace("shard", "verify", corpus, "--json", "--quarantine",
                             self.folder / "damaged.tsv")
        damaged = json.loads(outcome.out)

        self.assertEqual(outcome.code, BAD_DATA)
        self.assertEqual(sound["damages"], [])
        self.assertIn(LISTED, [damage.get("utterance") for damage in damaged["damages"]])
        self.assertIn(LISTED, (self.folder / "damaged.tsv").read_text())

    def test_of_a_sound_corpus_ends_well(self):
        outcome = codectrace("shard", "verify", made.corpus)

        self.assertEqual((outcome.code, outcome.err), (DONE, ""))
        self.assertTrue(outcome.out.startswith("sound: 1 shards, 30 utterances"), outcome.out)


if __name__ == "__main__":
    unittest.main()
