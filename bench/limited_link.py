#!/usr/bin/env python3
"""Trains on two ranks over a link of limited speed, beside what bench/scaling_model.py says.

    sudo bench/limited_link.py --config configs/train/demo.toml --set data.corpus=demo/shards/cors \
        --set data.lists=demo/corpus/protocols/training

The ranks run in a network namespace whose loopback interface is slowed down by tc, and are made to talk TCP over it. One
interface carries both ways, so each rank has half of its rate. Needs root, ip and tc; changes nothing outside the
namespace. The model's forward, backward and optimiser times are those measured without a limit, in the same call.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scaling_model

NAMESPACE = "codectrace-link"
RANKS = 2


def command(*words: object, **options) -> str:
    return subprocess.run([str(word) for word in words], check=True, text=True, capture_output=True, **options).stdout


def limit(mbit: int | None) -> None:
    subprocess.run(["ip", "netns", "exec", NAMESPACE, "tc", "qdisc", "del", "dev", "lo", "root"], capture_output=True)
    if mbit:
        command("ip", "netns", "exec", NAMESPACE, "tc", "qdisc", "add", "dev", "lo", "root", "tbf",
                "rate", f"{mbit}mbit", "burst", max(128_000, mbit * 125), "latency", "100ms")  # of a millisecond


def train(args: argparse.Namespace, out: Path) -> dict[str, float]:
    """Medians over the log's lines but the first, which warms up."""
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMP_NUM_THREADS": "1"}
    settings = [f"train.max_steps={args.steps}", "log.every_steps=5", "data.dev_lists=[]", *args.set]
    command("ip", "netns", "exec", NAMESPACE, "mpirun", "-n", RANKS, "--bind-to", "none", "--oversubscribe",
            "--mca", "pml", "ob1", "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo",
            args.program, "train", "--config", args.config, "--out", out,
            *(word for setting in settings for word in ("--set", setting)), env=environment)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["kind"] == "train"][1:]
    names = ("step_s", "forward_s", "backward_s", "optimizer_s", "communication_s", "hidden_communication_share")
    return {name: statistics.median(line.get(name, 0) for line in lines) for name in names}


def gradient_bytes(out: Path) -> int:
    """Of float32 weights: as many as the first moments have."""
    file = next((out / "latest").glob("optimizer.safetensors"))
    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    return sum(end - begin for name, entry in header.items() if name.endswith(".exp_avg")
               for begin, end in [entry["data_offsets"]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/codectrace")
    parser.add_argument("--config", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--norm-sums", type=int, nargs=2, default=scaling_model.Job.norm_sums,
                        metavar=("FORWARD", "BACKWARD"), help="as bench/scaling_model.py")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--mbit", type=int, nargs="*", default=[1000, 400, 200, 100])
    args = parser.parse_args()
    command("ip", "netns", "add", NAMESPACE)
    try:
        command("ip", "netns", "exec", NAMESPACE, "ip", "link", "set", "lo", "up")
        with tempfile.TemporaryDirectory() as folder:
            free = train(args, Path(folder) / "free")
            size = gradient_bytes(Path(folder) / "free")
            job = scaling_model.Job(free["forward_s"], free["backward_s"], free["optimizer_s"], size,
                                    norm_sums=tuple(args.norm_sums))
            print(f"{size / 1e6:.1f} MB of gradients; without a limit a step takes {free['step_s']:.3f} s: "
                  f"forward {job.forward_s:.3f}, backward {job.backward_s:.3f}, optimiser {job.optimizer_s:.3f}, "
                  f"waits {free['communication_s']:.3f}")
            print(f"{'Mbit/s':>6}  {'step s':>7}  {'model':>7}  {'waits s':>7}  {'model':>7}  {'hidden':>6}")
            for mbit in args.mbit:
                limit(mbit)
                found = train(args, Path(folder) / str(mbit))
                link = scaling_model.Link(mbit * 1e6 / 8 / 2, 50e-6, 50e-6)
                step = scaling_model.step(job, RANKS, link)
                print(f"{mbit:>6}  {found['step_s']:>7.3f}  {step.whole_s:>7.3f}  {found['communication_s']:>7.3f}  "
                      f"{step.norms_s + step.waits_s:>7.3f}  {found['hidden_communication_share']:>6.2f}",
                      flush=True)
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)


if __name__ == "__main__":
    main()
