"""Protocol lists in the columns of CoRS and CoSG, and all.txt, which has every file and label."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .assignment import Utterance
from .bands import WIDE
from .recipe import SPLITS, UNKNOWN, Codec

# Suffix of the file name → the task whose classes the drawn spoofs balance, as published.
BALANCES = {"": "AUX", "_bal_dec": "DEC", "_bal_vq": "VQ"}

Assigned = Mapping[str, Sequence[Codec]]


@dataclass(frozen=True)
class SystemFiles:
    """A folder of CoSG: what a synthesiser said through its codec, and uncoded references."""
    name: str
    codec: Codec
    generated: list[str]
    references: list[str]


def coded_id(utterance: Utterance, codec: Codec) -> str:
    return f"{utterance.id}_{codec.name}"


def _bona_fide_line(utterance: Utterance) -> str:
    return f"{utterance.speaker} {utterance.id} - REAL REAL REAL bonafide"


def _spoof_line(utterance: Utterance, codec: Codec) -> str:
    return (f"{utterance.speaker} {coded_id(utterance, codec)} - "
            f"{codec.aux} {codec.dec} {codec.vq} spoof")


def _seen(codecs: Iterable[Codec]) -> list[Codec]:
    return [codec for codec in codecs if codec.set == "train"]


def paired(utterances: Iterable[Utterance], assigned: Assigned, task: str) -> list[str]:
    """One bona fide and one spoof line an utterance, the task's classes as even as can be."""
    lines = []
    classes, names = Counter(), Counter()
    for utterance in utterances:
        codecs = _seen(assigned[utterance.id])
        if not codecs:
            continue
        codec = min(codecs, key=lambda codec: (classes[codec.classes[task]], names[codec.name]))
        classes[codec.classes[task]] += 1
        names[codec.name] += 1
        lines += [_bona_fide_line(utterance), _spoof_line(utterance, codec)]
    return lines


def everything(utterances: Iterable[Utterance], assigned: Assigned) -> list[str]:
    """All files of codecs that are trained on."""
    return [line for utterance in utterances
            for line in [_bona_fide_line(utterance),
                         *(_spoof_line(utterance, codec) for codec in _seen(assigned[utterance.id]))]]


def without_narrow_bona_fide(lines: Iterable[str], utterances: Iterable[Utterance]) -> list[str]:
    """What --naive trains on: every narrow-band file is coded, so bandwidth gives spoofs away."""
    narrow = {_bona_fide_line(utterance) for utterance in utterances if utterance.band != WIDE}
    return [line for line in lines if line not in narrow]


def training_lists(utterances: Sequence[Utterance], assigned: Assigned,
                   naive: bool) -> dict[str, list[str]]:
    """@returns file name → lines"""
    lists = {}
    for split in SPLITS:
        members = [utterance for utterance in utterances if utterance.split == split]
        for suffix, task in BALANCES.items():
            lists[f"{split}_mult_learn{suffix}.txt"] = paired(members, assigned, task)
        lists[f"{split}_all.txt"] = everything(members, assigned)
    if naive:
        for name in lists:
            if not name.startswith("test"):
                lists[name] = without_narrow_bona_fide(lists[name], utterances)
    return lists


def cors_all(utterances: Iterable[Utterance], assigned: Assigned) -> list[str]:
    """Every file of the test speakers, codecs that were never trained on among them."""
    return [f"{utterance.speaker} {name} - - {label}"
            for utterance in utterances if utterance.split == "test"
            for name, label in [(utterance.id, "bonafide"),
                                *((coded_id(utterance, codec), "spoof")
                                  for codec in assigned[utterance.id])]]


def cosg_lists(systems: Sequence[SystemFiles]) -> dict[str, list[str]]:
    every, seen = [], []
    for system in systems:
        files = [(name, system.codec.vq, "spoof") for name in system.generated]
        files += [(name, "REAL", "bonafide") for name in system.references]
        every += [f"{system.name} {name} - {UNKNOWN} {label}" for name, _, label in files]
        if system.codec.set == "train":
            seen += [f"{system.name} {name} - {vq} {label}" for name, vq, label in files]
    return {"CoSG_ALL.txt": every, "CoSG_SEEN.txt": seen}


def overview(utterances: Iterable[Utterance], assigned: Assigned) -> list[str]:
    """speaker, id, band, split, AUX, DEC, VQ, label, codec or "none": for analysis."""
    lines = []
    for utterance in utterances:
        place = f"{utterance.band} {utterance.split}"
        lines.append(f"{utterance.speaker} {utterance.id} {place} REAL REAL REAL bonafide none")
        lines += [f"{utterance.speaker} {coded_id(utterance, codec)} {place} "
                  f"{codec.aux} {codec.dec} {codec.vq} spoof {codec.name}"
                  for codec in assigned[utterance.id]]
    return lines


def write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
