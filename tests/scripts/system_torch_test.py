"""Another LibTorch than the pinned wheel: chosen by scripts/setup's note, or by CMake's own variable."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def torch_root() -> pathlib.Path:
    """Of the LibTorch that this tree is built with."""
    chosen = SOURCE / ".deps/system-torch"
    return pathlib.Path(chosen.read_text().strip()) if chosen.is_file() else SOURCE / ".deps/torch/torch"


class SystemTorch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="codectrace-system-torch-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def configure(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["cmake", "-S", SOURCE, "-B", self.folder / "build", "-G", "Ninja", "-DCODECTRACE_TESTS=OFF",
             "-DCODECTRACE_BENCH=OFF", *arguments],
            capture_output=True, text=True, timeout=100, check=False)

    def bare_torch(self) -> pathlib.Path:
        """A folder of include/ and lib/ with nothing beside it, as LibTorch's archives are."""
        bare = self.folder / "libtorch"
        bare.mkdir()
        for part in ("include", "lib"):
            os.symlink(torch_root() / part, bare / part)
        return bare

    def test_a_link_to_a_wheel_is_followed_to_what_lies_beside_it(self):
        link = self.folder / "torch"
        os.symlink(torch_root().resolve(), link)

        done = self.configure(f"-DCMAKE_PREFIX_PATH={link}")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"LibTorch    {torch_root().resolve()} ", done.stdout)
        beside = torch_root().resolve().parent / "nvidia"
        if beside.is_dir():
            self.assertIn(f"{beside}/nccl/include", done.stdout)

    def test_without_cuda_beside_it_the_pinned_one_is_linked(self):
        if not any((SOURCE / ".deps" / place / "nvidia").is_dir() for place in ("torch", "cuda")):
            self.skipTest("the pinned CUDA wheels aren't here")
        bare = self.bare_torch()

        done = self.configure(f"-DCODECTRACE_TORCH_ROOT={bare}")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"LibTorch    {bare} ", done.stdout)
        self.assertIn(".deps/", done.stdout.split("CUDA, NCCL")[1])

    def test_setup_refuses_a_folder_without_libtorch_and_changes_nothing(self):
        tree = self.folder / "tree"
        shutil.copytree(SOURCE / "scripts", tree / "scripts")
        (tree / ".deps/venv").mkdir(parents=True)
        shutil.copyfile(tree / "scripts/requirements.txt", tree / ".deps/venv/requirements.txt")

        done = subprocess.run([tree / "scripts/setup", "--system-torch", self.folder], text=True,
                              capture_output=True, timeout=60, check=False)

        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("no LibTorch in", done.stderr)
        self.assertFalse((tree / ".deps/system-torch").exists())

    def test_setup_notes_the_choice_beside_a_wheel_and_takes_it_back(self):
        tree = self.folder / "tree"
        shutil.copytree(SOURCE / "scripts", tree / "scripts")
        for made in (".deps/venv", ".deps/torch/torch", ".deps/torch/nvidia/nccl"):
            (tree / made).mkdir(parents=True)
        shutil.copyfile(tree / "scripts/requirements.txt", tree / ".deps/venv/requirements.txt")
        shutil.copyfile(tree / "scripts/torch-wheels.txt", tree / ".deps/torch/torch-wheels.txt")
        os.makedirs(tree / ".deps/venv/bin")
        os.symlink(sys.executable, tree / ".deps/venv/bin/python")
        bare = self.bare_torch()

        def setup(choice):
            return subprocess.run([tree / "scripts/setup", "--system-torch", choice], text=True,
                                  capture_output=True, timeout=60, check=True).stdout

        self.assertIn(str(bare.resolve()), setup(bare))
        self.assertEqual((tree / ".deps/system-torch").read_text().strip(), str(bare.resolve()))
        self.assertIn("already in .deps/torch", setup("none"))
        self.assertFalse((tree / ".deps/system-torch").exists())


if __name__ == "__main__":
    unittest.main()
