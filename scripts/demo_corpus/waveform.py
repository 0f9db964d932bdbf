"""Trimming, cutting, joining and levelling of 16 kHz, 16-bit waveforms. Pure functions."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

SAMPLE_RATE_HZ = 16000
LONGEST_S = 5.0  # an utterance; a longer prompt is cut where it is quietest
SHORTEST_S = 2.5  # a shorter prompt is joined with the next short ones

_FRAME = 160  # samples: 10 ms
_SILENCE_DB = 40  # below the loudest frame
_MARGIN_FRAMES = 8  # of what is silent that stay on either side
_EARLIEST_CUT_S = 3.0
_PAUSE = 800  # samples: the quietest 50 ms are where a prompt is cut
_GAP = 2400  # samples: 0.15 s between joined prompts
_SHORTEST_PROMPT_S = 0.3
_JOINED_S = 2.7
_LEVEL = 2320  # RMS: -23 dBFS
_LOUDEST = 32000
_ACTIVE = 0.02  # of the peak: quieter samples are pauses and don't count for the level


def to_int16(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def resample(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Without delay. @returns samples of the same scale, not rounded"""
    if from_hz == to_hz:
        return samples.astype(np.float64)
    return soxr.resample(samples.astype(np.float64), from_hz, to_hz)


def fit(samples: np.ndarray, length: int) -> np.ndarray:
    """Cut or filled with zeros to `length`."""
    return np.pad(samples[:length], (0, max(0, length - len(samples))))


def trim(samples: np.ndarray) -> np.ndarray:
    """Without the silence at either end."""
    frames = len(samples) // _FRAME
    if frames < 10:
        return samples
    energy = (samples[:frames * _FRAME].reshape(frames, _FRAME).astype(np.float64) ** 2).mean(1)
    energy_db = 10 * np.log10(energy + 1)
    loud = np.flatnonzero(energy_db > energy_db.max() - _SILENCE_DB)
    first = max(0, loud[0] - _MARGIN_FRAMES)
    end = min(frames, loud[-1] + 1 + _MARGIN_FRAMES)
    return samples[first * _FRAME:end * _FRAME]


def level(samples: np.ndarray) -> np.ndarray:
    """At -23 dBFS over what isn't a pause, less if it would clip. Silence stays silence."""
    samples = samples.astype(np.float64)
    magnitude = np.abs(samples)
    peak = magnitude.max(initial=0)
    if peak == 0:
        return to_int16(samples)
    rms = np.sqrt((samples[magnitude > peak * _ACTIVE] ** 2).mean())
    return to_int16(samples * min(_LEVEL / rms, _LOUDEST / peak))


def _quietest_cut(samples: np.ndarray) -> int:
    first, last = int(_EARLIEST_CUT_S * SAMPLE_RATE_HZ), int(LONGEST_S * SAMPLE_RATE_HZ)
    energy = np.convolve(samples[first:last].astype(np.float64) ** 2, np.ones(_PAUSE), "same")
    return first + int(energy.argmin())


def cut(samples: np.ndarray) -> list[np.ndarray]:
    """Pieces of at most `LONGEST_S`, cut in pauses."""
    pieces = []
    while len(samples) > LONGEST_S * SAMPLE_RATE_HZ:
        at = _quietest_cut(samples)
        pieces.append(trim(samples[:at]))
        samples = samples[at:]
    return [*pieces, samples]


def utterances(prompts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Utterances of 2.5 to 5 s: long prompts are cut, short ones joined with a gap."""
    gap = np.zeros(_GAP, np.int16)
    waiting: list[np.ndarray] = []
    for prompt in prompts:
        for piece in cut(prompt):
            if len(piece) >= SHORTEST_S * SAMPLE_RATE_HZ:
                yield piece
            elif len(piece) > _SHORTEST_PROMPT_S * SAMPLE_RATE_HZ:
                waiting += [piece, gap]
            if sum(map(len, waiting)) >= _JOINED_S * SAMPLE_RATE_HZ:
                yield np.concatenate(waiting[:-1])[:int(LONGEST_S * SAMPLE_RATE_HZ)]
                waiting = []
