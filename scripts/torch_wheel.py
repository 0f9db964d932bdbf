#!/usr/bin/env python3
"""Fetch LibTorch from the pinned PyPI wheels and unpack it.

    torch_wheel.py DESTINATION [PACKAGE…]

DESTINATION/torch holds headers and libraries, DESTINATION/nvidia the CUDA libraries they link to.
DESTINATION on Python's path, a test has the Python that writes and reads other people's weight files.
With packages named, only they. DESTINATION appears complete or not at all; a finished one is
recognised by the lock file's copy in it.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("torch-wheels.txt")
WANTED = ("torch/", "torchgen/", "nvidia/")
PYTHONS = ("3.11", "3.12")  # of Debian 12 and Ubuntu 24.04: the lock file has a torch for each
# pip matches a wheel's platform tag literally, so every tag in the lock file is named.
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 25, 18, 17, 12, 5)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]


def is_finished(destination: Path) -> bool:
    stamp = destination / LOCK.name
    return stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes()


def requirements(packages: list[str]) -> list[str]:
    """Lines of the lock file: of all packages if none is named."""
    lines = (line.strip() for line in LOCK.read_text().splitlines())
    wheels = [line for line in lines if line and not line.startswith("#")]
    return [wheel for wheel in wheels if not packages or wheel.split("==")[0] in packages]


def python_version() -> str:
    """Ours; or the first pinned one, whose C++ part is the same and whose Python part nothing needs."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    return own if own in PYTHONS else PYTHONS[0]


def download(requirement: str, folder: Path) -> Path:
    python = python_version()
    lock = folder / "requirement.txt"
    lock.write_text(requirement + "\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
               "--no-cache-dir", "--disable-pip-version-check", "--only-binary=:all:",
               f"--python-version={python}", "--implementation=cp",
               f"--abi=cp{python.replace('.', '')}", "--abi=none",
               *(f"--platform={name}" for name in PLATFORMS), "-r", str(lock), "-d", str(folder)]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpack(wheel: Path, destination: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(destination, [n for n in archive.namelist() if n.startswith(WANTED)])


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    destination = Path(sys.argv[1])
    if is_finished(destination):
        print(f"LibTorch: already in {destination}")
        return 0
    destination.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=destination.name + ".tmp-", dir=destination.parent))
    try:
        for requirement in requirements(sys.argv[2:]):
            print(f"LibTorch: {requirement.split()[0]}", flush=True)
            with tempfile.TemporaryDirectory(dir=unfinished) as folder:
                unpack(download(requirement, Path(folder)), unfinished)
        shutil.copyfile(LOCK, unfinished / LOCK.name)
        unfinished.chmod(0o755)
        shutil.rmtree(destination, ignore_errors=True)
        os.rename(unfinished, destination)
    except subprocess.CalledProcessError as error:
        print(f"LibTorch: pip failed with {error.returncode}; is PyPI reached, and is there room "
              f"for 6 GB in {destination.parent}? Another LibTorch: scripts/setup --system-torch DIR",
              file=sys.stderr)
        return 4
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
