"""configs/demo/recipe.toml as data: speech, codecs, synthesisers. Checked in full when read."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from .bands import BANDS
from .errors import USAGE, DemoCorpusError
from .recipe_fields import Fields

SCHEMA = "codectrace.demo-recipe/1"
SPLITS = ("train", "dev", "test")
UNKNOWN = "-"  # a class that can't be told
BUILTIN = "builtin"


@dataclass(frozen=True)
class Source:
    """One speaker's recordings."""
    speaker: str
    voice: str
    licence: str
    packages: list[str]
    folders: list[str]  # below the packages' root
    format: str  # "g722": headerless; "recordings": anything that libsndfile reads
    most: int  # utterances


@dataclass(frozen=True)
class Codec:
    name: str
    set: str  # "train" or "unseen"
    aux: str
    dec: str
    vq: str
    bands: list[str]
    needs: str
    package: str
    why: str
    container: str
    encode: list[str]  # options of ffmpeg
    decode: list[str]
    encode_command: list[str]  # of a program of its own: {in}, {bits}, {out}
    decode_command: list[str]
    program_input: str  # "wav:16000": format and rate that the program reads and writes
    program_output: str

    @property
    def classes(self) -> dict[str, str]:
        return {"AUX": self.aux, "DEC": self.dec, "VQ": self.vq}


@dataclass(frozen=True)
class System:
    """A speech synthesiser and the codec behind it."""
    name: str
    engine: str  # "espeak-ng", "flite" or "festival"
    voice: str
    text: Path
    codec: str
    needs: str
    package: str


@dataclass(frozen=True)
class Recipe:
    path: Path
    seed: int
    narrow_every: int  # every n-th utterance is narrow-band
    codecs_per_utterance: int
    unseen_codecs_per_test_utterance: int
    skip: list[str]  # recordings whose path holds one of these aren't speech
    held_out: dict[str, list[str]]  # "dev", "test" → speakers; all others train
    sources: list[Source]
    codecs: list[Codec]
    systems: list[System]

    def split_of(self, speaker: str) -> str:
        return next((split for split, speakers in self.held_out.items() if speaker in speakers),
                    "train")


def _source(fields: Fields) -> Source:
    return Source(speaker=fields.text("speaker"), voice=fields.text("voice"),
                  licence=fields.text("licence"), packages=fields.texts("packages"),
                  folders=fields.texts("folders"),
                  format=fields.choice("format", ("g722", "recordings")), most=fields.count("most"))


def _program_audio(fields: Fields, key: str) -> str:
    return fields.choice(key, ("wav:16000", "wav:8000", "raw:16000", "raw:8000"), "wav:16000")


def _codec(fields: Fields) -> Codec:
    codec = Codec(
        name=fields.text("name"), set=fields.choice("set", ("train", "unseen")),
        aux=fields.text("aux"), dec=fields.text("dec"), vq=fields.text("vq"),
        bands=fields.texts("bands", BANDS), needs=fields.text("needs"),
        package=fields.text("package", ""), why=fields.text("why"),
        container=fields.text("container", ""), encode=fields.texts("encode", default=[]),
        decode=fields.texts("decode", default=[]),
        encode_command=fields.texts("encode_command", default=[]),
        decode_command=fields.texts("decode_command", default=[]),
        program_input=_program_audio(fields, "program_input"),
        program_output=_program_audio(fields, "program_output"))
    ways = (codec.needs == BUILTIN, bool(codec.encode), bool(codec.encode_command))
    if sum(ways) != 1:
        fields.fail("encode", 'give one of: encode (ffmpeg), encode_command, needs = "builtin"')
    if not ways[0] and not codec.container:
        fields.fail("container", "is missing: the file extension of what the codec makes")
    for key, tokens in (("encode_command", ("{in}", "{bits}")), ("decode_command", ("{bits}", "{out}"))):
        for token in tokens if codec.encode_command else ():
            if token not in getattr(codec, key):
                fields.fail(key, f"lacks {token}")
    return codec


def _system(fields: Fields) -> System:
    return System(name=fields.text("name"), voice=fields.text("voice"),
                  engine=fields.choice("engine", ("espeak-ng", "flite", "festival")),
                  text=fields.file("text"), codec=fields.text("codec"), needs=fields.text("needs"),
                  package=fields.text("package"))


def _entries(top: Fields, kind: str, key: str, make) -> list:
    made = []
    for fields in top.tables(kind, key):
        entry = make(fields)
        fields.reject_unknown_keys()
        if any(getattr(entry, key) == getattr(other, key) for other in made):
            fields.fail(key, "occurs twice")
        made.append(entry)
    return made


def read(path: Path) -> Recipe:
    """@throws DemoCorpusError naming file, entry and key"""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DemoCorpusError(USAGE, f"{path}: can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DemoCorpusError(USAGE, f"{path}: isn't TOML: {error}") from error
    top = Fields(path, "", table)
    top.choice("schema", (SCHEMA,))
    split = top.table("split")
    recipe = Recipe(
        path=path, seed=top.count("seed"), narrow_every=top.count("narrow_every", least=2),
        codecs_per_utterance=top.count("codecs_per_utterance"),
        unseen_codecs_per_test_utterance=top.count("unseen_codecs_per_test_utterance"),
        skip=top.texts("skip", default=[]),
        held_out={"dev": split.texts("dev"), "test": split.texts("test")},
        sources=_entries(top, "source", "speaker", _source),
        codecs=_entries(top, "codec", "name", _codec),
        systems=_entries(top, "system", "name", _system))
    split.reject_unknown_keys()
    top.reject_unknown_keys()
    _check_references(recipe, top, split)
    return recipe


def _check_references(recipe: Recipe, top: Fields, split: Fields) -> None:
    speakers = [source.speaker for source in recipe.sources]
    held_out = recipe.held_out["dev"] + recipe.held_out["test"]
    for speaker in held_out:
        if speaker not in speakers:
            split.fail("dev, test", f"{speaker} is no speaker of a [[source]]")
        if held_out.count(speaker) > 1:
            split.fail("dev, test", f"{speaker} occurs twice: splits must not share a speaker")
    names = [codec.name for codec in recipe.codecs]
    for system in recipe.systems:
        if system.codec not in names:
            top.fail(f'[[system]] "{system.name}": codec', f"{system.codec} is no [[codec]]")
