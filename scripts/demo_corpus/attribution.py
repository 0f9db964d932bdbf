"""ATTRIBUTION.md and the copyright files of the packages that the speech is from."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from .recipe import Recipe
from .speech_packages import SpeechPackage

_HEAD = """# Where this speech is from

Made by CodecTrace's scripts/demo_corpus from the Debian packages below: cut, joined, levelled, and
coded with lossy codecs. It is a derived work under several licences, share-alike ones among them;
read the packages' copyright files in licences/ before passing it on.

Bona fide files aren't untouched recordings: every one has been through G.722, and those of
ktuberling-data, all but the French, through Vorbis before that. Files in CoSG/*/gen_* are synthetic.

| package | version | copyright file |
|---|---|---|
"""

_SPEAKERS = """
| speaker | voice | licence | package |
|---|---|---|---|
"""


def write(folder: Path, recipe: Recipe, packages: Sequence[SpeechPackage]) -> None:
    licences = folder / "licences"
    licences.mkdir()
    text = _HEAD
    for package in packages:
        place = "not there"
        if package.copyright_file.is_file():
            place = f"licences/{package.name}"
            shutil.copyfile(package.copyright_file, folder / place)
        text += f"| {package.name} | {package.version} | {place} |\n"
    text += _SPEAKERS
    for source in recipe.sources:
        text += (f"| {source.speaker} | {source.voice} | {source.licence} | "
                 f"{', '.join(source.packages)} |\n")
    (folder / "ATTRIBUTION.md").write_text(text, encoding="utf-8")
