"""16-bit mono wav files: header and samples, no other chunk (some encoders reject them)."""

import wave
from pathlib import Path

import numpy as np

from .errors import BAD_DATA, DemoCorpusError
from .waveform import SAMPLE_RATE_HZ


def read(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    try:
        with wave.open(str(path)) as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (wave.Error, EOFError) as error:
        raise DemoCorpusError(BAD_DATA, f"{path}: not a wav file: {error}") from error
    if shape != (1, 2, sample_rate_hz):
        raise DemoCorpusError(BAD_DATA, f"{path}: channels, bytes a sample and rate are {shape}; "
                              f"expected (1, 2, {sample_rate_hz})")
    return samples


def write(path: Path, samples: np.ndarray, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
