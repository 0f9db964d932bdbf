"""The program on a GPU beside the program on the CPU."""

import csv
import json
import sys
import unittest
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import ENVIRONMENT, MPIRUN, ProgramTest, codectrace, command_line, run_command
from tiny_pipeline import TinyPipeline
from tiny_set import NO_DROPOUT, TINY_MODEL, TINY_SAST_NET, write_training_job

ON_GPU = ["--set", "train.device=cuda"]
EXACT = ["--set", "train.deterministic=true"]
SAST_NET_NO_DROPOUT = NO_DROPOUT + [
    word for key in ["embedding_dropout", "activation_dropout", "residual_dropout"]
    for word in ["--set", f"model.fusion.{key}=0"]]


def setUpModule():
    global made, jobs
    made = TinyPipeline().train()
    jobs = {"w2v2": (write_training_job(made.folder / "w2v2.toml", made.set, made.corpus,
                                        "epochs = 3", TINY_MODEL), NO_DROPOUT),
            "sast": (write_training_job(made.folder / "sast.toml", made.set, made.corpus,
                                        "epochs = 3", TINY_SAST_NET, crop="start"),
                     SAST_NET_NO_DROPOUT)}


def losses_of(run: Path) -> list[float]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line["loss"] for line in lines if line["kind"] == "train"]


def logits_of(results: Path) -> dict[str, list[float]]:
    with open(results / "scores.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["id"]: [float(value) for name, value in row.items() if name.startswith("logit_")]
            for row in rows}


class OnAGpu(ProgramTest):
    def train(self, name: str, job: Path, *more: object, launch: list[object] = ()) -> Path:
        run = self.folder / name
        self.succeed(*launch, "train", "--config", job, "--out", run, *more)
        return run

    def assert_near(self, found: dict, expected: dict, delta: float) -> None:
        self.assertEqual(found.keys(), expected.keys())
        for name, logits in expected.items():
            for one, other in zip(found[name], logits, strict=True):
                self.assertAlmostEqual(one, other, delta=delta, msg=name)


class Training(OnAGpu):
    def test_begins_with_the_cpus_loss_and_learns_alike(self):
        for name, (job, no_dropout) in jobs.items():
            with self.subTest(name):
                cpu = losses_of(self.train(f"{name}-cpu", job, *no_dropout))
                gpu = losses_of(self.train(f"{name}-gpu", job, *no_dropout, *ON_GPU))

                self.assertEqual(len(gpu), len(cpu))
                self.assertAlmostEqual(gpu[0], cpu[0], delta=1e-4)
                for one, other in zip(gpu, cpu):  # Adam's first steps amplify rounding
                    self.assertAlmostEqual(one, other, delta=0.1)

    def test_takes_nccl_for_a_single_rank(self):
        job, _ = jobs["w2v2"]
        plain = self.train("plain", job, *ON_GPU, *EXACT)
        reduced = self.train("nccl", job, *ON_GPU, *EXACT, launch=["--comm", "nccl"])

        self.assertEqual(losses_of(reduced), losses_of(plain))

    def test_stopped_and_gone_on_with_ends_with_the_same_weights(self):
        job, _ = jobs["w2v2"]
        whole = self.train("whole", job, *ON_GPU, *EXACT)
        parts = self.folder / "parts"
        self.train("parts", job, *ON_GPU, *EXACT, "--set", "train.max_steps=5")
        self.train("parts", job, *ON_GPU, *EXACT, "--resume", parts / "latest")

        weights = "latest/weights.safetensors"
        self.assertEqual((parts / weights).read_bytes(), (whole / weights).read_bytes())

    def test_in_shorter_precisions_comes_to_about_the_same(self):
        job, no_dropout = jobs["w2v2"]
        full = losses_of(self.train("fp32", job, *no_dropout, *ON_GPU))
        for precision in ["tf32", "bf16"]:
            short = losses_of(self.train(precision, job, *no_dropout, *ON_GPU,
                                         "--set", f"train.precision={precision}"))
            self.assertAlmostEqual(short[0], full[0], delta=0.02)
            self.assertAlmostEqual(mean(short), mean(full), delta=0.1)  # Adam makes runs part

    def test_of_more_ranks_than_gpus_says_so(self):
        outcome = run_command([*MPIRUN, "-n", "17", *command_line("--comm", "nccl", "train",
                               "--config", jobs["w2v2"][0], "--out", self.folder / "run")])

        self.assertEqual(outcome.code, ENVIRONMENT, outcome)
        self.assertIn("17 ranks on a machine with", outcome.err)
        self.assertFalse((self.folder / "run").exists())


class Evaluation(OnAGpu):
    def evaluate(self, name: str, device: str, *more: object, run: Path | None = None,
                 ranks: int = 1) -> dict[str, list[float]]:
        out = self.folder / name
        given = {} if run is None else {"checkpoint": run}
        self.succeed(*made.evaluate_arguments(out, **given), "--set", f"device={device}", *more,
                     ranks=ranks)
        return logits_of(out)

    def test_gives_the_cpus_logits_on_one_rank_and_two(self):
        for name, (job, _) in jobs.items():
            with self.subTest(name):
                run = self.train(f"{name}-run", job)
                cpu = self.evaluate(f"{name}-cpu", "cpu", run=run)

                self.assert_near(self.evaluate(f"{name}-one", "cuda", run=run), cpu, 5e-5)
                self.assert_near(self.evaluate(f"{name}-two", "cuda", run=run, ranks=2), cpu, 5e-5)

    def test_of_features_made_on_the_gpu_gives_the_cpus_logits(self):
        job, _ = jobs["sast"]
        run = self.train("run", job)
        computed = self.evaluate("computed", "cpu", run=run)
        self.succeed("preprocess", "features", "--corpus", made.corpus, "--checkpoint", run)

        kept = self.evaluate("kept", "cuda", "--set", "cached_features=require", run=run)

        self.assert_near(kept, computed, 1e-3)  # float16

    def test_of_single_files_says_the_same(self):
        file = next(iter(sorted(made.set.audio.iterdir())))
        said = [json.loads(codectrace("score", file, "--checkpoint", made.run, "--format", "json",
                                      "--device", device).out) for device in ["cpu", "cuda"]]
        cpu, gpu = map(leaves, said)
        self.assertGreater(len(cpu), 4)
        for one, other in zip(gpu, cpu, strict=True):
            self.assertAlmostEqual(one, other, delta=1e-3)


def leaves(value: object) -> list[float]:
    """All numbers in a JSON document, in order."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


if __name__ == "__main__":
    unittest.main()
