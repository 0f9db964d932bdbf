"""Figures of docs/metrics.md, as they are defined there: slow, short, and in Python."""

import numpy as np


def eer(bona_fide: np.ndarray, spoof: np.ndarray) -> float:
    """Between the boundaries of distinct scores, where the two rates cross, on a straight line."""
    n_bona_fide, n_spoof = len(bona_fide), len(spoof)
    last, misses_before = -n_bona_fide * n_spoof, 0
    for value in np.unique(np.concatenate([bona_fide, spoof])):
        misses, false_alarms = int(np.sum(bona_fide <= value)), int(np.sum(spoof > value))
        difference = n_spoof * misses - n_bona_fide * false_alarms
        if difference >= 0:
            part = -last / (difference - last)
            return (misses_before + part * (misses - misses_before)) / n_bona_fide
        last, misses_before = difference, misses
    raise AssertionError("at the last boundary every bona fide is missed")


def auc(bona_fide: np.ndarray, spoof: np.ndarray) -> float:
    pairs = bona_fide[:, None] - spoof[None, :]
    return float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def confusion(truth: np.ndarray, answer: np.ndarray, classes: int) -> np.ndarray:
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (truth, answer), 1)
    return matrix


def accuracy(matrix: np.ndarray) -> float:
    return float(np.trace(matrix) / matrix.sum())


def f1_by_class(matrix: np.ndarray) -> np.ndarray:
    hits, total = np.diag(matrix), matrix.sum(0) + matrix.sum(1)
    return np.where(total > 0, 2 * hits / np.maximum(total, 1), 0)


def f1_weighted(matrix: np.ndarray) -> float:
    return float(np.average(f1_by_class(matrix), weights=matrix.sum(1)))


def f1_macro(matrix: np.ndarray) -> float:
    occurs = (matrix.sum(0) + matrix.sum(1)) > 0
    return float(np.mean(f1_by_class(matrix)[occurs]))


def balanced_accuracy(matrix: np.ndarray) -> float:
    support = matrix.sum(1)
    return float(np.mean(np.diag(matrix)[support > 0] / support[support > 0]))
