"""codectrace submit where there is no Slurm: what a job of it would start, at its first turn and later.

The script is run as it is; the tools of Slurm that it calls are stood in for, and note what they are called with.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import BAD_DATA, DONE, ROOT, USAGE, ProgramTest
from tiny_pipeline import TinyPipeline

STAND_INS = {"srun": 'printf "%s\\n" "$@" >"$STARTED"', "squeue": "echo RUNNING", "scontrol": "false"}


def setUpModule() -> None:
    global made
    made = TinyPipeline().train()


class Resume(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "run"
        for name, line in STAND_INS.items():
            tool = self.folder / "bin" / name
            tool.parent.mkdir(exist_ok=True)
            tool.write_text(f"#!/bin/sh\n{line}\n")
            tool.chmod(0o755)

    def submission(self, *arguments: object) -> list[object]:
        return ["submit", "train", "--config", made.job, "--cpus-per-rank", 1, "--template",
                ROOT / "slurm/templates/job.sbatch", "--dry-run", *arguments]

    def started(self, *arguments: object, restarts: int = 0, task: int | None = None) -> list[str]:
        """@returns what the ranks are given after "train", when the job has been requeued so often"""
        script = self.succeed(*self.submission(*arguments)).out
        words = self.folder / "started"
        variables = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "STARTED": str(words),
                     "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n1"}
        if restarts:
            variables["SLURM_RESTART_COUNT"] = str(restarts)
        if task is not None:
            variables["SLURM_ARRAY_TASK_ID"] = str(task)
        done = subprocess.run(["bash"], input=script, text=True, capture_output=True, timeout=30,
                              cwd=self.folder, env=os.environ | variables)
        self.assertEqual(done.returncode, DONE, done)
        given = words.read_text().splitlines()
        return given[given.index("train") + 1:]

    def resumed(self, *arguments: object, **turn) -> str | None:
        words = self.started("--out", self.out, *arguments, **turn)
        return words[words.index("--resume") + 1] if "--resume" in words else None

    def test_is_left_to_the_program_if_nothing_is_said(self):
        self.assertEqual(self.started("--out", self.out),
                         ["--config", str(made.job), "--out", str(self.out)])
        self.assertEqual(self.resumed("--resume", "auto"), "auto")

    def test_never_holds_for_the_first_turn_alone(self):
        self.assertEqual([self.resumed("--resume", "never", restarts=n) for n in (0, 1, 2)],
                         ["never", None, None])

    def test_of_a_checkpoint_names_it_each_time_since_the_run_knows_when_it_has_gone_on(self):
        odd = self.folder / "it's $HOME; a run"
        odd.symlink_to(made.run)

        self.assertEqual([self.resumed("--resume", odd, restarts=n) for n in (0, 1)], [str(odd)] * 2)

    def test_may_be_each_tasks_own(self):
        options = [word for name in ("a", "b") for word in ("--out", self.folder / name)]

        for task, named in enumerate([made.run, made.checkpoint]):
            words = self.started("--resume", made.run, "--resume", made.checkpoint, *options, task=task)
            self.assertEqual(words[words.index("--resume") + 1], str(named))

    def test_is_a_key_of_a_pipelines_file_too(self):
        pipeline = self.folder / "pipeline.toml"
        pipeline.write_text(f'''[train]\nconfig = ["{made.job}"]\nresume = ["{made.run}"]\n'''
                            f'''out = ["{self.out}"]\n''')
        jobs = json.loads(self.succeed("submit", "pipeline", "--config", pipeline, "--template",
                                       ROOT / "slurm/templates/job.sbatch", "--dry-run", "--json").out)

        self.assertIn(f"--resume {made.run} ", jobs["jobs"][0]["script"])

    def test_that_the_run_would_refuse_is_refused_before_the_queue(self):
        refusals = [
            (USAGE, ["--resume", "never", "--out", made.run], ["already has checkpoints"]),
            (BAD_DATA, ["--resume", self.folder / "nowhere", "--out", self.out], ["nowhere", "state.json"]),
            (USAGE, ["--resume", made.run, "--set", "model.encoder.ffn_dim=48", "--out", self.out],
             ["another model", "model.encoder.ffn_dim"]),
            (USAGE, ["--set", "train.seed=3", "--out", made.run], ["another config", "train.seed is 3"])]
        for code, options, says in refusals:
            with self.subTest(options):
                self.refuse(code, *self.submission(*options), says=says)


if __name__ == "__main__":
    unittest.main()
