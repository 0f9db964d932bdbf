"""CoSG/: a folder a synthesiser, with what it said through its codec, and uncoded references."""

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from . import bands, wav
from .assignment import Utterance
from .availability import Available
from .coding import RoundTrip, through
from .errors import DemoCorpusError
from .lists import SystemFiles
from .progress import report
from .recipe import System
from .synthetic_speech import speak
from .waveform import level


def _synthesise(system: System, trip: RoundTrip, container: str,
                work: Path) -> list[np.ndarray] | DemoCorpusError:
    folder = work / system.name
    folder.mkdir()
    try:
        spoken = speak(system, folder)
        return [level(piece) for piece in through(trip, spoken, folder, "coded", container).pieces]
    except DemoCorpusError as error:
        return error


def write(utterances: Sequence[Utterance], available: Available, trips: dict[str, RoundTrip],
          folder: Path, work: Path, pool: Executor) -> list[SystemFiles]:
    """References are wide-band test utterances, none of them in two folders."""
    codecs = {codec.name: codec for codec in available.codecs}
    systems = list(available.systems)
    spoken = pool.map(lambda system: _synthesise(system, trips[system.codec],
                                                 codecs[system.codec].container or "bits", work),
                      systems)
    references = [bands.conform(utterance.samples, bands.WIDE) for utterance in utterances
                  if utterance.split == "test" and utterance.band == bands.WIDE]
    share = len(references) // max(1, len(systems))
    written = []
    for place, (system, pieces) in enumerate(zip(systems, spoken)):
        if isinstance(pieces, DemoCorpusError):
            available.drop(system.name, str(pieces))
            continue
        own = references[place * share:(place + 1) * share][:len(pieces)]
        (folder / system.name).mkdir(parents=True)
        files = {"gen": pieces, "ref": own}
        names = {kind: [f"{kind}_{number:03d}" for number in range(len(samples))]
                 for kind, samples in files.items()}
        for kind, samples in files.items():
            for name, piece in zip(names[kind], samples):
                wav.write(folder / system.name / f"{name}.wav", piece)
        report(f"{system.name}: {len(pieces)} synthetic through {system.codec}, {len(own)} references")
        written.append(SystemFiles(system.name, codecs[system.codec], names["gen"], names["ref"]))
    return written
