"""Which utterance goes through which codecs: drawn by hash, so it is the same on every machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import ENVIRONMENT, DemoCorpusError
from .recipe import SPLITS, UNKNOWN, Codec, Recipe

FEWEST_CODECS = 4
FEWEST_SPEAKERS = len(SPLITS)


@dataclass(frozen=True)
class Utterance:
    id: str  # d001_001: speaker, number
    speaker: str
    split: str
    band: str
    samples: np.ndarray  # what codecs get


def check_coverage(recipe: Recipe, codecs: Sequence[Codec], speakers: int) -> None:
    """@param codecs  those that work here
    @throws DemoCorpusError if too little is left to learn from"""
    seen = [codec for codec in codecs if codec.set == "train"]
    missing = sorted({codec.package for codec in recipe.codecs} - {codec.package for codec in codecs})
    advice = f"install {' '.join(missing)}" if missing else f"add codecs to {recipe.path}"
    if len(seen) < FEWEST_CODECS:
        raise DemoCorpusError(ENVIRONMENT, f"{len(seen)} training codecs are usable; "
                              f"at least {FEWEST_CODECS} are needed; {advice}")
    for task in ("AUX", "DEC", "VQ"):
        wanted = {codec.classes[task] for codec in recipe.codecs if codec.set == "train"} - {UNKNOWN}
        lost = wanted - {codec.classes[task] for codec in seen}
        if lost:
            raise DemoCorpusError(ENVIRONMENT, f"no usable training codec is left for {task} "
                                  f"{', '.join(sorted(lost))}; {advice}")
    if speakers < FEWEST_SPEAKERS:
        raise DemoCorpusError(ENVIRONMENT, f"{speakers} speakers; train, dev and test need one each")


def _drawn(codecs: list[Codec], utterance: Utterance, seed: int, count: int) -> list[Codec]:
    suited = [codec for codec in codecs if utterance.band in codec.bands]
    return sorted(suited, key=lambda codec: hashlib.sha256(
        f"{seed} {utterance.id} {codec.name}".encode()).digest())[:count]


def assign(recipe: Recipe, codecs: Sequence[Codec],
           utterances: Sequence[Utterance]) -> dict[str, list[Codec]]:
    """@returns utterance id → codecs; unseen codecs only for test speakers, after the others"""
    seen = [codec for codec in codecs if codec.set == "train"]
    unseen = [codec for codec in codecs if codec.set == "unseen"]
    assigned = {}
    for utterance in utterances:
        drawn = _drawn(seen, utterance, recipe.seed, recipe.codecs_per_utterance)
        if utterance.split == "test":
            drawn += _drawn(unseen, utterance, recipe.seed, recipe.unseen_codecs_per_test_utterance)
        assigned[utterance.id] = drawn
    return assigned
