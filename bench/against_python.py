#!/usr/bin/env python3
"""Times the full-size W2V2-AASIST here and in Python, in turns, with the same weights.

Needs, in a virtual environment: torch of the release that scripts/torch_wheel.py pins, transformers, numpy;
and the bench: cmake --build --preset release --target w2v2_aasist_bench.

    bench/against_python.py                      all of it: about half an hour and 12 GiB
    bench/against_python.py --only infer-fp32    one measurement

The Python side is eager: Hugging Face's Wav2Vec2Model with scaled_dot_product_attention, AASIST written as its
paper's code is, torch.optim.Adam with its defaults. Each figure is the shortest of all runs of all rounds; each round
starts each program anew, so peak memory is a program's own. Logits of both are compared first.
"""
import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

FLOPS = 0.145e12
TASKS = {"binary_branch": 2, "multiclass_branch_as": 4, "multiclass_branch_ds": 3, "multiclass_branch_qs": 4}
CLASS_WEIGHTS = ([0.1, 0.9], [0.1, 0.3, 0.3, 0.3], [0.1, 0.45, 0.45], [0.1, 0.3, 0.3, 0.3])
MEASUREMENTS = {
    "infer-fp32": ["--mode", "infer", "--precision", "fp32"],
    "infer-bf16": ["--mode", "infer", "--precision", "bf16"],
    "infer-fp32-batch8": ["--mode", "infer", "--precision", "fp32", "--batch", "8"],
    "train-fp32": ["--mode", "train", "--precision", "fp32", "--batch", "4"],
    "train-bf16": ["--mode", "train", "--precision", "bf16", "--batch", "4"],
}


