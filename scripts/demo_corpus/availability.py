"""Which codecs and synthesisers of a recipe can be used here, and why the others can't."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import needs, speech_packages
from .progress import report
from .recipe import Codec, Recipe, System


@dataclass
class Available:
    """`skipped`: name → reason. What fails later is moved there by `drop`."""
    codecs: list[Codec]
    systems: list[System]
    skipped: dict[str, str] = field(default_factory=dict)

    def drop(self, name: str, reason: str) -> None:
        """A codec goes together with the synthesisers that it stands behind."""
        self.skipped[name] = reason
        report(f"skipped: {name}: {reason}")
        self.codecs = [codec for codec in self.codecs if codec.name != name]
        self.systems = [system for system in self.systems if system.name != name]
        for system in [system for system in self.systems if system.codec == name]:
            self.drop(system.name, f"its codec {name} is skipped")


def _reason(entry: Codec | System) -> str | None:
    if needs.is_there(entry.needs):
        return None
    return f"no {entry.needs}; Debian package {entry.package}"


def probe(recipe: Recipe) -> Available:
    """Before anything is planned, so that no list names a file that can't be made."""
    available = Available(recipe.codecs, recipe.systems)
    for entry in [*recipe.codecs, *recipe.systems]:
        reason = _reason(entry)
        if reason and entry.name not in available.skipped:
            available.drop(entry.name, reason)
    return available


def missing_tools() -> list[str]:
    """Without which nothing can be built."""
    return [f"{program}: not found; Debian package {package}"
            for program, package in needs.ALWAYS.items() if not needs.has_program(program)]


def missing_speech(recipe: Recipe, work: Path | None) -> list[str]:
    return [f"{package}: not installed and not known to apt; run \"apt-get update\" as root"
            for package in speech_package_names(recipe)
            if not speech_packages.can_be_had(package, work)]


def speech_package_names(recipe: Recipe) -> list[str]:
    return sorted({package for source in recipe.sources for package in source.packages})


def check_lines(recipe: Recipe, work: Path | None) -> Iterator[tuple[bool, str]]:
    """What --check prints; False: there is no build without it."""
    required: Sequence[str] = missing_tools()
    yield from ((False, f"needed    {line}") for line in required)
    if not required:
        yield from ((False, f"needed    {line}") for line in missing_speech(recipe, work))
    for entry in [*recipe.codecs, *recipe.systems]:
        reason = _reason(entry)
        yield True, f"{'skipped' if reason else 'ok':9} {entry.name}{': ' + reason if reason else ''}"
