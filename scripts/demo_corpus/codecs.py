"""A recipe's codec → what sends a wav file through it: ffmpeg, another program, or a built-in."""

from pathlib import Path

import numpy as np

from . import wav
from .coding import RoundTrip
from .learned_quantiser import LearnedQuantisers
from .programs import run
from .recipe import BUILTIN, Codec
from .waveform import SAMPLE_RATE_HZ, resample, to_int16

_FFMPEG = ["ffmpeg", "-y", "-v", "error", "-nostdin"]


def _by_ffmpeg(codec: Codec) -> RoundTrip:
    def round_trip(source: Path, target: Path, bits: Path) -> None:
        run([*_FFMPEG, "-i", str(source), *codec.encode, "-ac", "1", str(bits)])
        run([*_FFMPEG, *codec.decode, "-i", str(bits), "-ar", str(SAMPLE_RATE_HZ), "-ac", "1",
             "-c:a", "pcm_s16le", str(target)])

    return round_trip


def _convert(source: Path, source_format: str, target: Path, target_format: str) -> None:
    """Formats are as in the recipe: "raw:8000" is 16-bit samples at 8 kHz without a header."""
    container, rate = source_format.split(":")
    samples = np.fromfile(source, "<i2") if container == "raw" else wav.read(source, int(rate))
    to_container, to_rate = target_format.split(":")
    samples = to_int16(resample(samples, int(rate), int(to_rate)))
    if to_container == "raw":
        samples.tofile(target)
    else:
        wav.write(target, samples, int(to_rate))


def _by_program(codec: Codec) -> RoundTrip:
    def round_trip(source: Path, target: Path, bits: Path) -> None:
        plain = f"wav:{SAMPLE_RATE_HZ}"
        suffixes = [audio.split(":")[0] for audio in (codec.program_input, codec.program_output)]
        files = {"in": source.with_suffix(f".program.{suffixes[0]}"), "bits": bits,
                 "out": target.with_suffix(f".program.{suffixes[1]}")}
        _convert(source, plain, files["in"], codec.program_input)
        for command in (codec.encode_command, codec.decode_command):
            run([argument.format_map(files) for argument in command])
        _convert(files["out"], codec.program_output, target, plain)
        for made in (files["in"], files["out"]):
            made.unlink()

    return round_trip


def round_trip_of(codec: Codec, quantisers: LearnedQuantisers) -> RoundTrip:
    if codec.needs == BUILTIN:
        return quantisers.round_trip(codec.name)
    return _by_program(codec) if codec.encode_command else _by_ffmpeg(codec)
