#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from: make_seeds.py FOLDER

FOLDER/pickle, FOLDER/pth, FOLDER/safetensors: the stored files of tests/data/weights, and small ones
of every shape that the formats have, right and wrong.
"""
import argparse
import collections
import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

STORED = Path(__file__).resolve().parents[1] / "data/weights"
LARGEST = 6000  # bytes; small inputs are tried more often
MAGIC, VERSION = 0x1950a86a20f9469cfc6c, 1001


class Tensor:
    """Pickled as PyTorch pickles a tensor: a call of _rebuild_tensor_v2 with a persistent id."""

    def __init__(self, key: str, count: int, shape: tuple, stride: tuple, offset: int = 0) -> None:
        self.key, self.count, self.parts = key, count, (offset, shape, stride)


class Named:
    """Pickled as the global that it names."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class StatePickler(pickle._Pickler):
    """The pickler in Python, which lets globals be written that can't be imported here."""

    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Named):
            self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
        elif isinstance(value, Tensor):
            offset, shape, stride = value.parts
            self.save_reduce(Named("torch._utils", "_rebuild_tensor_v2"),
                             (Storage(value.key, value.count), offset, shape, stride, False,
                              collections.OrderedDict()), obj=value)
        else:
            super().save(value, save_persistent_id)

    def save_reduce(self, function, arguments, *rest, **more):
        if not isinstance(function, Named):
            return super().save_reduce(function, arguments, *rest, **more)
        self.save(function)
        self.save(arguments)
        self.write(pickle.REDUCE)


class Storage:
    def __init__(self, key: str, count: int) -> None:
        self.id = ("storage", Named("torch", "FloatStorage"), key, "cpu", count)


def pickled(value, protocol: int = 2) -> bytes:
    out = io.BytesIO()
    StatePickler(out, protocol).dump(value)
    return out.getvalue()


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, contents in entries.items():
            with archive.open(name, "w", force_zip64=name.endswith("0")) as file:
                file.write(contents)
    return out.getvalue()


def state() -> dict:
    return {"a.weight": Tensor("0", 6, (2, 3), (3, 1)), "a.bias": Tensor("0", 6, (2,), (2,), 1)}


def pickles() -> dict[str, bytes]:
    values = {"mixed": {"a": [1, -2, 300, 70000, 2**40, 2**80], "t": (1.5, None, True), "b": b"\0\1",
                        "s": {1}, "o": collections.OrderedDict(x=1)},
              "set": frozenset([1, (2, 3), (1, 2, 3, 4)]), "nested": [[[[[]]]]], "state": state()}
    found = {f"{name}{protocol}": pickled(value, protocol)
             for name, value in values.items() for protocol in range(6)}
    found["long"] = b"\x80\x02" + b"(" * 40 + b"t" * 40 + b"."
    found["calls"] = b"\x80\x02(X\x01\0\0\0xios\nsystem\n(cos\nsystem\nNoc\nb\nN\x81\x85R}b."
    return found


def pths() -> dict[str, bytes]:
    data = struct.pack("<6f", *range(6))
    entries = {"a/data.pkl": pickled(state()), "a/byteorder": b"little", "a/data/0": data,
               "a/version": b"3\n"}
    storage = pickled(["0"]) + struct.pack("<q", 6) + data
    machine = {"protocol_version": VERSION, "little_endian": True,
               "type_sizes": {"short": 2, "int": 4, "long": 4}}
    legacy = b"".join(map(pickled, [MAGIC, VERSION, machine]))
    texts = {"a/codectrace/metadata.json": b'{"head.0":"BIN spoof bonafide"}'}
    return {"zip": zipped(entries), "metadata": zipped(entries | texts), "nested": zipped(entries | {"a/data.pkl": pickled(
                {"epoch": 1, "state_dict": state()})}),
            "deflated": zipped(entries, zipfile.ZIP_DEFLATED),
            "legacy": legacy + pickled(state()) + storage,
            "legacy_nested": legacy + pickled({"model": state(), "args": None}) + storage}


def safetensors() -> dict[str, bytes]:
    def file(header: dict, data: int) -> bytes:
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + bytes(data)

    types = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1,
             "BOOL": 1}
    header, end = {"__metadata__": {"format": "pt", "crc32c": "00000000"}}, 0
    for name, size in types.items():
        header[name] = {"dtype": name, "shape": [2, 1], "data_offsets": [end, end + 2 * size]}
        end += 2 * size
    return {"types": file(header, end), "empty": file({}, 0),
            "scalar": file({"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}, 4),
            "none": file({"a": {"dtype": "F32", "shape": [0, 9], "data_offsets": [0, 0]}}, 0),
            "huge": file({"a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]}}, 8)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    seeds = {"pickle": pickles(), "pth": pths(), "safetensors": safetensors()}
    for path in STORED.iterdir():
        contents = path.read_bytes()
        if path.suffix in {".pth", ".pt", ".bin"}:
            if len(contents) <= LARGEST:
                seeds["pth"][path.name] = contents
            if contents.startswith(b"PK") and path.name != "torchscript.pt":
                archive = zipfile.ZipFile(path)
                name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
                seeds["pickle"][path.name] = archive.read(name)
        elif path.suffix == ".safetensors":
            seeds["safetensors"][path.name] = contents
    for target, inputs in seeds.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, contents in inputs.items():
            (folder / target / name).write_bytes(contents)


if __name__ == "__main__":
    main()
