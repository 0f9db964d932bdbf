#!/usr/bin/env python3
"""Step time of data-parallel training on 1 to 1024 ranks, by the model of docs/scaling.md.

    bench/scaling_model.py --forward-s 0.10 --backward-s 0.20 --optimizer-s 0.01 --gradient-mb 1273 --link-gbit 200

Every number that goes in is yours: measure forward, backward and optimiser on one rank (metrics.jsonl has them), and the
link with your MPI's or NCCL's own test. Time of one rank's share of the batch stays the same: the global batch grows.
"""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    forward_s: float
    backward_s: float
    optimizer_s: float
    gradient_bytes: float
    first_bucket_bytes: float = 1 << 20
    bucket_bytes: float = 25 << 20


@dataclass(frozen=True)
class Link:
    bytes_per_s: float  # of one rank, each way
    latency_s: float


def all_reduce_s(count: float, ranks: int, link: Link) -> float:
    """A ring: each rank sends 2 (n - 1) / n of the bytes, in 2 (n - 1) messages."""
    if ranks == 1:
        return 0.0
    return 2 * (ranks - 1) / ranks * count / link.bytes_per_s + 2 * (ranks - 1) * link.latency_s


def buckets_of(job: Job) -> list[float]:
    """Bytes of each, in the order that backward fills them."""
    sizes = [min(job.first_bucket_bytes, job.gradient_bytes)]
    rest = job.gradient_bytes - sizes[0]
    while rest > 0:
        sizes.append(min(job.bucket_bytes, rest))
        rest -= sizes[-1]
    return sizes


def step(job: Job, ranks: int, link: Link) -> tuple[float, float]:
    """Seconds of a step, and the seconds of it in which a rank waits for gradients.

    Gradients come evenly over backward, in bytes; a bucket is sent when it is full and the one before has been.
    """
    filled = free = 0.0
    for size in buckets_of(job):
        filled += size / job.gradient_bytes * job.backward_s
        free = max(free, filled) + all_reduce_s(size, ranks, link)
    exposed = max(0.0, free - job.backward_s) if ranks > 1 else 0.0
    return job.forward_s + job.backward_s + exposed + job.optimizer_s, exposed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("forward-s", "backward-s", "optimizer-s", "gradient-mb", "link-gbit"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--latency-us", type=float, default=20, help="of one message of the ring (20)")
    parser.add_argument("--ranks", type=int, nargs="*", default=[2**k for k in range(11)])
    args = parser.parse_args()
    job = Job(args.forward_s, args.backward_s, args.optimizer_s, args.gradient_mb * 1e6)
    link = Link(args.link_gbit * 1e9 / 8, args.latency_us * 1e-6)
    alone, _ = step(job, 1, link)
    print(f"{'ranks':>5}  {'step s':>8}  {'waits s':>8}  {'efficiency':>10}")
    for ranks in args.ranks:
        whole, exposed = step(job, ranks, link)
        print(f"{ranks:>5}  {whole:>8.3f}  {exposed:>8.3f}  {alone / whole:>9.1%}")


if __name__ == "__main__":
    main()
