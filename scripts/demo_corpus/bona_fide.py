"""Speech → utterances, before any codec: who says them, their split and their band."""

from concurrent.futures import Executor
from pathlib import Path

from . import bands
from .assignment import Utterance
from .progress import report
from .recipe import Recipe
from .speech import speaker_utterances
from .speech_packages import SpeechPackage
from .waveform import SAMPLE_RATE_HZ


def make(recipe: Recipe, packages: dict[str, SpeechPackage], work: Path,
         pool: Executor) -> list[Utterance]:
    utterances = []
    for source in recipe.sources:
        folder = work / source.speaker
        folder.mkdir()
        pieces = speaker_utterances(source, recipe, packages, folder, pool)
        report(f"{source.speaker}: {len(pieces)} utterances, {recipe.split_of(source.speaker)}")
        for number, piece in enumerate(pieces, 1):
            narrow = len(utterances) % recipe.narrow_every == recipe.narrow_every - 1
            band = bands.NARROW if narrow else bands.WIDE
            utterances.append(Utterance(f"{source.speaker}_{number:03d}", source.speaker,
                                        recipe.split_of(source.speaker), band,
                                        bands.conform(piece, band)))
    minutes = sum(len(utterance.samples) for utterance in utterances) / SAMPLE_RATE_HZ / 60
    report(f"{len(utterances)} bona fide utterances of {len(recipe.sources)} speakers, "
           f"{minutes:.1f} min")
    return utterances
