"""The whole build: speech, codecs, lists. Reads like the dataflow."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from . import (assignment, attribution, availability, bona_fide, coded_files, cosg_files, finished,
               lists, speech_packages)
from .assignment import Utterance
from .availability import Available
from .errors import ENVIRONMENT, DemoCorpusError
from .learned_quantiser import LearnedQuantisers
from .progress import report
from .recipe import Recipe
from .versions import tool_versions

_LEARNED_FROM = 3  # every third training utterance


def build(recipe: Recipe, out: Path, keep_work: Path | None, naive: bool) -> None:
    """@param keep_work  where fetched packages stay; None: beside `out`, removed at the end"""
    wanted = finished.recipe_hash(recipe, naive)
    record = finished.record_in(out)
    if record and record.get("recipe_hash") == wanted:
        report(f"{out}: finished already, with this recipe")
        return
    if record:
        report(f"{out}: of another recipe or builder; it is built anew")
    missing = availability.missing_tools()
    if missing:
        raise DemoCorpusError(ENVIRONMENT, "; ".join(missing))
    available = availability.probe(recipe)
    assignment.check_coverage(recipe, available.codecs, len(recipe.sources))

    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    work = (keep_work or out.with_name(f"{out.name}.work")).absolute()
    work.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    scratch = work / "scratch"
    for folder in (partial, scratch):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    record = _fill(partial, recipe, available, work, scratch, naive)
    finished.publish(partial, {"recipe_hash": wanted, "naive": naive, **record}, out)
    shutil.rmtree(scratch if keep_work else work)
    report(f"{out}: done")


def _fill(folder: Path, recipe: Recipe, available: Available, work: Path, scratch: Path,
          naive: bool) -> dict:
    """@returns what demo.json says of it"""
    packages = speech_packages.provide(availability.speech_package_names(recipe), work)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        utterances = bona_fide.make(recipe, {package.name: package for package in packages}, scratch,
                                    pool)
        trips = coded_files.round_trips(available, _learned_quantisers(utterances))
        coded_files.try_out(available, trips, utterances, scratch, pool)
        assignment.check_coverage(recipe, available.codecs, len(recipe.sources))
        assigned = assignment.assign(recipe, available.codecs, utterances)
        rendered = coded_files.write(utterances, assigned, available, trips, folder / "CoRS", scratch,
                                     pool)
        assignment.check_coverage(recipe, available.codecs, len(recipe.sources))
        systems = cosg_files.write(utterances, available, trips, folder / "CoSG", scratch, pool)
    made = {done.codec.name for done in rendered}
    assigned = {name: [codec for codec in codecs if codec.name in made]
                for name, codecs in assigned.items()}
    _write_lists(folder, utterances, assigned, systems, naive)
    attribution.write(folder, recipe, packages)
    return {
        "speech": {package.name: package.version for package in packages},
        "tools": tool_versions(recipe),
        "codecs": {done.codec.name: {"files": done.files, "delay_samples": done.delay}
                   for done in rendered},
        "systems": {system.name: {"codec": system.codec.name, "generated": len(system.generated),
                                  "references": len(system.references)} for system in systems},
        "skipped": available.skipped,
        "utterances": {split: sum(utterance.split == split for utterance in utterances)
                       for split in ("train", "dev", "test")},
    }


def _learned_quantisers(utterances: list[Utterance]) -> LearnedQuantisers:
    training = [utterance.samples for utterance in utterances if utterance.split == "train"]
    quantisers = LearnedQuantisers(np.concatenate(training[::_LEARNED_FROM]))
    report("codebooks of tvq and fvq learned")
    return quantisers


def _write_lists(folder: Path, utterances: list[Utterance], assigned: lists.Assigned,
                 systems: list[lists.SystemFiles], naive: bool) -> None:
    protocols = folder / "protocols"
    for name, lines in lists.training_lists(utterances, assigned, naive).items():
        lists.write(protocols / "training" / name, lines)
    lists.write(protocols / "evaluation" / "CoRS_ALL.txt", lists.cors_all(utterances, assigned))
    for name, lines in lists.cosg_lists(systems).items():
        lists.write(protocols / "evaluation" / name, lines)
    lists.write(folder / "all.txt", lists.overview(utterances, assigned))
