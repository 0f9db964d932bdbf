"""Weight files that the program writes, read by Python's PyTorch.

Skipped without one: `.deps/venv/bin/pip install torch`, or run it by another Python that has it.
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ROOT, ProgramTest

try:
    import torch
    from torch.serialization import load
except ImportError:
    load = None

STORED = ROOT / "tests/data/weights"


@unittest.skipIf(load is None, "no Python torch")
class WrittenFiles(ProgramTest):
    def convert(self, source: Path, *options: str) -> dict:
        out = self.folder / f"{source.stem}.pth"
        self.succeed("checkpoint", "convert", source, out, *options)
        return load(out, weights_only=True)

    def test_hold_what_was_in_the_file_they_were_made_from(self):
        for name in ["kinds_zip.pth", "kinds_legacy.pth", "kinds_protocol4.pth"]:
            with self.subTest(name):
                written = self.convert(STORED / name)

                original = load(STORED / name, weights_only=True)
                self.assertEqual(list(written), list(original))
                for key, tensor in original.items():
                    self.assertEqual(written[key].dtype, tensor.dtype)
                    self.assertTrue(torch.equal(written[key], tensor), key)

    def test_have_the_references_names(self):
        of_fairseq = self.convert(STORED / "fairseq_zip.pt")
        of_hugging_face = self.convert(STORED / "hugging_face.safetensors")

        self.assertEqual(set(of_fairseq), set(of_hugging_face))
        for key, tensor in of_fairseq.items():
            self.assertTrue(torch.equal(of_hugging_face[key], tensor), key)

    def test_can_be_mapped(self):
        out = self.folder / "a.pth"
        self.succeed("checkpoint", "convert", STORED / "kinds_zip.pth", out)

        mapped = load(out, weights_only=True, mmap=True)

        self.assertEqual(mapped["float64"].sum().item(), 15)

    def test_of_safetensors_are_read_by_its_own_library(self):
        try:
            from safetensors.torch import load_file
        except ImportError:
            self.skipTest("no Python safetensors")
        out = self.folder / "a.safetensors"
        self.succeed("checkpoint", "convert", STORED / "kinds_zip.pth", out)

        written = load_file(out)

        for key, tensor in load(STORED / "kinds_zip.pth", weights_only=True).items():
            self.assertTrue(torch.equal(written[key], tensor), key)


if __name__ == "__main__":
    unittest.main()
