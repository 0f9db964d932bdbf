"""Audio that preprocess can't use, under the policy that a bad file stops the job."""

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, ProgramTest, names_under
from tiny_set import TAXONOMY, speech, write_audio

KNOWN_BEFORE_THE_FIRST_SHARD = {"preprocess.json", "preprocess.toml", "unfinished"}


class BadAudio(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.audio = self.folder / "audio"
        self.bad = self.audio / "p001_002.wav"
        write_audio(self.audio / "p001_001.wav", speech(1))

    def stops(self, says: list[str]) -> None:
        """With the utterance and the way on; once the file is gone, the same command finishes."""
        corpus = self.folder / "corpus"
        command = ["preprocess", "--audio", self.audio, "--taxonomy", TAXONOMY, "--out", corpus]

        self.refuse(BAD_DATA, *command, says=says)

        self.assertLessEqual(names_under(corpus), KNOWN_BEFORE_THE_FIRST_SHARD)

    def stops_until_mended(self, says: list[str]) -> None:
        self.stops(["utterance p001_002", *says, "goes on"])

        write_audio(self.bad, speech(2))
        self.succeed("preprocess", "--audio", self.audio, "--taxonomy", TAXONOMY,
                     "--out", self.folder / "corpus")
        self.assertIn("corpus.json", names_under(self.folder / "corpus"))

    def test_with_nan_or_infinite_samples_is_told_with_their_number(self):
        waveform = speech(2)
        waveform[[5, 8]] = np.nan
        waveform[11] = np.inf
        write_audio(self.bad, waveform, subtype="FLOAT")

        self.stops_until_mended(["3 samples are NaN or infinite", "policy.non_finite"])

    def test_that_is_a_file_of_no_bytes_is_told(self):
        self.bad.write_bytes(b"")

        self.stops_until_mended([self.bad, "is empty", "policy.empty"])

    def test_without_samples_is_told(self):
        write_audio(self.bad, speech(2)[:0])

        self.stops_until_mended(["no samples", "policy.empty"])

    def test_cut_short_is_told_with_what_is_there_and_what_should_be(self):
        whole = (self.audio / "p001_001.wav").read_bytes()
        self.bad.write_bytes(whole[:2000])

        self.stops_until_mended(["cut short", "1956 bytes", str(len(whole) - 44),
                                 "policy.cut_short"])

    def test_cut_off_in_its_header_is_told(self):
        self.bad.write_bytes((self.audio / "p001_001.wav").read_bytes()[:20])

        self.stops_until_mended([self.bad, "policy.undecodable"])

    def test_that_is_no_audio_is_told(self):
        self.bad.write_text("this is no audio")

        self.stops_until_mended([self.bad, "policy.undecodable"])

    def test_that_is_a_folder_is_told(self):
        self.bad.mkdir()

        self.stops(["utterance p001_002", self.bad, "folder", "policy.undecodable"])


class BadAudioFolder(ProgramTest):
    def refused(self, audio: Path, says: list[str]) -> None:
        corpus = self.folder / "corpus"
        self.refuse(BAD_DATA, "preprocess", "--audio", audio, "--taxonomy", TAXONOMY,
                    "--out", corpus, says=says)
        self.assertEqual(names_under(corpus), set())

    def test_that_is_missing_is_named(self):
        self.refused(self.folder / "nowhere", [self.folder / "nowhere", "No such file"])

    def test_that_is_a_file_is_named(self):
        file = self.folder / "file.wav"
        write_audio(file, speech(1))

        self.refused(file, [file, "isn't a folder"])

    def test_without_audio_of_the_layout_is_named(self):
        for name in ["empty", "texts"]:
            (self.folder / name).mkdir()
        (self.folder / "texts/readme.txt").write_text("hello")

        for name in ["empty", "texts"]:
            with self.subTest(name):
                self.refused(self.folder / name, [self.folder / name, "no audio files"])


if __name__ == "__main__":
    unittest.main()
