"""tvq and fvq: one learned codebook of eight values a block, made for this demo.

Both quantise companded blocks to 1024 vectors, 20 kbit/s; tvq those of the waveform, fvq those of
its MDCT. The domain is all that differs, the cleanest contrast of TIME and FREQ that there is here.
"""

from pathlib import Path

import numpy as np

from . import mdct, wav
from .waveform import to_int16

BLOCK = 8
VECTORS = 1024
_TRAINING_BLOCKS = 60000
_ITERATIONS = 12
_BLOCKS_AT_ONCE = 1024  # what they give with all vectors stays in the cache
_MU = 255  # of the companding law, as in G.711
_FULL_SCALE = 32768


def compand(samples: np.ndarray) -> np.ndarray:
    """Scale of 16-bit samples → -1 to 1, quiet ones spread out."""
    scaled = np.abs(samples).astype(np.float32) / _FULL_SCALE
    return np.sign(samples).astype(np.float32) * np.log1p(_MU * scaled) / np.float32(np.log1p(_MU))


def expand(companded: np.ndarray) -> np.ndarray:
    return np.sign(companded) * _FULL_SCALE * np.expm1(np.abs(companded) * np.log1p(_MU)) / _MU


def nearest(blocks: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """[N, 8] and [K, 8] → [N] indices of the closest vectors, those of greatest b·v - |v|²/2"""
    half_norms = (codebook ** 2).sum(1, keepdims=True) / 2
    vectors = np.hstack([codebook, -half_norms]).T.copy()  # [9, K]: one product does both terms
    blocks = np.hstack([blocks, np.ones((len(blocks), 1), blocks.dtype)])
    return np.concatenate([(blocks[begin:begin + _BLOCKS_AT_ONCE] @ vectors).argmax(1)
                           for begin in range(0, len(blocks), _BLOCKS_AT_ONCE)])


def learn_codebook(blocks: np.ndarray, vectors: int = VECTORS) -> np.ndarray:
    """k-means, twelve rounds. @returns [vectors, 8] float32"""
    draw = np.random.RandomState(0)  # its stream is frozen; those of newer generators aren't
    blocks = blocks[draw.permutation(len(blocks))[:_TRAINING_BLOCKS]]
    codebook = blocks[:vectors].copy()
    for _ in range(_ITERATIONS):
        owner = nearest(blocks, codebook)
        counts = np.bincount(owner, minlength=vectors)[:, None]
        sums = np.stack([np.bincount(owner, column, vectors) for column in blocks.T], 1)
        unused = blocks[draw.randint(len(blocks), size=vectors)]
        codebook = np.where(counts > 0, sums / np.maximum(counts, 1), unused).astype(np.float32)
    return codebook


def _time_blocks(samples: np.ndarray) -> np.ndarray:
    padded = np.pad(samples, (0, -len(samples) % BLOCK))
    return compand(padded.astype(np.float32)).reshape(-1, BLOCK)


def _frequency_blocks(samples: np.ndarray) -> np.ndarray:
    return compand(mdct.forward(samples)).reshape(-1, BLOCK)


class LearnedQuantisers:
    """The two codebooks, learned from training speakers' speech."""

    def __init__(self, speech: np.ndarray):
        self._time = learn_codebook(_time_blocks(speech))
        self._frequency = learn_codebook(_frequency_blocks(speech))

    def tvq(self, samples: np.ndarray) -> np.ndarray:
        indices = nearest(_time_blocks(samples), self._time)
        return to_int16(expand(self._time[indices].reshape(-1))[:len(samples)])

    def fvq(self, samples: np.ndarray) -> np.ndarray:
        indices = nearest(_frequency_blocks(samples), self._frequency)
        coefficients = expand(self._frequency[indices]).reshape(-1, mdct.COEFFICIENTS)
        return to_int16(mdct.inverse(coefficients.astype(np.float32), len(samples)))

    def round_trip(self, name: str):
        """@returns the codec of that name as coding.through takes it"""
        quantise = {"tvq": self.tvq, "fvq": self.fvq}[name]

        def run(source: Path, target: Path, _bits: Path) -> None:
            wav.write(target, quantise(wav.read(source)))

        return run
