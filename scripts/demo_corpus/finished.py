"""Recognises a finished corpus by its demo.json; a folder without one is never taken for a corpus."""

import hashlib
import json
import os
import shutil
from pathlib import Path

from .errors import USAGE, DemoCorpusError
from .recipe import Recipe

RECORD = "demo.json"
SCHEMA = "codectrace.demo-corpus/1"


def recipe_hash(recipe: Recipe, naive: bool) -> str:
    """Of all that decides what is built: recipe, sentences, options and the builder itself."""
    files = [recipe.path, *sorted({system.text for system in recipe.systems}),
             *sorted(Path(__file__).parent.glob("*.py"))]
    digest = hashlib.sha256(b"naive" if naive else b"fair")
    for file in files:
        content = file.read_bytes()
        digest.update(f"\n{file.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def record_in(folder: Path) -> dict | None:
    """@returns demo.json's content; None if there is no folder, or an empty one
    @throws DemoCorpusError if the folder holds something else: it isn't ours to replace"""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        record = None
    except ValueError:
        record = {}
    if record is None and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        return None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise DemoCorpusError(USAGE, f"{folder}: exists and is no demo corpus (no {RECORD} of schema "
                              f"{SCHEMA}); give --out another folder, or remove this one")
    return record


def publish(built: Path, record: dict, out: Path) -> None:
    """The record is written last and the folder renamed in one go; an older corpus goes away."""
    record = {"schema": SCHEMA, **record}
    (built / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    os.sync()
    older = out.with_name(f"{out.name}.older")
    if out.exists():
        shutil.rmtree(older, ignore_errors=True)
        out.rename(older)
    built.rename(out)
    shutil.rmtree(older, ignore_errors=True)
