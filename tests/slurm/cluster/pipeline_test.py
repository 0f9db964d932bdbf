"""The whole road through Slurm on two nodes: one submit, three jobs, and what they leave."""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from program import BAD_DATA, DONE, USAGE, codectrace
from slurm_cluster import ON_BOTH_NODES, SlurmCluster
from tiny_set import TAXONOMY, write_tiny_set, write_training_job

LISTS = ["test", "dev"]


def setUpModule():
    global cluster, road
    cluster = SlurmCluster()
    road = Road()


class Road:
    """Every stage as a job; evaluation as an array of one task a list."""

    def __init__(self) -> None:
        self.set = write_tiny_set(cluster.folder / "set")
        self.corpus, self.run = cluster.folder / "corpus", cluster.folder / "run"
        self.results = cluster.folder / "results"
        self.job = write_training_job(cluster.folder / "job.toml", self.set, self.corpus)
        self.pipeline = self.write_pipeline("pipeline", self.set.audio, self.corpus, self.run)
        self.jobs = cluster.submit("pipeline", "--config", self.pipeline, *ON_BOTH_NODES)
        self.waiting = cluster.status(self.results / "test")
        for job in self.jobs:
            cluster.wait_for_end(job)

    def write_pipeline(self, name: str, audio: Path, corpus: Path, run: Path) -> Path:
        path = cluster.folder / f"{name}.toml"
        lists = [str(self.set.lists / f"{name}.txt") for name in LISTS]
        path.write_text(f"""
[preprocess]
audio = ["{audio}"]
set = ["taxonomy={TAXONOMY}", "shard.utterances=8"]
out = ["{corpus}"]
[train]
config = ["{self.job}"]
out = ["{run}"]
[evaluate]
corpus = ["{corpus}"]
protocol = {json.dumps(lists)}
set = ["metrics.bootstrap_replicates=10"]
out = ["{self.results}"]
""")
        return path


def log_of(job: str) -> str:
    return "".join(path.read_text() for path in (cluster.folder / "slurm-logs").glob(f"*-{job}*"))


class Pipeline(unittest.TestCase):
    def test_of_three_jobs_ends_well_on_both_nodes(self):
        for number in road.jobs:
            for task in cluster.tasks(number):
                self.assertEqual((task["JobState"], task["Restarts"], task["NodeList"]),
                                 ("COMPLETED", "0", "n[1-2]"), log_of(number))
        self.assertEqual([len(cluster.tasks(number)) for number in road.jobs], [1, 1, len(LISTS)])

    def test_trains_on_as_many_ranks_as_it_asked_for(self):
        state = json.loads((road.run / "latest/state.json").read_text())

        self.assertEqual((state["ranks"], state["finished"]), (2, True))

    def test_gives_the_corpus_and_the_scores_of_one_process(self):
        corpus, results = cluster.folder / "corpus-1", cluster.folder / "results-1"
        alone = [codectrace("preprocess", "--audio", road.set.audio, "--taxonomy", TAXONOMY,
                            "--set", "shard.utterances=8", "--out", corpus),
                 codectrace("evaluate", "--checkpoint", road.run, "--corpus", road.corpus,
                            "--protocol", road.set.lists / "test.txt",
                            "--set", "metrics.bootstrap_replicates=10", "--out", results)]
        self.assertEqual([outcome.code for outcome in alone], [DONE, DONE], alone)

        shards = sorted(path.name for path in corpus.glob("shard-*.h5"))
        self.assertGreater(len(shards), 2)
        for name in shards:
            self.assertEqual((road.corpus / name).read_bytes(), (corpus / name).read_bytes(), name)
        for name in ["scores.tsv", "results.csv"]:
            self.assertEqual((road.results / "test" / name).read_bytes(),
                             (results / name).read_bytes(), name)

    def test_has_a_result_for_each_list_of_the_array(self):
        for name in LISTS:
            listed = len((road.set.lists / f"{name}.txt").read_text().splitlines())
            counts = json.loads((road.results / name / "results.json").read_text())["counts"]
            self.assertEqual((counts["listed"], counts["scored"]), (listed, listed), name)


class Mpirun(unittest.TestCase):
    def test_starts_the_ranks_where_it_is_asked_for(self):
        corpus = cluster.folder / "corpus-mpirun"
        config = cluster.folder / "preprocess.toml"
        config.write_text(f'taxonomy = "{TAXONOMY}"\nshard.utterances = 8\n')

        number = cluster.submit("preprocess", "--config", config, "--audio", road.set.audio,
                                "--out", corpus, *ON_BOTH_NODES, "--launcher", "mpirun")[0]

        self.assertEqual(cluster.wait_for_end(number)["JobState"], "COMPLETED", log_of(number))
        for path in road.corpus.glob("shard-*.h5"):
            self.assertEqual(path.read_bytes(), (corpus / path.name).read_bytes(), path.name)


