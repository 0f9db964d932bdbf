"""The parts of scripts/demo_corpus that need no speech packages and no codec programs."""

import json
import sys
import tempfile
import tomllib
import unittest
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from demo_corpus import (assignment, bands, coding, finished, learned_quantiser, lists, mdct,
                         needs, recipe, wav, waveform)
from demo_corpus.assignment import Utterance
from demo_corpus.availability import Available
from demo_corpus.errors import DemoCorpusError

import numpy as np  # after demo_corpus, which limits its threads

RECIPE = ROOT / "configs/demo/recipe.toml"
RATE_HZ = waveform.SAMPLE_RATE_HZ


def noise(seconds: float, amplitude: float = 3000, seed: int = 0) -> np.ndarray:
    draw = np.random.RandomState(seed)
    return waveform.to_int16(amplitude * draw.randn(int(seconds * RATE_HZ)))


def bursts(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise with an uneven envelope, as speech has."""
    draw = np.random.RandomState(seed)
    envelope = np.repeat(draw.rand(int(seconds * 20)), RATE_HZ // 20)
    return waveform.to_int16(noise(seconds, seed=seed) * envelope ** 2)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE_HZ), np.int16)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))


class Waveform(unittest.TestCase):
    def test_trimming_keeps_the_speech_and_80_ms_on_either_side(self):
        samples = np.concatenate([silence(0.5), noise(1), silence(0.7)])

        trimmed = waveform.trim(samples)

        self.assertEqual(len(trimmed), int(1.16 * RATE_HZ))

    def test_a_long_prompt_is_cut_in_its_pause(self):
        samples = np.concatenate([noise(3.8), silence(0.2), noise(2.6)])

        pieces = waveform.cut(samples)

        self.assertEqual(len(pieces), 2)
        self.assertAlmostEqual(len(pieces[0]) / RATE_HZ, 3.85, delta=0.1)

    def test_no_piece_of_a_long_prompt_is_longer_than_five_seconds(self):
        pieces = waveform.cut(noise(17))

        self.assertLessEqual(max(map(len, pieces)), 5 * RATE_HZ)
        self.assertGreater(len(pieces), 3)

    def test_short_prompts_are_joined_to_utterances_of_two_and_a_half_to_five_seconds(self):
        made = list(waveform.utterances([noise(1.0, seed=seed) for seed in range(9)]))

        self.assertEqual([len(piece) / RATE_HZ for piece in made], [3.3, 3.3, 3.3])

    def test_clicks_are_left_out(self):
        self.assertEqual(list(waveform.utterances([noise(0.2)] * 30)), [])

    def test_levelling_sets_minus_23_dbfs(self):
        for amplitude in (30, 1000):
            levelled = waveform.level(noise(1, amplitude))
            # 0.3 dB less: samples under 2 % of the peak count as pauses, though noise has them too.
            self.assertAlmostEqual(20 * np.log10(rms(levelled) / 32768), -23.3, delta=0.1)

    def test_levelling_does_not_clip_a_peak(self):
        samples = noise(1, 100)
        samples[500] = 20000

        self.assertLessEqual(np.abs(waveform.level(samples).astype(int)).max(), 32000)

    def test_levelling_leaves_silence_silent(self):
        self.assertFalse(waveform.level(silence(1)).any())


class Bands(unittest.TestCase):
    def share_above_4100_hz(self, samples: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
        return power[int(len(power) * 4100 / 8000):].sum() / power.sum()

    def test_a_narrow_utterance_keeps_its_length_and_loses_the_upper_band(self):
        narrow = bands.conform(noise(1.23456), bands.NARROW)

        self.assertEqual(len(narrow), int(1.23456 * RATE_HZ))
        self.assertLess(self.share_above_4100_hz(narrow), 1e-5)

    def test_every_file_is_levelled_last(self):
        for band in bands.BANDS:
            self.assertAlmostEqual(20 * np.log10(rms(bands.conform(noise(2, 50), band)) / 32768),
                                   -23.3, delta=0.1)


class Coding(unittest.TestCase):
    def test_delay_alignment_recovers_a_known_delay(self):
        original = bursts(20)
        for delay in (-320, 0, 16, 416, 2144):
            late = np.pad(original, (delay, 0)) if delay >= 0 else original[-delay:]
            self.assertEqual(coding.delay_of(late, original), delay)

    def test_delay_is_found_where_only_the_envelope_is_kept(self):
        original = bursts(20)
        other_noise = waveform.to_int16(np.abs(original.astype(float)) * np.sign(noise(20, seed=5)))

        self.assertEqual(coding.delay_of(np.pad(other_noise, (800, 0)), original), 800)

    def through(self, change):
        pieces = [bursts(2.6, seed) for seed in range(4)]

        def round_trip(source, target, _bits):
            wav.write(target, change(wav.read(source)))

        with tempfile.TemporaryDirectory() as folder:
            coded = coding.through(round_trip, pieces, Path(folder), "late")
            self.assertEqual(list(Path(folder).iterdir()), [])
        return pieces, coded

    def test_utterances_come_back_aligned_and_as_long_as_they_were(self):
        pieces, coded = self.through(lambda samples: np.pad(samples, (320, 100)))

        self.assertEqual(coded.delay, 320)
        for piece, back in zip(pieces, coded.pieces, strict=True):
            np.testing.assert_array_equal(piece, back)

    def test_silence_is_refused(self):
        with self.assertRaisesRegex(DemoCorpusError, "late: utterance 1 of 4 came back silent"):
            self.through(np.zeros_like)

    def test_another_length_is_refused(self):
        with self.assertRaisesRegex(DemoCorpusError, "late: .* samples came back of"):
            self.through(lambda samples: samples[::2])


class LearnedQuantiser(unittest.TestCase):
    def test_the_mdct_gives_back_what_went_in(self):
        for length in (160, 1000, 16001):
            samples = noise(2)[:length]
            back = mdct.inverse(mdct.forward(samples), length)
            np.testing.assert_allclose(back, samples, atol=0.05)  # float32 sums of 16-bit samples

    def test_expanding_undoes_companding(self):
        samples = np.array([-32768, -1000, -1, 0, 1, 37, 32767], np.float32)

        expanded = learned_quantiser.expand(learned_quantiser.compand(samples))
        np.testing.assert_allclose(expanded, samples, rtol=1e-4, atol=1e-3)

    def test_nearest_is_what_a_plain_search_finds(self):
        draw = np.random.RandomState(3)
        blocks, codebook = draw.randn(3000, 8), draw.randn(50, 8)

        plain = [int(((codebook - block) ** 2).sum(1).argmin()) for block in blocks]
        self.assertEqual(learned_quantiser.nearest(blocks, codebook).tolist(), plain)

    def test_k_means_finds_well_separated_clusters(self):
        draw = np.random.RandomState(4)
        centres = np.repeat([[-1.0], [0.0], [1.0]], 8, axis=1)
        blocks = (centres[draw.randint(3, size=3000)] + 0.01 * draw.randn(3000, 8)).astype(np.float32)

        # Twice as many vectors as clusters, since one without blocks of its own is drawn again.
        codebook = learned_quantiser.learn_codebook(blocks, vectors=6)
        error = np.abs(codebook[learned_quantiser.nearest(blocks, codebook)] - blocks).mean()
        self.assertLess(error, 0.02)

    def test_both_quantisers_keep_length_and_most_of_the_signal(self):
        speech = bursts(8)
        quantisers = learned_quantiser.LearnedQuantisers(speech)

        for quantise in (quantisers.tvq, quantisers.fvq):
            coded = quantise(speech[:40001])
            self.assertEqual(len(coded), 40001)
            self.assertGreater(np.corrcoef(coded, speech[:40001])[0, 1], 0.5)


def made_up_utterances(count: int = 240) -> list[Utterance]:
    splits = {"d001": "train", "d002": "train", "d003": "dev", "d004": "test"}
    speakers = list(splits)
    return [Utterance(f"{speaker}_{number:03d}", speaker, splits[speaker],
                      bands.NARROW if number % 3 == 2 else bands.WIDE, silence(0))
            for number in range(count // len(speakers)) for speaker in speakers]


class Lists(unittest.TestCase):
    def setUp(self):
        self.recipe = recipe.read(RECIPE)
        self.utterances = made_up_utterances()
        self.assigned = assignment.assign(self.recipe, self.recipe.codecs, self.utterances)

    def lists(self, naive=False):
        return lists.training_lists(self.utterances, self.assigned, naive)

    def test_balanced_lists_pair_every_bona_fide_line_with_a_spoof_of_the_same_utterance(self):
        lines = [line.split() for line in self.lists()["train_mult_learn.txt"]]

        self.assertEqual(len(lines), 2 * 120)
        for bona_fide, spoof in zip(lines[::2], lines[1::2]):
            self.assertEqual(bona_fide[2:], ["-", "REAL", "REAL", "REAL", "bonafide"])
            self.assertEqual(spoof[6], "spoof")
            self.assertTrue(spoof[1].startswith(bona_fide[1] + "_"))

    def test_the_named_task_is_balanced(self):
        for suffix, column in (("", 3), ("_bal_dec", 4), ("_bal_vq", 5)):
            lines = [line.split() for line in self.lists()[f"train_mult_learn{suffix}.txt"]]
            classes = [line[column] for line in lines if line[6] == "spoof"]
            counts = [classes.count(name) for name in set(classes)]
            # Four codecs were drawn for an utterance: not each class is always among them.
            self.assertLessEqual(max(counts) - min(counts), 0.1 * len(classes), suffix)

    def test_splits_share_no_speaker(self):
        speakers = [{line.split()[0] for line in self.lists()[f"{split}_all.txt"]}
                    for split in recipe.SPLITS]

        self.assertEqual([len(members) for members in speakers], [2, 1, 1])
        self.assertEqual(len(set.union(*speakers)), 4)

    def test_unseen_codecs_are_in_no_training_list(self):
        unseen = {codec.name for codec in self.recipe.codecs if codec.set == "unseen"}
        for name, lines in self.lists().items():
            for line in lines:
                self.assertNotIn(line.split()[1].partition("_")[2].partition("_")[2], unseen, name)
        self.assertTrue(any(line.split()[1].endswith("_lc3")
                            for line in lists.cors_all(self.utterances, self.assigned)))

    def test_eight_khz_codecs_are_used_on_narrow_band_utterances_only(self):
        for utterance in self.utterances:
            for codec in self.assigned[utterance.id]:
                self.assertIn(utterance.band, codec.bands)

    def test_naive_lists_lack_narrow_band_bona_fide_but_for_the_test(self):
        narrow = {utterance.id for utterance in self.utterances if utterance.band == bands.NARROW}
        naive = self.lists(naive=True)

        def narrow_bona_fide(name):
            return [line for line in naive[name] if line.split()[1] in narrow]

        self.assertEqual(narrow_bona_fide("train_all.txt") + narrow_bona_fide("dev_mult_learn.txt"), [])
        self.assertTrue(narrow_bona_fide("test_all.txt"))

    def test_the_draw_does_not_depend_on_other_utterances(self):
        fewer = assignment.assign(self.recipe, self.recipe.codecs, self.utterances[100:])

        self.assertEqual(fewer, {name: self.assigned[name] for name in fewer})

    def test_cosg_seen_holds_the_systems_whose_codec_was_trained_on(self):
        codecs = {codec.name: codec for codec in self.recipe.codecs}
        systems = [lists.SystemFiles("A", codecs["fvq"], ["gen_000"], ["ref_000"]),
                   lists.SystemFiles("B", codecs["aac"], ["gen_000"], ["ref_000"])]

        self.assertEqual(lists.cosg_lists(systems), {
            "CoSG_ALL.txt": ["A gen_000 - - spoof", "A ref_000 - - bonafide",
                             "B gen_000 - - spoof", "B ref_000 - - bonafide"],
            "CoSG_SEEN.txt": ["A gen_000 - SVQ spoof", "A ref_000 - REAL bonafide"]})


class MissingCodec(unittest.TestCase):
    def setUp(self):
        self.recipe = recipe.read(RECIPE)

    def test_no_list_names_it_and_its_synthesiser_goes_too(self):
        available = Available(self.recipe.codecs, self.recipe.systems)
        available.drop("mp3", "no ffmpeg-encoder:libmp3lame")
        utterances = made_up_utterances()
        assigned = assignment.assign(self.recipe, available.codecs, utterances)

        lines = [line for named in lists.training_lists(utterances, assigned, False).values()
                 for line in named]
        lines += lists.cors_all(utterances, assigned) + lists.overview(utterances, assigned)
        self.assertFalse([line for line in lines if "mp3" in line])
        self.assertNotIn("FLITERMS", [system.name for system in available.systems])
        self.assertEqual(list(available.skipped), ["mp3", "FLITERMS"])

    def test_a_class_left_without_a_training_codec_stops_the_build(self):
        codecs = [codec for codec in self.recipe.codecs if codec.vq != "SVQ"]

        with self.assertRaisesRegex(DemoCorpusError, "no usable training codec is left for VQ SVQ"):
            assignment.check_coverage(self.recipe, codecs, 16)

    def test_too_few_codecs_or_speakers_stop_the_build(self):
        with self.assertRaisesRegex(DemoCorpusError, "3 training codecs are usable; .*install"):
            assignment.check_coverage(self.recipe, self.recipe.codecs[:3], 16)
        with self.assertRaisesRegex(DemoCorpusError, "2 speakers"):
            assignment.check_coverage(self.recipe, self.recipe.codecs, 2)

    def test_a_program_that_is_not_there_is_noticed(self):
        self.assertFalse(needs.is_there("program:no-such-codec"))
        self.assertTrue(needs.is_there("builtin"))
        with self.assertRaisesRegex(DemoCorpusError, "needs = \"programme:x\": expected"):
            needs.is_there("programme:x")


class RecipeFile(unittest.TestCase):
    def rejects(self, old: str, new: str, message: str):
        text = RECIPE.read_text(encoding="utf-8")
        self.assertIn(old, text)
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / "recipe.toml"
            changed.write_text(text.replace(old, new, 1), encoding="utf-8")
            for sentences in RECIPE.parent.glob("text_*.txt"):
                (Path(folder) / sentences.name).write_text("A sentence.\n", encoding="utf-8")
            with self.assertRaisesRegex(DemoCorpusError, f"recipe.toml: {message}"):
                recipe.read(changed)

    def test_errors_name_file_codec_and_key(self):
        self.rejects('set = "train"', 'set = "trained"',
                     r'\[\[codec\]\] "speex_wb": set: is "trained"; expected "train" or "unseen"')
        self.rejects('dec = "TIME"', 'decoder = "TIME"', r'\[\[codec\]\] "speex_wb": dec: is missing')
        self.rejects('vq = "MVQ"', 'vq = 3', r'\[\[codec\]\] "speex_wb": vq: is 3; expected a text')
        self.rejects('container = "ogg"', 'container = "ogg"\nrate = 8000',
                     r'\[\[codec\]\] "speex_wb": rate: is no key here')
        self.rejects('name = "vorbis"', 'name = "speex_wb"',
                     r'\[\[codec\]\] "speex_wb": name: occurs twice')
        self.rejects('"c2dec", "450PWB", "{bits}"', '"c2dec", "450PWB", "bits"',
                     r'\[\[codec\]\] "c2_450pwb": decode_command: lacks \{bits\}')

    def test_errors_at_the_top_and_in_references_are_named(self):
        self.rejects("seed = 1", "seed = 0", "seed: is 0; expected a whole number from 1")
        self.rejects("seed = 1", "seed = ", "isn't TOML")
        self.rejects('"d007"', '"d099"', r"\[split\]: dev, test: d099 is no speaker")
        self.rejects('"d007"', '"d003"', r"\[split\]: dev, test: d003 occurs twice")
        self.rejects('codec = "celt"', 'codec = "kelt"', r'\[\[system\]\] "FLITESLT": codec: kelt is no')
        self.rejects('"text_it.txt"', '"text_xx.txt"', r'\[\[system\]\] "FESTITLP": text: .* is no file')

    def test_the_taxonomy_says_the_same(self):
        demo = recipe.read(RECIPE)
        taxonomy = tomllib.loads((RECIPE.parent / "taxonomy.toml").read_text(encoding="utf-8"))
        codecs = {codec.name: codec for codec in demo.codecs}

        def classes(entry):
            return {task: entry[task] for task in ("AUX", "DEC", "VQ")}

        self.assertEqual({entry["name"]: classes(entry) for entry in taxonomy["codec"]},
                         {codec.name: codec.classes for codec in demo.codecs})
        self.assertEqual({entry["name"]: (classes(entry), entry["known"])
                          for entry in taxonomy["system"]},
                         {system.name: (codecs[system.codec].classes,
                                        codecs[system.codec].set == "train")
                          for system in demo.systems})
        for codec in demo.codecs:
            for task, name in codec.classes.items():
                self.assertIn(name, [*taxonomy["task"][task]["classes"], recipe.UNKNOWN])


class Finished(unittest.TestCase):
    def test_a_folder_without_a_record_is_never_a_corpus(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(finished.record_in(Path(folder)))
            (Path(folder) / "all.txt").touch()
            with self.assertRaisesRegex(DemoCorpusError, "exists and is no demo corpus"):
                finished.record_in(Path(folder))

    def test_publishing_puts_the_new_corpus_in_place_of_the_old(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "corpus"
            for turn in ("first", "second"):
                built = Path(folder) / "corpus.partial"
                built.mkdir()
                (built / turn).touch()
                finished.publish(built, {"recipe_hash": turn}, out)

            self.assertEqual(sorted(file.name for file in out.iterdir()), ["demo.json", "second"])
            self.assertEqual(finished.record_in(out)["recipe_hash"], "second")
            self.assertEqual(json.loads((out / "demo.json").read_text())["schema"], finished.SCHEMA)
            self.assertEqual([file.name for file in Path(folder).iterdir()], ["corpus"])

    def test_the_hash_follows_options_and_recipe(self):
        demo = recipe.read(RECIPE)

        self.assertEqual(finished.recipe_hash(demo, False), finished.recipe_hash(demo, False))
        self.assertNotEqual(finished.recipe_hash(demo, False), finished.recipe_hash(demo, True))
        other = replace(demo, path=RECIPE.parent / "taxonomy.toml")
        self.assertNotEqual(finished.recipe_hash(demo, False), finished.recipe_hash(other, False))


if __name__ == "__main__":
    unittest.main()
