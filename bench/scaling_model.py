#!/usr/bin/env python3
"""Step time of data-parallel training on 1 to 1024 ranks, by the model of docs/scaling.md.

    bench/scaling_model.py --forward-s 0.034 --backward-s 0.075 --optimizer-s 0.002 --gradient-mb 1273 --link-gbit 400

Every number that goes in is yours: measure forward, backward and optimiser on one rank (metrics.jsonl has them; with
train.micro_batches those of all of them together, so divide), and the link with your MPI's or NCCL's own test. Time of
one rank's share of the batch stays the same: the global batch grows.
"""

import argparse
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    forward_s: float  # of one micro-batch
    backward_s: float
    optimizer_s: float
    gradient_bytes: float
    micro_batches: int = 1
    norm_sums: tuple[int, int] = (38, 33)  # in forward and backward, of W2V2-AASIST M1
    first_bucket_bytes: float = 1 << 20
    bucket_bytes: float = 25 << 20


@dataclass(frozen=True)
class Link:
    bytes_per_s: float  # of one rank, each way
    latency_s: float  # of one message of the ring
    sum_latency_s: float = 0.0  # of one message of a sum of a few kilobytes


@dataclass(frozen=True)
class Step:
    whole_s: float
    norms_s: float  # of it, in which a rank waits for batch norm's sums
    waits_s: float  # and after backward for gradients


def all_reduce_s(count: float, ranks: int, link: Link) -> float:
    """A ring: each rank sends 2 (n - 1) / n of the bytes, in 2 (n - 1) messages."""
    if ranks == 1:
        return 0.0
    return 2 * (ranks - 1) / ranks * count / link.bytes_per_s + 2 * (ranks - 1) * link.latency_s


def small_sum_s(ranks: int, link: Link) -> float:
    """A tree, up and down: nothing but latency."""
    return 2 * math.ceil(math.log2(ranks)) * link.sum_latency_s


def buckets_of(job: Job) -> list[float]:
    """Bytes of each, in the order that backward fills them."""
    sizes = [min(job.first_bucket_bytes, job.gradient_bytes)]
    rest = job.gradient_bytes - sizes[0]
    while rest > 0:
        sizes.append(min(job.bucket_bytes, rest))
        rest -= sizes[-1]
    return sizes


def step(job: Job, ranks: int, link: Link) -> Step:
    """Gradients come evenly over the last micro-batch's backward, in bytes; a bucket is sent when it is full and the one
    before has been. Nobody computes while batch norm's sums are under way.
    """
    in_forward, in_backward = (count * small_sum_s(ranks, link) for count in job.norm_sums)
    backward_s = job.backward_s + in_backward
    filled = free = 0.0
    for size in buckets_of(job):
        filled += size / job.gradient_bytes * backward_s
        free = max(free, filled) + all_reduce_s(size, ranks, link)
    waits_s = max(0.0, free - backward_s) if ranks > 1 else 0.0
    norms_s = job.micro_batches * (in_forward + in_backward)
    computing_s = job.micro_batches * (job.forward_s + job.backward_s) + job.optimizer_s
    return Step(computing_s + norms_s + waits_s, norms_s, waits_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("forward-s", "backward-s", "optimizer-s", "gradient-mb", "link-gbit"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--micro-batches", type=int, default=1, help="a rank's share goes through the network in (1)")
    parser.add_argument("--latency-us", type=float, default=20, help="of one message of the ring (20)")
    parser.add_argument("--norm-sums", type=int, nargs=2, default=Job.norm_sums, metavar=("FORWARD", "BACKWARD"),
                        help="batch norm's sums over ranks in each micro-batch (38 33)")
    parser.add_argument("--sum-latency-us", type=float, default=20, help="of one message of such a sum (20)")
    parser.add_argument("--ranks", type=int, nargs="*", default=[2**k for k in range(11)])
    args = parser.parse_args()
    job = Job(args.forward_s, args.backward_s, args.optimizer_s, args.gradient_mb * 1e6, args.micro_batches,
              tuple(args.norm_sums))
    link = Link(args.link_gbit * 1e9 / 8, args.latency_us * 1e-6, args.sum_latency_us * 1e-6)
    alone = step(job, 1, link)
    print(f"{'ranks':>5}  {'step s':>8}  {'norms s':>8}  {'waits s':>8}  {'efficiency':>10}")
    for ranks in args.ranks:
        found = step(job, ranks, link)
        print(f"{ranks:>5}  {found.whole_s:>8.3f}  {found.norms_s:>8.3f}  {found.waits_s:>8.3f}  "
              f"{alone.whole_s / found.whole_s:>9.1%}")


if __name__ == "__main__":
    main()
