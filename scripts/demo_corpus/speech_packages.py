"""Debian packages that hold the speech: fetched and unpacked, not installed, so no root is needed.

A package that is installed is used where it is; one that lies in the work folder isn't fetched.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import ENVIRONMENT, DemoCorpusError
from .programs import run
from .progress import report


@dataclass(frozen=True)
class SpeechPackage:
    name: str
    version: str
    root: Path  # holds usr/share/…

    @property
    def copyright_file(self) -> Path:
        return self.root / "usr/share/doc" / self.name / "copyright"


def installed_version(package: str) -> str | None:
    answer = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package],
                            capture_output=True, text=True)
    status, _, version = answer.stdout.partition(" ")
    return version if answer.returncode == 0 and status == "installed" else None


def _downloaded(package: str, folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob(f"{package}_*.deb"))), None)


def can_be_had(package: str, work: Path | None) -> bool:
    """Installed, in the work folder, or known to apt."""
    if installed_version(package) or (work and _downloaded(package, work)):
        return True
    return subprocess.run(["apt-get", "download", "--print-uris", package],
                          capture_output=True).returncode == 0


def _download(packages: list[str], folder: Path) -> None:
    report(f"fetching {' '.join(packages)}")
    try:
        run(["apt-get", "download", *packages], folder)
    except DemoCorpusError as error:
        raise DemoCorpusError(ENVIRONMENT, f"{error}; if apt has no package lists, run \"apt-get "
                              f"update\" as root; without a network, put the .deb files into "
                              f"{folder} or install these packages") from error


def provide(packages: list[str], work: Path) -> list[SpeechPackage]:
    """@param work  where .deb files are kept and unpacked; the next build needs no download"""
    to_fetch = [package for package in packages
                if not installed_version(package) and not _downloaded(package, work)]
    if to_fetch:
        _download(to_fetch, work)
    return [_unpacked(package, work) for package in packages]


def _unpacked(package: str, work: Path) -> SpeechPackage:
    version = installed_version(package)
    if version:
        return SpeechPackage(package, version, Path("/"))
    file = _downloaded(package, work)
    root = work / f"{file.stem}.unpacked"
    if not root.is_dir():
        partial = root.with_suffix(".partial")
        run(["dpkg-deb", "-x", str(file), str(partial)])
        partial.rename(root)
    return SpeechPackage(package, run(["dpkg-deb", "-f", str(file), "Version"]).decode().strip(),
                         root)
