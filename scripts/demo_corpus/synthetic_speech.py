"""Sentences → speech of a synthesiser: espeak-ng, flite or festival."""

from pathlib import Path

import numpy as np
import soundfile

from .errors import BAD_DATA, DemoCorpusError
from .programs import run
from .recipe import System
from .waveform import SAMPLE_RATE_HZ, level, resample, to_int16, trim


def _espeak(voice: str, sentences: list[str], files: list[Path]) -> None:
    for sentence, file in zip(sentences, files):
        run(["espeak-ng", "-v", voice, "-w", str(file), sentence])


def _flite(voice: str, sentences: list[str], files: list[Path]) -> None:
    for sentence, file in zip(sentences, files):
        run(["flite", "-voice", voice, "-t", sentence, "-o", str(file)])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _festival(voice: str, sentences: list[str], files: list[Path]) -> None:
    script = [f"(voice_{voice})"]
    script += [f"(utt.save.wave (utt.synth (Utterance Text {_quoted(sentence)})) {_quoted(str(file))})"
               for sentence, file in zip(sentences, files)]
    program = files[0].with_name("script.scm")
    program.write_text("\n".join(script) + "\n", encoding="latin-1")  # festival knows no UTF-8
    run(["festival", "-b", str(program)])


_ENGINES = {"espeak-ng": _espeak, "flite": _flite, "festival": _festival}


def speak(system: System, work: Path) -> list[np.ndarray]:
    """@param work  an empty folder
    @returns one levelled waveform a sentence"""
    text = system.text.read_text(encoding="utf-8").splitlines()
    sentences = [line.strip() for line in text if line.strip()]
    files = [work / f"{number:03d}.wav" for number in range(len(sentences))]
    _ENGINES[system.engine](system.voice, sentences, files)
    return [_read(file, system) for file in files]


def _read(file: Path, system: System) -> np.ndarray:
    if not file.is_file():
        raise DemoCorpusError(BAD_DATA, f"{system.name}: {system.engine} wrote no {file.name}")
    samples, rate_hz = soundfile.read(file, always_2d=True)
    return level(trim(to_int16(32767 * resample(samples.mean(1), rate_hz, SAMPLE_RATE_HZ))))
