"""Narrow-band speech, made so that bandwidth and level say nothing of whether a file was coded.

Codecs for 8 kHz speech are used on narrow-band utterances only. These are narrow-band in their bona
fide form too, and every one of them, coded or not, ends with the same resampler.
"""

import numpy as np

from .waveform import SAMPLE_RATE_HZ, fit, level, resample

WIDE = "wide"
NARROW = "narrow"
BANDS = (WIDE, NARROW)
NARROW_RATE_HZ = 8000


def low_pass(samples: np.ndarray) -> np.ndarray:
    """To 8 kHz and back; as long as before."""
    narrow = resample(samples, SAMPLE_RATE_HZ, NARROW_RATE_HZ)
    return fit(resample(narrow, NARROW_RATE_HZ, SAMPLE_RATE_HZ), len(samples))


def conform(samples: np.ndarray, band: str) -> np.ndarray:
    """What every utterance goes through before any codec, and every file, coded or not, at the end."""
    return level(low_pass(samples) if band == NARROW else samples)
