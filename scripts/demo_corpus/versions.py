"""Versions of what made the audio: where two corpora differ, it is here."""

import platform

import numpy as np
import soundfile
import soxr

from .programs import run
from .recipe import Recipe
from .speech_packages import installed_version


def tool_versions(recipe: Recipe) -> dict[str, str]:
    packages = sorted({entry.package for entry in [*recipe.codecs, *recipe.systems] if entry.package})
    versions = {package: installed_version(package) or "not installed" for package in packages}
    banner = run(["ffmpeg", "-version"]).decode().splitlines()[0]
    return {"ffmpeg -version": banner, **versions, "python": platform.python_version(),
            "numpy": np.__version__, "soxr": soxr.__version__, "soundfile": soundfile.__version__}
