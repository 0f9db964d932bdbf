"""Weight files that the program writes, read by Python's PyTorch, and the other way round.

The pinned LibTorch has its Python part beside it. Skipped where another LibTorch, given to scripts/setup,
has none, or one for another Python.
"""

import argparse
import collections
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ROOT, ProgramTest

TORCH = Path(os.environ.get("CODECTRACE_TORCH", ROOT / ".deps/torch/torch")).resolve()
STORED = ROOT / "tests/data/weights"


def reason_to_skip() -> str | None:
    if not (TORCH / "__init__.py").is_file():
        return f"the LibTorch in {TORCH} has no Python part"
    if not list(TORCH.glob(f"_C.{sys.implementation.cache_tag}*.so")):
        return f"the Python part of {TORCH} is for another Python than {sys.implementation.cache_tag}"
    return None


SKIPPED = reason_to_skip()
if SKIPPED is None:
    sys.path.append(str(TORCH.parent))
    import torch
    from safetensors.torch import load_file
    from torch.nn.utils import parametrizations
    from torch.serialization import load


class FileTest(ProgramTest):
    def convert(self, source: Path, name: str, *options: str) -> Path:
        out = self.folder / name
        out.unlink(missing_ok=True)
        self.succeed("checkpoint", "convert", source, out, *options)
        return out

    def assert_same(self, tensors: dict, expected: dict) -> None:
        self.assertEqual(set(tensors), set(expected))
        for key, tensor in expected.items():
            self.assertEqual(tensors[key].dtype, tensor.dtype, key)
            self.assertTrue(torch.equal(tensors[key], tensor), key)


@unittest.skipIf(SKIPPED, SKIPPED)
class WrittenFiles(FileTest):
    def test_hold_what_was_in_the_file_they_were_made_from(self):
        for name in ["kinds_zip.pth", "kinds_legacy.pth", "kinds_protocol4.pth"]:
            with self.subTest(name):
                written = load(self.convert(STORED / name, name), weights_only=True)

                original = load(STORED / name, weights_only=False)  # it refuses protocol 4
                self.assertEqual(list(written), list(original))
                self.assert_same(written, original)

    def test_have_the_references_names(self):
        of_fairseq = load(self.convert(STORED / "fairseq_zip.pt", "a.pth"), weights_only=True)
        of_hugging_face = load(self.convert(STORED / "hugging_face.safetensors", "b.pth"),
                               weights_only=True)

        self.assert_same(of_hugging_face, of_fairseq)

    def test_can_be_mapped(self):
        out = self.convert(STORED / "kinds_zip.pth", "a.pth")

        mapped = load(out, weights_only=True, mmap=True)

        self.assertEqual(mapped["float64"].sum().item(), 15)

    def test_of_safetensors_are_read_by_its_own_library(self):
        out = self.convert(STORED / "kinds_zip.pth", "a.safetensors")

        self.assert_same(load_file(out), load(STORED / "kinds_zip.pth", weights_only=True))


@unittest.skipIf(SKIPPED, SKIPPED)
class FilesOfTorch(FileTest):
    """What torch.save writes here and now, not only what it wrote when the stored files were made."""

    FORMATS = {"zip": {}, "legacy": {"_use_new_zipfile_serialization": False},
               "protocol 4": {"pickle_protocol": 4}}

    def assert_read(self, saved: object, expected: dict) -> None:
        for name, options in self.FORMATS.items():
            with self.subTest(name):
                torch.save(saved, self.folder / f"{name}.pt", **options)

                read = load_file(self.convert(self.folder / f"{name}.pt", f"{name}.safetensors",
                                              "--keep-names"))

                self.assert_same(read, expected)

    def test_of_every_type(self):
        types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
                 torch.int16, torch.int8, torch.uint8, torch.bool]
        state = {str(each): torch.randn(3, 5).mul(9).to(each) for each in types}
        self.assert_read(state, state)

    def test_of_views_however_they_lie_in_their_storage(self):
        whole = torch.arange(24, dtype=torch.float32)
        state = {"whole": whole, "end": whole[5:], "every third": whole[1::3],
                 "transposed": whole.reshape(4, 6).t(), "inner": whole.reshape(2, 3, 4)[:, 1:, ::2],
                 "scalar": torch.tensor(2.5),
                 "empty": torch.empty(0, 3), "half": whole.half()[3:].reshape(7, 3).t()}
        self.assert_read(state, state)

    def test_of_parameters_and_buffers_of_a_module(self):
        module = torch.nn.Sequential(torch.nn.Conv1d(4, 6, 3), torch.nn.BatchNorm1d(6)).bfloat16()
        self.assert_read(module.state_dict(), module.state_dict())
        self.assert_read(dict(module.named_parameters()), dict(module.named_parameters()))

    def test_of_both_parametrisations_of_weight_norm(self):
        def state_with(weight_norm) -> dict:
            conv = weight_norm(torch.nn.Conv1d(4, 6, 3), dim=2)
            return torch.nn.Sequential(conv).state_dict()

        old = state_with(torch.nn.utils.weight_norm)
        new = state_with(parametrizations.weight_norm)
        self.assert_read(old, old)
        self.assert_read(new, new)

        torch.save(new, self.folder / "new.pt")
        renamed = load_file(self.convert(self.folder / "new.pt", "new.safetensors"))
        self.assertEqual(set(renamed), set(old))

    def test_of_trainers_that_save_other_objects_beside_the_weights(self):
        state = collections.OrderedDict({"encoder.weight": torch.randn(2, 3), "bias": torch.randn(2)})
        optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.randn(2)}},
                     "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.98), "params": [0]}]}
        for key in ["model", "state_dict", "model_state_dict"]:
            self.assert_read({"args": argparse.Namespace(lr=[1e-3], path=self.folder), key: state,
                              "optimizer": optimizer, "epoch": 7}, state)


if __name__ == "__main__":
    unittest.main(verbosity=2)
