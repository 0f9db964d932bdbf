#!/usr/bin/env python3
"""Times a full-size network here and in Python, in turns, with the same weights.

Needs, in a virtual environment: torch of the release that scripts/torch_wheel.py pins, transformers, numpy;
and the bench: cmake --build --preset release --target network_bench.

    bench/against_python.py                      W2V2-AASIST: about half an hour and 12 GiB
    bench/against_python.py --model sast-net     SAST Net: as long, 16 GiB
    bench/against_python.py --only infer-fp32    one measurement
    bench/against_python.py --device cuda        on a GPU: other batches, and TF32

The Python side, bench/eager/, is eager: Hugging Face's Wav2Vec2Model and WhisperEncoder with
scaled_dot_product_attention, the rest written as the papers' code is, torch.optim with its defaults. Each figure is
the shortest of all runs of all rounds; each round
starts each program anew, so peak memory is a program's own. Logits of both are compared first.
"""
import argparse
import importlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

INFER_FP32 = ["--mode", "infer", "--precision", "fp32"]
INFER_BF16 = ["--mode", "infer", "--precision", "bf16"]
TRAIN_FP32 = ["--mode", "train", "--precision", "fp32", "--batch", "4"]
TRAIN_BF16 = ["--mode", "train", "--precision", "bf16", "--batch", "4"]
MODELS = {"w2v2-aasist": "w2v2_aasist", "sast-net": "sast_net"}
BATCHES_ON_GPU = {"infer": (1, 32), "train": (4, 16)}
ON_GPU = {f"{mode}-{precision}-batch{batch}": ["--mode", mode, "--precision", precision, "--batch", str(batch)]
          for mode, batches in BATCHES_ON_GPU.items() for precision in ("fp32", "tf32", "bf16") for batch in batches}
MEASUREMENTS = {
    "w2v2-aasist": {"infer-fp32": INFER_FP32, "infer-bf16": INFER_BF16, "infer-fp32-batch8": INFER_FP32 + ["--batch", "8"],
                    "train-fp32": TRAIN_FP32, "train-bf16": TRAIN_BF16},
    # cached: the frozen Whisper's features are at hand here; Python computes them, as the reference does.
    "sast-net": {"infer-fp32": INFER_FP32, "infer-fp32-cached": INFER_FP32 + ["--cached"], "infer-bf16": INFER_BF16,
                 "train-fp32": TRAIN_FP32, "train-fp32-cached": TRAIN_FP32 + ["--cached"], "train-bf16": TRAIN_BF16},
}


def measurements(args):
    return ON_GPU if args.device == "cuda" else MEASUREMENTS[args.model]


def eager_model(args):
    """The module of bench/eager/ that has the network and its training."""
    return importlib.import_module("eager." + MODELS[args.model])


def waveforms(batch, samples):
    import torch
    t = torch.arange(samples, dtype=torch.float64) / 16000.0
    tau = 6.283185307179586
    return torch.stack([0.3 * torch.sin(tau * (200.0 + 50.0 * i) * t) + 0.1 * torch.sin(tau * 7.3 * (200.0 + 50.0 * i) * t)
                        for i in range(batch)]).float()


def shortest(args, work):
    """The fastest run's seconds, and what it returned; a first run warms up."""
    clock = time.process_time if args.cpu_time else time.perf_counter
    best, result = float("inf"), None
    for i in range(args.repeats + 1):
        begun = clock()
        returned = work()
        taken = clock() - begun
        if i > 0 and taken < best:
            best, result = taken, returned
    return best, result


def python_side(args):
    import torch
    torch.set_num_threads(args.threads)
    eager = eager_model(args)
    on_gpu = args.device == "cuda"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
    host = waveforms(args.batch, eager.SAMPLES)
    torch.set_default_device(args.device)
    model = eager.Network()
    model.load_state_dict(torch.load(args.state, mmap=True, weights_only=True, map_location="cpu"), assign=False)
    wave = host.to(args.device)
    autocast = torch.autocast(args.device, torch.bfloat16, enabled=args.precision == "bf16")
    if args.mode == "infer":
        model.eval()
        with torch.inference_mode(), autocast:
            seconds, logits = shortest(args, lambda: eager.logits(model, host.to(args.device)).cpu())
            print("seconds_per_utterance", seconds / args.batch)
            print("logits", *[f"{v:.7f}" for v in logits[0].float().tolist()])
    else:
        model.train()
        optimizer = eager.optimizer(model)

        def step():
            optimizer.zero_grad()
            begun = time.perf_counter()
            with autocast:
                loss = eager.loss(model, wave)
            forward = time.perf_counter()
            loss.backward()
            backward = time.perf_counter()
            optimizer.step()
            if on_gpu:
                torch.cuda.synchronize()
            return {"forward_s": forward - begun, "backward_s": backward - forward,
                    "optimizer_s": time.perf_counter() - backward}

        seconds, parts = shortest(args, step)
        print("seconds_per_step", seconds)
        for name, seconds in parts.items():
            print(name, seconds)
    peak = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("peak_mib", peak)


