"""What this machine has of what a recipe needs: programs, ffmpeg's encoders, voices."""

import functools
import re
import shutil

from .errors import USAGE, DemoCorpusError
from .programs import run
from .recipe import BUILTIN

# Used whatever the recipe says: they decode speech and most codecs, and unpack packages.
ALWAYS = {"ffmpeg": "ffmpeg", "dpkg-deb": "dpkg", "apt-get": "apt"}


def has_program(name: str) -> bool:
    return shutil.which(name) is not None


@functools.cache
def _ffmpeg_encoders() -> frozenset[str]:
    if not has_program("ffmpeg"):
        return frozenset()
    listing = run(["ffmpeg", "-v", "error", "-encoders"]).decode()
    return frozenset(re.findall(r"^ A[.A-Z]{5} (\S+)", listing, re.MULTILINE))


@functools.cache
def _flite_voices() -> frozenset[str]:
    if not has_program("flite"):
        return frozenset()
    return frozenset(run(["flite", "-lv"]).decode().partition(":")[2].split())


@functools.cache
def _festival_voices() -> frozenset[str]:
    if not has_program("festival"):
        return frozenset()
    return frozenset(re.findall(r"[^\s()]+", run(["festival", "-b", "(print (voice.list))"]).decode()))


def is_there(need: str) -> bool:
    """@param need  "builtin", "program:c2enc", "ffmpeg-encoder:libvorbis", "flite-voice:slt" …"""
    kind, _, name = need.partition(":")
    match kind:
        case "program":
            return has_program(name)
        case "ffmpeg-encoder":
            return name in _ffmpeg_encoders()
        case "flite-voice":
            return name in _flite_voices()
        case "festival-voice":
            return name in _festival_voices()
        case _ if need == BUILTIN:
            return True
    raise DemoCorpusError(USAGE, f'needs = "{need}": expected builtin, program:NAME, '
                          "ffmpeg-encoder:NAME, flite-voice:NAME or festival-voice:NAME")