class Status(unittest.TestCase):
    def test_of_a_job_that_waits_for_others_is_queued(self):
        self.assertEqual((road.waiting["state"], road.waiting["job"]), ("queued", road.jobs[2]))

    def test_of_every_stage_tells_its_job_and_its_end(self):
        folders = {"preprocess": road.corpus, "train": road.run,
                   "evaluate": road.results / "dev"}
        for stage, folder in folders.items():
            with self.subTest(stage):
                status = cluster.status(folder)

                self.assertEqual((status["stage"], status["state"], status["exit_code"]),
                                 (stage, "finished", 0))
                self.assertEqual((status["nodes"], status["requeues"]), ("n[1-2]", 0))

    def test_for_people_has_the_same(self):
        said = cluster.codectrace("status", road.run).out

        self.assertRegex(said, rf"run: train finished\n +job +{road.jobs[1]} on n\[1-2\]")
        self.assertRegex(said, r"done +8 of 8 steps|done +\d+ of \d+ steps")


class DryRun(unittest.TestCase):
    def test_prints_the_script_and_submits_nothing(self):
        before, out = cluster.jobs_known(), cluster.folder / "dry"
        command = ["submit", "train", "--config", road.job, "--out", out, *ON_BOTH_NODES,
                   "--dry-run"]

        shown = cluster.codectrace(*command)
        listed = json.loads(cluster.codectrace(*command, "--json").out)["jobs"][0]

        self.assertEqual(shown.code, DONE, shown)
        self.assertIn("#SBATCH --nodes=2\n", shown.out)
        self.assertEqual((listed["script"], listed["job"]), (shown.out, None))
        self.assertEqual(cluster.jobs_known(), before)
        self.assertFalse(Path(f"{out}.jobs.jsonl").exists())

    def test_prints_what_sbatch_takes(self):
        script = cluster.folder / "dry.sbatch"
        script.write_text(cluster.codectrace("submit", "train", "--config", road.job, "--out",
                                             cluster.folder / "dry", *ON_BOTH_NODES,
                                             "--dry-run").out)

        outcome = cluster.run("sbatch", "--test-only", script)

        self.assertEqual(outcome.code, 0, outcome)


class Refusal(unittest.TestCase):
    def refused(self, *arguments: object, says: list[str]) -> None:
        before, out = cluster.jobs_known(), cluster.folder / "refused"

        outcome = cluster.codectrace("submit", *arguments, "--out", out)

        self.assertEqual(outcome.code, USAGE, outcome)
        for text in says:
            self.assertIn(text, outcome.err)
        self.assertEqual(cluster.jobs_known(), before)
        self.assertFalse(Path(f"{out}.jobs.jsonl").exists())

    def test_of_a_faulty_config_comes_before_the_queue(self):
        self.refused("train", "--config", road.job, "--set", "train.epochz=1", *ON_BOTH_NODES,
                     says=["train.epochz", "epochs?"])
        self.refused("train", "--config", road.job, "--set", "train.batch_size=1", *ON_BOTH_NODES,
                     says=["train.batch_size is 1", "2 ranks"])

    def test_by_sbatch_is_told_in_its_words(self):
        self.refused("train", "--config", road.job, *ON_BOTH_NODES, "--partition", "nowhere",
                     says=["sbatch refuses the job", "partition"])


class Fault(unittest.TestCase):
    def test_of_a_jobs_own_is_not_repeated_and_keeps_others_from_starting(self):
        audio = cluster.folder / "broken-audio"
        audio.mkdir()
        for path in road.set.audio.iterdir():
            os.link(path, audio / path.name)
        broken = audio / "p001_004.wav"
        broken.unlink()
        broken.write_bytes(b"")
        corpus, run = cluster.folder / "broken-corpus", cluster.folder / "broken-run"
        pipeline = road.write_pipeline("broken", audio, corpus, run)

        jobs = cluster.submit("pipeline", "--config", pipeline, *ON_BOTH_NODES,
                              "--set", "evaluate.out=[]")

        job = cluster.wait_for_end(jobs[0])
        self.assertEqual((job["JobState"], job["Restarts"], job["ExitCode"]),
                         ("FAILED", "0", f"{BAD_DATA}:0"))
        self.assertIn("policy.empty", log_of(jobs[0]))
        status = cluster.status(corpus)
        self.assertEqual((status["state"], status["exit_code"]), ("failed", BAD_DATA))
        self.assertEqual(cluster.wait_for_end(jobs[1])["JobState"], "CANCELLED")
        self.assertFalse(run.exists())


if __name__ == "__main__":
    unittest.main()