def build_model():
    import torch
    from torch import nn
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    def att_weight(out):
        return nn.Parameter(nn.init.xavier_normal_(torch.empty(out, 1)))

    class GraphAttention(nn.Module):
        def __init__(self, size, out, temperature):
            super().__init__()
            self.temperature = temperature
            self.att_proj = nn.Linear(size, out)
            self.att_weight = att_weight(out)
            self.proj_with_att = nn.Linear(size, out)
            self.proj_without_att = nn.Linear(size, out)
            self.bn = nn.BatchNorm1d(out)
            self.input_drop = nn.Dropout(0.2)

        def forward(self, x):
            x = self.input_drop(x)
            pairs = torch.tanh(self.att_proj(x.unsqueeze(2) * x.unsqueeze(1)))
            att = torch.softmax((pairs @ self.att_weight).squeeze(3) / self.temperature, 2)
            y = self.proj_with_att(att @ x) + self.proj_without_att(x)
            return torch.selu(self.bn(y.flatten(0, 1)).view(y.shape))

    class HeterogeneousAttention(nn.Module):
        def __init__(self, size, out, temperature):
            super().__init__()
            self.temperature = temperature
            for name in ("proj_type1", "proj_type2"):
                self.add_module(name, nn.Linear(size, size))
            for name in ("att_proj", "att_projM", "proj_with_att", "proj_without_att", "proj_with_attM",
                         "proj_without_attM"):
                self.add_module(name, nn.Linear(size, out))
            for name in ("11", "22", "12", "M"):
                self.register_parameter("att_weight" + name, att_weight(out))
            self.bn = nn.BatchNorm1d(out)
            self.input_drop = nn.Dropout(0.2)

        def forward(self, t, s, master):
            n = t.shape[1]
            x = self.input_drop(torch.cat([self.proj_type1(t), self.proj_type2(s)], 1))
            pairs = torch.tanh(self.att_proj(x.unsqueeze(2) * x.unsqueeze(1)))
            board = torch.zeros_like(pairs[..., :1])
            board[:, :n, :n] = pairs[:, :n, :n] @ self.att_weight11
            board[:, n:, n:] = pairs[:, n:, n:] @ self.att_weight22
            board[:, :n, n:] = pairs[:, :n, n:] @ self.att_weight12
            board[:, n:, :n] = pairs[:, n:, :n] @ self.att_weight12
            att = torch.softmax(board.squeeze(3) / self.temperature, 2)
            weights = torch.softmax(torch.tanh(self.att_projM(x * master)) @ self.att_weightM / self.temperature, 1)
            master = self.proj_with_attM(weights.transpose(1, 2) @ x) + self.proj_without_attM(master)
            y = self.proj_with_att(att @ x) + self.proj_without_att(x)
            y = torch.selu(self.bn(y.flatten(0, 1)).view(y.shape))
            return y[:, :n], y[:, n:], master

    class Pool(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.proj = nn.Linear(size, 1)
            self.drop = nn.Dropout(0.3)

        def forward(self, h):
            scores = torch.sigmoid(self.proj(self.drop(h)))
            _, order = torch.topk(scores, max(h.shape[1] // 2, 1), 1)
            return torch.gather(h * scores, 1, order.expand(-1, -1, h.shape[2]))

    class Branch(nn.Module):
        def __init__(self, classes):
            super().__init__()
            self.pos_S = nn.Parameter(torch.randn(1, 42, 64))
            self.master1 = nn.Parameter(torch.randn(1, 1, 64))
            self.master2 = nn.Parameter(torch.randn(1, 1, 64))
            self.GAT_layer_S, self.GAT_layer_T = GraphAttention(64, 64, 2.0), GraphAttention(64, 64, 2.0)
            self.pool_S, self.pool_T = Pool(64), Pool(64)
            for path in "12":
                self.add_module(f"HtrgGAT_layer_ST{path}1", HeterogeneousAttention(64, 32, 100.0))
                self.add_module(f"HtrgGAT_layer_ST{path}2", HeterogeneousAttention(32, 32, 100.0))
                self.add_module(f"pool_hS{path}", Pool(32))
                self.add_module(f"pool_hT{path}", Pool(32))
            self.drop_way, self.drop = nn.Dropout(0.2), nn.Dropout(0.5)
            self.out_layer = nn.Linear(160, classes)

        def path(self, number, t, s, master):
            t, s, master = getattr(self, f"HtrgGAT_layer_ST{number}1")(t, s, master.expand(t.shape[0], -1, -1))
            t, s = getattr(self, f"pool_hT{number}")(t), getattr(self, f"pool_hS{number}")(s)
            dt, ds, dmaster = getattr(self, f"HtrgGAT_layer_ST{number}2")(t, s, master)
            return [self.drop_way(v) for v in (t + dt, s + ds, master + dmaster)]

        def forward(self, x, w):
            s = (x * torch.softmax(w, 3)).sum(3).transpose(1, 2) + self.pos_S
            t = (x * torch.softmax(w, 2)).sum(2).transpose(1, 2)
            s, t = self.pool_S(self.GAT_layer_S(s)), self.pool_T(self.GAT_layer_T(t))
            t, s, m = map(torch.max, self.path(1, t, s, self.master1), self.path(2, t, s, self.master2))
            read = [t.abs().amax(1), t.mean(1), s.abs().amax(1), s.mean(1), m.squeeze(1)]
            return self.out_layer(self.drop(torch.cat(read, 1)))

    class Residual(nn.Module):
        def __init__(self, size, out, first):
            super().__init__()
            if not first:
                self.bn1 = nn.BatchNorm2d(size)
            self.conv1 = nn.Conv2d(size, out, (2, 3), padding=(1, 1))
            self.bn2 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, (2, 3), padding=(0, 1))
            if size != out:
                self.conv_downsample = nn.Conv2d(size, out, (1, 3), padding=(0, 1))

        def forward(self, x):
            if hasattr(self, "bn1"):
                torch.selu(self.bn1(x))  # as published: computed and dropped
            y = self.conv2(torch.selu(self.bn2(self.conv1(x))))
            return y + (self.conv_downsample(x) if hasattr(self, "conv_downsample") else x)

    class W2v2Aasist(nn.Module):
        def __init__(self):
            super().__init__()
            self.ssl = Wav2Vec2Model(Wav2Vec2Config(
                hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096,
                feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True, apply_spec_augment=False,
                hidden_dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, feat_proj_dropout=0.1, layerdrop=0.0,
                attn_implementation="sdpa"))
            self.LL = nn.Linear(1024, 128)
            self.first_bn, self.first_bn1 = nn.BatchNorm2d(1), nn.BatchNorm2d(64)
            sizes = [1, 32, 32, 64, 64, 64, 64]
            self.encoder = nn.Sequential(
                *[nn.Sequential(Residual(i, o, n == 0)) for n, (i, o) in enumerate(zip(sizes, sizes[1:]))])
            self.attention = nn.Sequential(nn.Conv2d(64, 128, 1), nn.SELU(), nn.BatchNorm2d(128), nn.Conv2d(128, 64, 1))
            for name, classes in TASKS.items():
                self.add_module(name, Branch(classes))

        def forward(self, wave):
            x = self.LL(self.ssl(wave).last_hidden_state).transpose(1, 2).unsqueeze(1)
            x = self.encoder(torch.selu(self.first_bn(torch.max_pool2d(x, 3))))
            x = torch.selu(self.first_bn1(x))
            w = self.attention(x)
            return [getattr(self, name)(x, w) for name in TASKS]

    torch.manual_seed(1)
    return W2v2Aasist()


def published_state(model):
    """The model's weights under the names of the reference's checkpoints."""
    import torch
    renamed = [("feature_projection.projection", "post_extract_proj"), ("feature_projection.layer_norm", "layer_norm"),
               (r"conv_layers\.(\d)\.conv", r"conv_layers.\1.0"), (r"conv_layers\.(\d)\.layer_norm", r"conv_layers.\1.2.1"),
               ("pos_conv_embed.conv.parametrizations.weight.original0", "pos_conv.0.weight_g"),
               ("pos_conv_embed.conv.parametrizations.weight.original1", "pos_conv.0.weight_v"),
               ("pos_conv_embed.conv", "pos_conv.0"), (r"layers\.(\d+)\.layer_norm", r"layers.\1.self_attn_layer_norm"),
               (r"layers\.(\d+)\.attention", r"layers.\1.self_attn"), ("feed_forward.intermediate_dense", "fc1"),
               ("feed_forward.output_dense", "fc2")]
    state = {}
    for name, tensor in model.state_dict().items():
        if name.startswith("ssl."):
            name = name[4:]
            for old, new in renamed:
                name = re.sub(old, new, name)
            if name == "masked_spec_embed":
                continue
            name = "ssl_model.model." + name
        state[name] = tensor
    for name, shape in {"mask_emb": [1024], "quantizer.vars": [1, 640, 384], "quantizer.weight_proj.weight": [640, 512],
                        "quantizer.weight_proj.bias": [640], "project_q.weight": [768, 768], "project_q.bias": [768],
                        "final_proj.weight": [768, 1024], "final_proj.bias": [768]}.items():
        state["ssl_model.model." + name] = torch.zeros(shape)
    return state


def waveforms(batch):
    import torch
    t = torch.arange(64600, dtype=torch.float64) / 16000.0
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
    model = build_model()
    model.load_state_dict(torch.load(args.state, mmap=True, weights_only=True), assign=False)
    wave = waveforms(args.batch)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16")
    if args.mode == "infer":
        model.eval()
        with torch.inference_mode(), autocast:
            seconds, logits = shortest(args, lambda: model(wave))
            print("seconds_per_utterance", seconds / args.batch)
            print("logits", *[f"{v:.7f}" for v in torch.cat(logits, 1)[0].float().tolist()])
    else:
        model.train()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-6, weight_decay=1e-4)
        targets = torch.ones(args.batch, dtype=torch.int64)
        weights = [torch.tensor(w) for w in CLASS_WEIGHTS]

        def step():
            optimizer.zero_grad()
            begun = time.perf_counter()
            with autocast:
                logits = model(wave)
            loss = sum(torch.nn.functional.cross_entropy(l.float(), targets, w) for l, w in zip(logits, weights)) / 4
            forward = time.perf_counter()
            loss.backward()
            backward = time.perf_counter()
            optimizer.step()
            return {"forward_s": forward - begun, "backward_s": backward - forward,
                    "optimizer_s": time.perf_counter() - backward}

        seconds, parts = shortest(args, step)
        print("seconds_per_step", seconds)
        for name, seconds in parts.items():
            print(name, seconds)
    print("peak_mib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


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
    weights, state = os.path.join(folder, "M1.pth"), os.path.join(folder, "python.pth")
    model = build_model()
    torch.save(published_state(model), weights)
    torch.save(model.state_dict(), state)
    del model
    for name, options in MEASUREMENTS.items():
        if args.only and name not in args.only:
            continue
        common = options + ["--threads", str(args.threads), "--repeats", str(args.repeats)]
        common += ["--cpu-time"] * args.cpu_time
        ours = theirs = None
        for _ in range(args.rounds):
            ours = better(ours, figures_of([args.bench, "--weights", weights, *common]))
            theirs = better(theirs, figures_of([sys.executable, __file__, "--state", state, *common]))
        report(name, ours, theirs)


def report(name, ours, theirs):
    key = next(k for k in ours if k.startswith("seconds"))
    print(f"{name}: {ours[key][0]:.3f} s here, {theirs[key][0]:.3f} s in Python: {theirs[key][0] / ours[key][0]:.2f} times as fast; "
          f"peak {ours['peak_mib'][0]:.0f} and {theirs['peak_mib'][0]:.0f} MiB")
    if "forward_s" in ours:
        for side, figures in (("here", ours), ("Python", theirs)):
            print("    {}: forward {:.2f}, backward {:.2f}, optimiser {:.2f} s".format(
                side, *(figures[k][0] for k in ("forward_s", "backward_s", "optimizer_s"))))
    else:
        difference = max(abs(a - b) for a, b in zip(ours["logits"], theirs["logits"]))
        rate = FLOPS / ours[key][0] / 1e9
        gemm = ours["gemm_gflops"][0]
        print(f"    {rate:.0f} GFLOP/s, {rate / gemm:.2f} of {gemm:.0f}, this process's float32 GEMM rate; "
              f"logits differ by {difference:.1e}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bench/w2v2_aasist_bench", help="the program")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="times that both sides run in turn")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs a round, after one that warms up")
    parser.add_argument("--cpu-time", action="store_true",
                        help="CPU time of all threads in place of the clock's, for a busy machine")
    parser.add_argument("--only", nargs="*", choices=MEASUREMENTS, help="leave the others out")
    for internal in ("--state", "--mode", "--precision"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.state:
        python_side(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(args, folder)


if __name__ == "__main__":
    main()
