"""The command line: python -m demo_corpus --help"""

import argparse
import sys
from pathlib import Path

from . import availability, recipe
from .build import build
from .errors import ENVIRONMENT, INTERRUPTED, DemoCorpusError

_DESCRIPTION = """\
Builds the demo corpus: real speech through real codecs, laid out as CoRS and CoSG. Speech comes from
Debian packages, which are fetched and unpacked, not installed. Takes about two minutes and 700 MB.
A finished corpus of the same recipe is left alone."""

_EXAMPLE = """\
example, from the project's root:
  PYTHONPATH=scripts .deps/venv/bin/python -m demo_corpus --check
  PYTHONPATH=scripts .deps/venv/bin/python -m demo_corpus --out demo/corpus"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo_corpus", description=_DESCRIPTION, epilog=_EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, default=Path("configs/demo/recipe.toml"),
                        help="which speech goes through which codecs (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="the corpus; replaced if it is of another recipe")
    parser.add_argument("--work", type=Path,
                        help="where fetched packages are kept for the next build (default: OUT.work, "
                             "removed at the end); .deb files put here aren't fetched")
    parser.add_argument("--naive", action="store_true",
                        help="leave narrow-band bona fide lines out of the train and dev lists, to see "
                             "how a bandwidth cue spoils training; audio and test lists stay the same")
    parser.add_argument("--check", action="store_true",
                        help="only say what is missing here, and which Debian package brings it")
    arguments = parser.parse_args()
    if not arguments.check and not arguments.out:
        parser.error("--out is missing: the folder to build the corpus in")
    return arguments


def _check(arguments: argparse.Namespace) -> int:
    complete = True
    for usable, line in availability.check_lines(recipe.read(arguments.recipe), arguments.work):
        complete = complete and usable
        print(line)
    return 0 if complete else ENVIRONMENT


def main() -> int:
    arguments = _arguments()
    try:
        if arguments.check:
            return _check(arguments)
        build(recipe.read(arguments.recipe), arguments.out, arguments.work, arguments.naive)
    except DemoCorpusError as error:
        print(f"demo_corpus: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"demo_corpus: {error}", file=sys.stderr)
        return ENVIRONMENT
    except KeyboardInterrupt:
        print("demo_corpus: interrupted; nothing finished, run it again", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
