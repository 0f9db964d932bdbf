"""A tiny set of audio files named and laid out as CoRS is, with its lists and a job to train on it.

"Speech" is a few harmonics in noise. A "codec" here bears the name of one of the shipped taxonomy
and does something crude to the waveform that a network of a few thousand weights can learn.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from program import ROOT

TAXONOMY = ROOT / "configs/taxonomy.toml"
RATE_HZ = 16000

CLASSES = {  # AUX, DEC, VQ, as in the shipped taxonomy
    "": "REAL REAL REAL bonafide",
    "bigcodec": "Trad TIME SVQ spoof",
    "mini": "SEM TIME MVQ spoof",
    "spectralcodecs": "Trad FREQ SQ spoof",
    "ticodec_1g1r": "Disent TIME SVQ spoof",
}
CODECS = [codec for codec in CLASSES if codec]


@dataclass(frozen=True)
class Utterance:
    speaker: str
    sentence: int
    codec: str

    @property
    def id(self) -> str:
        return f"{self.speaker}_{self.sentence:03}" + (f"_{self.codec}" if self.codec else "")

    @property
    def training_line(self) -> str:
        return f"{self.speaker} {self.id} - {CLASSES[self.codec]}\n"

    @property
    def evaluation_line(self) -> str:
        return f"{self.speaker} {self.id} - - {CLASSES[self.codec].split()[-1]}\n"


@dataclass(frozen=True)
class TinySet:
    """`audio/` with wav and flac files; `lists/` with train.txt, dev.txt and test.txt."""

    folder: Path

    @property
    def audio(self) -> Path:
        return self.folder / "audio"

    @property
    def lists(self) -> Path:
        return self.folder / "lists"


def speech(sentence: int) -> np.ndarray:
    draw = np.random.default_rng(sentence)
    time_s = np.arange(int(RATE_HZ * draw.uniform(0.2, 0.4))) / RATE_HZ
    pitch_hz = draw.uniform(100, 200)
    tone = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in (1, 2, 3))
    return 0.15 * tone + 0.01 * draw.standard_normal(time_s.size)


def coded(waveform: np.ndarray, codec: str) -> np.ndarray:
    if codec == "bigcodec":  # few levels
        return np.round(waveform * 8) / 8
    if codec == "mini":  # few levels, of every fourth sample
        return np.repeat(np.round(waveform[::4] * 16) / 16, 4)[:waveform.size]
    if codec == "spectralcodecs":  # the loudest bins of the spectrum
        spectrum = np.fft.rfft(waveform)
        spectrum[np.abs(spectrum) < 0.1 * np.abs(spectrum).max()] = 0
        return np.fft.irfft(spectrum, waveform.size)
    if codec == "ticodec_1g1r":  # sign and a slow envelope
        envelope = np.convolve(np.abs(waveform), np.ones(160) / 160, "same")
        return np.sign(waveform) * envelope
    return waveform


def write_audio(path: Path, waveform: np.ndarray, rate_hz: int = RATE_HZ, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, waveform, rate_hz, **({"subtype": "PCM_16"} | options))


def _utterances(speaker: str, sentences: range, every_codec: bool) -> list[Utterance]:
    """Each sentence bona fide, and through one codec in turn or through every one."""
    return [Utterance(speaker, sentence, codec)
            for sentence in sentences
            for codec in ["", *(CODECS if every_codec else [CODECS[sentence % len(CODECS)]])]]


def write_tiny_set(folder: Path, sentences: int = 12) -> TinySet:
    """Of the sentences two thirds are for training, a sixth each for dev and test."""
    made = TinySet(folder)
    made.lists.mkdir(parents=True)
    dev, test = sentences * 4 // 6, sentences * 5 // 6
    parts = {"train": _utterances("p001", range(dev), every_codec=False),
             "dev": _utterances("p002", range(dev, test), every_codec=False),
             "test": _utterances("p003", range(test, sentences), every_codec=True)}
    for name, utterances in parts.items():
        lines = [u.evaluation_line if name == "test" else u.training_line for u in utterances]
        (made.lists / f"{name}.txt").write_text("".join(lines))
        for utterance in utterances:
            extension = "flac" if utterance.sentence % 2 else "wav"
            write_audio(made.audio / f"{utterance.id}.{extension}",
                        coded(speech(utterance.sentence), utterance.codec))
    return made


# Masks are drawn by each rank for its part of the batch, and differ between devices.
NO_DROPOUT = [word for key in ["encoder.dropout_input", "backend.graph_dropout",
                               "backend.pool_dropout", "backend.readout_dropout",
                               "backend.output_dropout"]
              for word in ["--set", f"model.{key}=0"]]

TINY_MODEL = """
[model]
input_samples = 2400
[model.encoder]
conv_dims = [32, 16]
conv_kernels = [64, 3]
conv_strides = [32, 2]
conv_norms = ["batch", "layer"]
conv_starts = ["filterbank", "random"]
energy = true
dim = 16
layers = 1
heads = 2
ffn_dim = 32
pos_conv_kernel = 8
pos_conv_groups = 2
pretraining_weights = false
[model.backend]
projection = 24
channels = [4, 4]
"""


TINY_SAST_NET = """
[model]
name = "sast-net"
task = "VQ"
input_samples = 1610
[model.encoder]
conv_dims = [8, 8]
conv_kernels = [10, 3]
conv_strides = [25, 2]
dim = 16
layers = 2
heads = 4
ffn_dim = 32
pos_conv_kernel = 8
pos_conv_groups = 4
pretraining_weights = false
[model.audio_mae]
image_width = 16
patch = 4
dim = 16
layers = 1
heads = 2
ffn_dim = 32
decoder_dim = 16
decoder_layers = 1
decoder_heads = 2
decoder_ffn_dim = 32
cross_heads = 2
contrastive_weights = false
[model.fusion]
layers = 1
heads = 2
ffn_dim = 32
[model.whisper]
mels = 20
frames = 8
dim = 16
layers = 1
heads = 2
ffn_dim = 32
pooled_frames = 6
decoder_weights = false
[model.backend]
projection = 24
channels = [4, 4]
graph_dim = 6
"""


def write_training_job(path: Path, tiny: TinySet, corpus: Path, loop: str = "epochs = 1",
                       model: str = TINY_MODEL, crop: str = "random") -> Path:
    """A job file that trains the smallest W2V2-AASIST, or another model; `loop`: more of [train]."""
    path.write_text(f"""{model}
[data]
corpus = "{corpus}"
lists = "{tiny.lists}"
train_lists = ["train.txt"]
dev_lists = ["dev.txt"]
taxonomy = "{TAXONOMY}"
crop = "{crop}"
[train]
batch_size = 4
threads = 1
device = "cpu"
{loop}
[optimizer]
lr = 1e-3
[augment]
rawboost = 0
[log]
every_steps = 1
""")
    return path
