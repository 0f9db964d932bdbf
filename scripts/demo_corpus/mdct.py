"""Modified discrete cosine transform, 160 coefficients (10 ms), sine window; inverse undoes forward."""

import numpy as np

COEFFICIENTS = 160

_PLACES = np.arange(2 * COEFFICIENTS)
_WINDOW = np.sin(np.pi * (_PLACES + 0.5) / (2 * COEFFICIENTS)).astype(np.float32)
# Both ways: Princen and Bradley's time-domain alias cancellation needs this scale with that window.
_BASIS = (np.sqrt(2 / COEFFICIENTS) * np.cos(
    np.pi / COEFFICIENTS * (_PLACES[:, None] + 0.5 + COEFFICIENTS / 2)
    * (np.arange(COEFFICIENTS)[None] + 0.5))).astype(np.float32)


def forward(samples: np.ndarray) -> np.ndarray:
    """[T] → [F, 160], F = T / 160 rounded up, + 1"""
    missing = -len(samples) % COEFFICIENTS
    padded = np.pad(samples.astype(np.float32), (COEFFICIENTS, missing + COEFFICIENTS))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * COEFFICIENTS)[::COEFFICIENTS]
    return (frames * _WINDOW) @ _BASIS


def inverse(coefficients: np.ndarray, length: int) -> np.ndarray:
    """[F, 160] → [length], the length that went in"""
    frames = (coefficients @ _BASIS.T) * _WINDOW  # [F, 320], each overlaps the next by half
    halves = frames.reshape(len(frames), 2, COEFFICIENTS)
    hops = halves[1:, 0] + halves[:-1, 1]
    return hops.reshape(-1)[:length]
