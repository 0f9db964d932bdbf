"""Jobs that are interrupted: saved, back in the queue, gone on with, and not for ever."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from program import DONE, INTERRUPTED
from slurm_cluster import ON_BOTH_NODES, SlurmCluster, wait_until
from tiny_pipeline import TinyPipeline
from tiny_set import write_training_job

MPIRUN = ["--launcher", "mpirun"]
EPOCHS = 30  # of 4 steps: long enough to be interrupted on any machine, and soon over
ENDLESS = 1_000_000
GRACE_S = 52  # of the shortest time limit, a minute; Slurm looks every half minute
WARNED_WITHIN_S = 100


def setUpModule():
    global cluster, made
    cluster = SlurmCluster()
    made = TinyPipeline().train()


class Interrupted(unittest.TestCase):
    def submit(self, epochs: int, *options: object) -> str:
        """Starts a training on both nodes, with a checkpoint now and then."""
        self.out = cluster.folder / self.id().split(".")[-1]
        job = write_training_job(cluster.folder / f"{self.out.name}.toml", made.set, made.corpus,
                                 f"epochs = {epochs}\n[checkpoint]\nevery_steps = 50")
        return cluster.submit("train", "--config", job, "--out", self.out,
                              *ON_BOTH_NODES, *options)[0]

    def wait_for_a_checkpoint(self) -> None:
        wait_until((self.out / "latest").exists, 60, f"{self.out} has a checkpoint")

    def step(self) -> int:
        return json.loads((self.out / "latest/state.json").read_text())["step"]

    def events(self) -> list[tuple[str, int]]:
        lines = Path(f"{self.out}.jobs.jsonl").read_text().splitlines()
        return [(line["event"], line["code"]) for line in map(json.loads, lines)]

    def log(self) -> str:
        return "".join(path.read_text()
                       for path in (cluster.folder / "slurm-logs").glob(f"*{self.out.name}*"))

    def steps(self) -> list[int]:
        lines = map(json.loads, (self.out / "metrics.jsonl").read_text().splitlines())
        return [line["step"] for line in lines if line["kind"] == "train"]

    def go_on_after_a_signal(self, *options: object) -> None:
        job = self.submit(EPOCHS, *options)
        self.wait_for_a_checkpoint()
        running = cluster.status(self.out)
        cluster.run("scancel", "--batch", "--signal=USR1", job)
        cluster.wait_for_requeue(job, restarts=1)
        stopped_at = self.step()
        queued = cluster.status(self.out)
        cluster.start_soon(job)

        ended = cluster.wait_for_end(job)

        self.assertEqual((ended["JobState"], ended["Restarts"]), ("COMPLETED", "1"), self.log())
        self.assertLess(stopped_at, self.step())
        self.assertEqual(self.events(), [("submitted", 0), ("started", 0),
                                         ("requeued", INTERRUPTED), ("started", 0),
                                         ("ended", DONE)])
        self.assertIn("going on from", self.log())
        self.assertEqual(self.steps(), list(range(1, 4 * EPOCHS + 1)))
        self.assertEqual((running["state"], running["job"], running["total"]),
                         ("running", job, 4 * EPOCHS))
        self.assertRegex(running["worker"], r"process \d+ on n1")
        self.assertEqual((queued["state"], queued["requeues"], queued["done"]),
                         ("queued", 1, stopped_at))
        self.assertEqual(cluster.status(self.out)["state"], "finished")

    def test_by_a_signal_goes_on_where_it_was_and_ends(self):
        self.go_on_after_a_signal()

    def test_of_mpirun_by_a_signal_goes_on_where_it_was_and_ends(self):
        self.go_on_after_a_signal(*MPIRUN)

    def test_of_a_run_begun_from_another_goes_on_from_its_own_checkpoint(self):
        begun_at = json.loads((made.run / "latest/state.json").read_text())["step"]
        job = self.submit(EPOCHS, "--resume", made.run)
        self.wait_for_a_checkpoint()
        cluster.run("scancel", "--batch", "--signal=USR1", job)
        cluster.wait_for_requeue(job, restarts=1)
        stopped_at = self.step()
        cluster.start_soon(job)

        ended = cluster.wait_for_end(job)

        self.assertEqual(ended["JobState"], "COMPLETED", self.log())
        self.assertLess(begun_at, stopped_at)
        self.assertRegex(self.log(), rf"going on from {made.run}/.*\n(.*\n)*"
                                     rf".*going on from {self.out}/checkpoints/step-0*{stopped_at}\n")
        self.assertEqual(self.steps(), list(range(begun_at + 1, 4 * EPOCHS + 1)))

    def test_by_its_time_limit_again_and_again_is_left_after_the_last_requeue(self):
        self.run_into_the_time_limit()

    def test_of_mpirun_by_its_time_limit_again_and_again_is_left_after_the_last_requeue(self):
        self.run_into_the_time_limit(*MPIRUN)

    def run_into_the_time_limit(self, *options: object) -> None:
        job = self.submit(ENDLESS, *options, "--time", "00:01:00", "--grace", GRACE_S, "--max-requeues", 1)
        cluster.wait_for_requeue(job, restarts=1, within_s=WARNED_WITHIN_S)
        stopped_at = self.step()
        cluster.start_soon(job)

        ended = cluster.wait_for_end(job, within_s=WARNED_WITHIN_S)

        self.assertEqual((ended["JobState"], ended["Restarts"], ended["ExitCode"]),
                         ("FAILED", "1", f"{INTERRUPTED}:0"), self.log())
        self.assertIn("--max-requeues: submit it again to go on", self.log())
        self.assert_it_went_on_from(stopped_at)
        self.assertEqual(self.events(), [("submitted", 0), ("started", 0),
                                         ("requeued", INTERRUPTED), ("started", 0),
                                         ("ended", INTERRUPTED)])
        status = cluster.status(self.out)
        self.assertEqual((status["state"], status["exit_code"], status["requeues"]),
                         ("interrupted", INTERRUPTED, 1))

    def assert_it_went_on_from(self, stopped_at: int) -> None:
        self.assertRegex(self.log(), rf"stopped on request after step {stopped_at} (.*\n)+"
                                     rf".*going on from {self.out}/checkpoints/step-0*{stopped_at}\n")
        self.assertLess(stopped_at, self.step())

    def test_by_preemption_goes_on_where_it_was(self):
        self.make_way_and_go_on()

    def test_of_mpirun_by_preemption_goes_on_where_it_was(self):
        self.make_way_and_go_on(*MPIRUN)

    def make_way_and_go_on(self, *options: object) -> None:
        job = self.submit(ENDLESS, *options)
        self.wait_for_a_checkpoint()

        urgent = cluster.run("sbatch", "--parsable", "--partition=urgent", "--nodes=2",
                             "--exclusive", f"--output={cluster.folder}/urgent.out", "--wrap=true")

        self.assertEqual(urgent.code, DONE, urgent)
        cluster.wait_for_requeue(job, restarts=1)
        stopped_at = self.step()
        cluster.wait_for_end(urgent.out.strip())
        cluster.start_soon(job)
        wait_until(lambda: self.step() > stopped_at, 60, f"job {job} goes on: {self.log()}")
        cluster.run("scancel", job)
        cluster.wait_for_end(job)
        self.assert_it_went_on_from(stopped_at)
        self.assertEqual(self.events()[:4], [("submitted", 0), ("started", 0),
                                             ("requeued", INTERRUPTED), ("started", 0)])

    def test_by_scancel_is_saved_and_not_requeued(self):
        self.cancel()

    def test_of_mpirun_by_scancel_is_saved_and_not_requeued(self):
        self.cancel(*MPIRUN)

    def cancel(self, *options: object) -> None:
        job = self.submit(ENDLESS, *options)
        self.wait_for_a_checkpoint()

        cluster.run("scancel", job)

        ended = cluster.wait_for_end(job)
        self.assertEqual((ended["JobState"], ended["Restarts"]), ("CANCELLED", "0"), self.log())
        wait_until(lambda: "stopped on request" in self.log(), 30, "its state is saved")
        wait_until(lambda: cluster.status(self.out)["state"] != "running", 30, "the job is ended")
        self.assertEqual(cluster.status(self.out)["state"], "interrupted", self.events())


if __name__ == "__main__":
    unittest.main()
