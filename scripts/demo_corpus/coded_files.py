"""CoRS/: every utterance, and what each of its codecs makes of it."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from . import bands, wav
from .assignment import Utterance
from .availability import Available
from .codecs import round_trip_of
from .coding import RoundTrip, through
from .errors import DemoCorpusError
from .learned_quantiser import LearnedQuantisers
from .lists import Assigned, coded_id
from .progress import report
from .recipe import Codec
from .waveform import SAMPLE_RATE_HZ

_TRIAL_S = 6


@dataclass(frozen=True)
class Rendered:
    """One codec's share of CoRS/. `failure`: none of its files are there."""
    codec: Codec
    files: int
    delay: int  # samples
    failure: str = ""


def round_trips(available: Available, quantisers: LearnedQuantisers) -> dict[str, RoundTrip]:
    return {codec.name: round_trip_of(codec, quantisers) for codec in available.codecs}


def try_out(available: Available, trips: dict[str, RoundTrip], utterances: Sequence[Utterance],
            work: Path, pool: Executor) -> None:
    """Drops codecs that fail on a few seconds, before utterances are shared out among codecs."""
    folder = work / "trial"
    folder.mkdir()
    few = []
    while sum(map(len, few)) < _TRIAL_S * SAMPLE_RATE_HZ and len(few) < len(utterances):
        few.append(utterances[len(few)].samples)

    def fault_of(codec: Codec) -> str:
        try:
            through(trips[codec.name], few, folder, codec.name, codec.container or "bits")
        except DemoCorpusError as error:
            return str(error)
        return ""

    for codec, fault in zip(available.codecs, list(pool.map(fault_of, available.codecs))):
        if fault:
            available.drop(codec.name, fault)


def _render(codec: Codec, trip: RoundTrip, utterances: list[Utterance], folder: Path,
            work: Path) -> Rendered:
    if not utterances:
        return Rendered(codec, 0, 0)
    try:
        coded = through(trip, [utterance.samples for utterance in utterances], work, codec.name,
                        codec.container or "bits")
    except DemoCorpusError as error:
        return Rendered(codec, 0, 0, str(error))
    for utterance, samples in zip(utterances, coded.pieces):
        wav.write(folder / f"{coded_id(utterance, codec)}.wav", bands.conform(samples, utterance.band))
    report(f"{codec.name}: {len(utterances)} files, delay {coded.delay} samples")
    return Rendered(codec, len(utterances), coded.delay)


def write(utterances: Sequence[Utterance], assigned: Assigned, available: Available,
          trips: dict[str, RoundTrip], folder: Path, work: Path, pool: Executor) -> list[Rendered]:
    """A codec that fails leaves no file and is dropped from `available`."""
    folder.mkdir()
    for utterance in utterances:
        wav.write(folder / f"{utterance.id}.wav", bands.conform(utterance.samples, utterance.band))

    def render(codec: Codec) -> Rendered:
        mine = [utterance for utterance in utterances if codec in assigned[utterance.id]]
        return _render(codec, trips[codec.name], mine, folder, work)

    rendered = []
    for done in pool.map(render, list(available.codecs)):
        if done.failure:
            available.drop(done.codec.name, done.failure)
            continue
        rendered.append(done)
    return rendered
