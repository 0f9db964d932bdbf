"""Speech sources → utterances: 2.5 to 5 s, levelled, G.722 as the only coding that all have had."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import soundfile

from .coding import through
from .errors import BAD_DATA, DemoCorpusError
from .programs import run
from .recipe import Recipe, Source
from .speech_packages import SpeechPackage
from .waveform import SAMPLE_RATE_HZ, level, resample, to_int16, trim, utterances

_G722_SAMPLES_PER_BYTE = 2  # 16 kHz at 64 kbit/s
_SHORTEST_RECORDING = SAMPLE_RATE_HZ // 10


def _recordings(source: Source, recipe: Recipe, packages: list[SpeechPackage]) -> list[Path]:
    """In an order that mixes the packages' themes and is the same everywhere."""
    found = []
    for package, folder in itertools.product(packages, source.folders):
        base = package.root / folder
        for file in base.rglob("*"):
            name = f"/{file.relative_to(base)}"
            if file.is_file() and not any(word in name for word in recipe.skip):
                key = hashlib.sha256(f"{recipe.seed} {folder} {name}".encode()).digest()
                found.append((key, file))
    if not found:
        raise DemoCorpusError(BAD_DATA, f"speaker {source.speaker}: no recordings in "
                              f"{', '.join(source.folders)} of {', '.join(source.packages)}")
    return [file for _, file in sorted(found)]


def _g722_prompts(files: list[Path], work: Path) -> Iterator[np.ndarray]:
    """Headerless files: joined and decoded at once, which is far faster than one by one."""
    contents = [file.read_bytes() for file in files]
    joined = work / "prompts.g722"
    joined.write_bytes(b"".join(contents))
    decoded = np.frombuffer(run(["ffmpeg", "-v", "error", "-f", "g722", "-i", str(joined),
                                 "-f", "s16le", "-"]), "<i2")
    begin = 0
    for content in contents:
        end = begin + _G722_SAMPLES_PER_BYTE * len(content)
        yield trim(decoded[begin:end])
        begin = end


def _read_recording(file: Path) -> np.ndarray:
    try:
        samples, rate_hz = soundfile.read(file, always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DemoCorpusError(BAD_DATA, f"{file}: can't be decoded: {error}") from error
    return trim(to_int16(32767 * resample(samples.mean(1), rate_hz, SAMPLE_RATE_HZ)))


def _g722(source: Path, target: Path, bits: Path) -> None:
    run(["ffmpeg", "-y", "-v", "error", "-i", str(source), "-c:a", "g722", str(bits)])
    run(["ffmpeg", "-y", "-v", "error", "-f", "g722", "-i", str(bits), "-c:a", "pcm_s16le",
         str(target)])


def _first(pieces: Iterable[np.ndarray], most: int) -> list[np.ndarray]:
    return [level(piece) for piece in itertools.islice(utterances(pieces), most)]


def speaker_utterances(source: Source, recipe: Recipe, packages: dict[str, SpeechPackage],
                       work: Path, pool: Executor) -> list[np.ndarray]:
    """@param work  a folder of this source's own"""
    files = _recordings(source, recipe, [packages[name] for name in source.packages])
    if source.format == "g722":
        return _first(_g722_prompts(files, work), source.most)
    decoded = pool.map(_read_recording, files)
    pieces = _first((piece for piece in decoded if len(piece) > _SHORTEST_RECORDING), source.most)
    return [level(piece) for piece in through(_g722, pieces, work, source.speaker, "g722").pieces]
