"""Utterances through a codec: all joined and coded at once, realigned, and cut apart again.

One process a codec rather than one a file is what makes the build fast.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import wav
from .errors import BAD_DATA, DemoCorpusError
from .waveform import SAMPLE_RATE_HZ, fit

# Reads the first wav file, writes the second; the third is a file for what is sent.
RoundTrip = Callable[[Path, Path, Path], None]

_GAP = np.zeros(SAMPLE_RATE_HZ // 5, np.int16)  # between utterances: longer than codecs ring
_ENVELOPE_STEP = 16  # samples: 1 ms, as fine as the delay is measured
_ENVELOPE_WINDOW = 10  # steps
_COMPARED_S = 60
_EARLIEST_STEP, _LATEST_STEP = -50, 150  # ms; the largest delay known is lpc10's 134
_LENGTH_TOLERANCE = SAMPLE_RATE_HZ // 2  # delay and padding to whole frames
_SILENCE_PEAK = 30


@dataclass(frozen=True)
class Coded:
    pieces: list[np.ndarray]
    delay: int  # samples


def _envelope(samples: np.ndarray) -> np.ndarray:
    steps = len(samples) // _ENVELOPE_STEP
    power = samples[:steps * _ENVELOPE_STEP].astype(np.float64).reshape(steps, -1) ** 2
    envelope = np.sqrt(np.convolve(power.sum(1), np.ones(_ENVELOPE_WINDOW), "same"))
    return envelope - envelope.mean()


def delay_of(coded: np.ndarray, original: np.ndarray) -> int:
    """Samples by which `coded` is late, to the millisecond; from the envelopes, since parametric
    codecs don't keep the waveform."""
    length = min(len(coded), len(original), _COMPARED_S * SAMPLE_RATE_HZ)
    reference, late = _envelope(original[:length]), _envelope(coded[:length])
    size = 2 * len(reference)  # the correlation is circular: no step may wrap round
    spectrum = np.fft.rfft(late, size) * np.conj(np.fft.rfft(reference, size))
    agreement = np.fft.irfft(spectrum, size)  # index: by how many steps it is late, modulo size
    steps = np.arange(_EARLIEST_STEP, _LATEST_STEP + 1)
    return int(steps[agreement[steps].argmax()]) * _ENVELOPE_STEP


def _shift_back(samples: np.ndarray, delay: int) -> np.ndarray:
    return samples[delay:] if delay >= 0 else np.pad(samples, (-delay, 0))


def through(round_trip: RoundTrip, pieces: list[np.ndarray], work: Path, name: str,
            container: str = "bits") -> Coded:
    """@returns the pieces as the codec renders them, each as long as it was
    @throws DemoCorpusError if the codec fails, gives another length or silence"""
    parts = [_GAP]
    for piece in pieces:
        parts += [piece, _GAP]
    stream = np.concatenate(parts)
    files = [work / f"{name}.in.wav", work / f"{name}.out.wav", work / f"{name}.{container}"]
    wav.write(files[0], stream)
    try:
        round_trip(*files)
        coded = wav.read(files[1])
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    if abs(len(coded) - len(stream)) > _LENGTH_TOLERANCE:
        raise DemoCorpusError(BAD_DATA, f"{name}: {len(coded)} samples came back of {len(stream)}")
    delay = delay_of(coded, stream)
    coded = fit(_shift_back(coded, delay), len(stream))
    return Coded(_split(coded, pieces, name), delay)


def _split(stream: np.ndarray, pieces: list[np.ndarray], name: str) -> list[np.ndarray]:
    split = []
    begin = len(_GAP)
    for number, piece in enumerate(pieces, 1):
        coded = stream[begin:begin + len(piece)]
        if np.abs(coded.astype(np.int32)).max() < _SILENCE_PEAK:
            raise DemoCorpusError(BAD_DATA,
                                  f"{name}: utterance {number} of {len(pieces)} came back silent")
        split.append(coded)
        begin += len(piece) + len(_GAP)
    return split