def figures_of(command):
    """The program's lines `name value…`."""
    # Threads that wait without spinning: what they wait isn't counted as work.
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"} if "--cpu-time" in command else None
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr}")
    return {line.split()[0]: [float(v) for v in line.split()[1:]] for line in done.stdout.splitlines()
            if re.fullmatch(r"[a-z_]+( -?[0-9.e-]+)+", line)}


def better(known, found):
    """Of two runs' figures, the faster run's."""
    key = next(k for k in found if k.startswith("seconds"))
    if known is None:
        return found
    kept = dict(found if found[key] < known[key] else known)
    if "gemm_gflops" in found:
        kept["gemm_gflops"] = max(found["gemm_gflops"], known["gemm_gflops"])
    return kept


def compare(args, folder):
    import torch
    eager = eager_model(args)
    weights, state = os.path.join(folder, "published.pth"), os.path.join(folder, "python.pth")
    torch.manual_seed(1)
    model = eager.Network()
    torch.save(eager.published_state(model), weights)
    torch.save(model.state_dict(), state)
    del model
    for name, options in measurements(args).items():
        if args.only and name not in args.only:
            continue
        common = ["--model", args.model, "--device", args.device, *options, "--threads", str(args.threads), "--repeats", str(args.repeats)]
        common += ["--cpu-time"] * args.cpu_time
        ours = theirs = None
        for _ in range(args.rounds):
            ours = better(ours, figures_of([args.bench, "--weights", weights, *common]))
            theirs = better(theirs, figures_of([sys.executable, __file__, "--state", state, *common]))
        report(name, eager.FLOPS, ours, theirs)


def report(name, flops, ours, theirs):
    key = next(k for k in ours if k.startswith("seconds"))
    print(f"{name}: {ours[key][0]:.4f} s here, {theirs[key][0]:.4f} s in Python: {theirs[key][0] / ours[key][0]:.2f} times as fast; "
          f"peak {ours['peak_mib'][0]:.0f} and {theirs['peak_mib'][0]:.0f} MiB")
    if "forward_s" in ours:
        for side, figures in (("here", ours), ("Python", theirs)):
            print("    {}: forward {:.3f}, backward {:.3f}, optimiser {:.3f} s".format(
                side, *(figures[k][0] for k in ("forward_s", "backward_s", "optimizer_s"))))
    else:
        difference = max(abs(a - b) for a, b in zip(ours["logits"], theirs["logits"]))
        rate = flops / ours[key][0] / 1e9
        gemm = ours["gemm_gflops"][0]
        print(f"    {rate:.0f} GFLOP/s, {rate / gemm:.2f} of {gemm:.0f}, this process's GEMM rate; "
              f"logits differ by {difference:.1e}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bench/network_bench", help="the program")
    parser.add_argument("--model", choices=MODELS, default="w2v2-aasist")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="times that both sides run in turn")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs a round, after one that warms up")
    parser.add_argument("--cpu-time", action="store_true",
                        help="CPU time of all threads in place of the clock's, for a busy machine")
    parser.add_argument("--only", nargs="*", help="leave the others out")
    for internal in ("--state", "--mode", "--precision"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--cached", action="store_true", help=argparse.SUPPRESS)  # here only
    args = parser.parse_args()
    if unknown := set(args.only or []) - set(measurements(args)):
        parser.error(f"{args.model} has no measurement {', '.join(sorted(unknown))}; "
                     f"it has {', '.join(measurements(args))}")
    if args.state:
        python_side(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(args, folder)


if __name__ == "__main__":
    main()
