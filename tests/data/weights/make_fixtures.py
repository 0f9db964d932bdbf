#!/usr/bin/env python3
"""Makes the weight files beside it, with the programs whose files we read.

    make_fixtures.py [FOLDER]

The files are stored, since what makes them is large and changes. Made with Python 3.11 and
numpy 2.4, torch 2.15, omegaconf 2.4, safetensors 0.8, transformers 4.46 (the last version with its
converter from fairseq). Values: of kinds_* the numbers 0, 1, 2 …; of encoders `uniform` of the
tensor's name at fairseq, in tests/support/made_tensors.h as made_uniform.
"""
import argparse
import collections
import enum
import sys
import types
from pathlib import Path

import numpy as np
import omegaconf
import torch
from safetensors.torch import save_file
from transformers import Wav2Vec2Config, Wav2Vec2ForPreTraining

for module in ["fairseq", "fairseq.data"]:  # imported by the converter, not used here
    sys.modules[module] = types.ModuleType(module)
sys.modules["fairseq.data"].Dictionary = None
from transformers.models.wav2vec2 import \
    convert_wav2vec2_original_pytorch_checkpoint_to_pytorch as converter

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(name: str, shape: tuple) -> torch.Tensor:
    """splitmix64 of FNV-1a's hash of the name + GOLDEN + (i + 1) * GOLDEN, top 24 bits: [-1, 1)."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        count = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
        z = np.uint64(h) + GOLDEN + count * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    values = (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return torch.from_numpy(values.reshape(shape))


def kinds() -> dict:
    """A tensor of every type that weights have, and of every way to lie in a storage."""
    six = torch.arange(6)
    shared = torch.arange(8, dtype=torch.float32)
    types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
             torch.int16, torch.int8, torch.uint8]
    tensors = {str(t).removeprefix("torch."): six.to(t).reshape(2, 3) for t in types}
    tensors |= {
        "bool": torch.tensor([False, True, True]),
        "scalar": torch.tensor(7, dtype=torch.int64),
        "empty": torch.empty(0, 5),
        "transposed": torch.arange(6, dtype=torch.float32).reshape(3, 2).t(),
        "shared.all": shared,
        "shared.end": shared[5:],
        "shared.every_other": shared[1::2],
        "parameter": torch.nn.Parameter(torch.arange(3, dtype=torch.float32)),
    }
    return tensors


# fairseq's names and shapes of a wav2vec 2.0 encoder: two convolutions, one layer, width 8.
ENCODER = {
    "mask_emb": (8,),
    "feature_extractor.conv_layers.0.0.weight": (4, 1, 10),
    "feature_extractor.conv_layers.0.0.bias": (4,),
    "feature_extractor.conv_layers.0.2.1.weight": (4,),
    "feature_extractor.conv_layers.0.2.1.bias": (4,),
    "feature_extractor.conv_layers.1.0.weight": (4, 4, 3),
    "feature_extractor.conv_layers.1.0.bias": (4,),
    "feature_extractor.conv_layers.1.2.1.weight": (4,),
    "feature_extractor.conv_layers.1.2.1.bias": (4,),
    "post_extract_proj.weight": (8, 4),
    "post_extract_proj.bias": (8,),
    "quantizer.vars": (1, 4, 3),
    "quantizer.weight_proj.weight": (4, 4),
    "quantizer.weight_proj.bias": (4,),
    "project_q.weight": (6, 6),
    "project_q.bias": (6,),
    "encoder.pos_conv.0.bias": (8,),
    "encoder.pos_conv.0.weight_g": (1, 1, 4),
    "encoder.pos_conv.0.weight_v": (8, 4, 4),
    **{f"encoder.layers.0.self_attn.{p}_proj.{w}": (8, 8)[:2 if w == "weight" else 1]
       for p in ["k", "v", "q", "out"] for w in ["weight", "bias"]},
    "encoder.layers.0.self_attn_layer_norm.weight": (8,),
    "encoder.layers.0.self_attn_layer_norm.bias": (8,),
    "encoder.layers.0.fc1.weight": (12, 8),
    "encoder.layers.0.fc1.bias": (12,),
    "encoder.layers.0.fc2.weight": (8, 12),
    "encoder.layers.0.fc2.bias": (8,),
    "encoder.layers.0.final_layer_norm.weight": (8,),
    "encoder.layers.0.final_layer_norm.bias": (8,),
    "encoder.layer_norm.weight": (8,),
    "encoder.layer_norm.bias": (8,),
    "layer_norm.weight": (4,),
    "layer_norm.bias": (4,),
    "final_proj.weight": (6, 8),
    "final_proj.bias": (6,),
}


class Choice(enum.Enum):  # pickled by name, as fairseq's
    STATIC = "static"


def fairseq_checkpoint(model: dict) -> dict:
    """What fairseq's trainer saves, with objects of the kinds that it has in there."""
    cfg = omegaconf.OmegaConf.create({"model": {"dropout": 0.0, "layerdrop": 0.0, "path": "???"},
                                      "task": {"sample_rate": 16000, "normalize": True}})
    args = argparse.Namespace(arch="wav2vec2", lr=[0.0005], kind=Choice.STATIC, nothing=None)
    moments = {i: {"step": 3, "exp_avg": torch.zeros(2), "exp_avg_sq": torch.zeros(2)}
               for i in range(2)}
    return {"args": args, "cfg": cfg, "model": collections.OrderedDict(model),
            "criterion": None,
            "optimizer_history": [{"criterion_name": "Wav2vecCriterion", "num_updates": 10**12,
                                   "lr_scheduler_state": {"best": float("inf")}}],
            "task_state": {}, "extra_state": {"epoch": 1, "numpy": np.float64(0.5)},
            "last_optimizer_state": {"state": moments, "param_groups": [{"params": [0, 1]}]}}


class Fairseq:
    """What transformers' converter asks of a fairseq model."""

    def __init__(self, state: dict) -> None:
        self.state = state

    def state_dict(self) -> dict:
        return self.state


def hugging_face_state(state: dict) -> dict:
    config = Wav2Vec2Config(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
        conv_dim=(4, 4), conv_kernel=(10, 3), conv_stride=(5, 2), conv_bias=True,
        feat_extract_norm="layer", do_stable_layer_norm=True, num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2, num_codevectors_per_group=2, num_codevector_groups=2,
        codevector_dim=6, proj_codevector_dim=6)
    model = Wav2Vec2ForPreTraining(config)
    # The converter knows only weight_g and weight_v.
    model.wav2vec2.encoder.pos_conv_embed.conv = torch.nn.utils.weight_norm(
        torch.nn.Conv1d(8, 8, 4, padding=2, groups=2), dim=2)
    with torch.no_grad():
        converter.recursively_load_weights(Fairseq(state), model, False)
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}


def xlsr_300m_keys() -> list[str]:
    """Names and shapes of Hugging Face's XLS-R 300M; layers stand once, as "*"."""
    config = Wav2Vec2Config(
        hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096,
        conv_bias=True, feat_extract_norm="layer", do_stable_layer_norm=True,
        num_codevectors_per_group=320, num_codevector_groups=2, codevector_dim=768,
        proj_codevector_dim=768)
    with torch.device("meta"):
        model = Wav2Vec2ForPreTraining(config)
    lines = (f"{name.replace('layers.0.', 'layers.*.', 1) if '.encoder.layers.' in name else name} "
             f"{','.join(map(str, tensor.shape))}"
             for name, tensor in model.state_dict().items()
             if ".encoder.layers." not in name or ".layers.0." in name)
    return list(lines)


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.manual_seed(0)
    torch.save(kinds(), out / "kinds_zip.pth")
    torch.save(kinds(), out / "kinds_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(kinds(), out / "kinds_protocol4.pth", pickle_protocol=4)
    torch.save({"epoch": 3, "state_dict": {"module.a": torch.ones(2), "module.b": torch.zeros(1)}},
               out / "parallel.pth")
    torch.save(torch.nn.Linear(2, 1), out / "whole_module.pth")
    torch.jit.save(torch.jit.script(torch.nn.Identity()), out / "torchscript.pt")
    torch.save({"w": torch.eye(3).to_sparse()}, out / "sparse.pth")

    encoder = {name: uniform(name, shape) for name, shape in ENCODER.items()}
    torch.save(fairseq_checkpoint(encoder), out / "fairseq_zip.pt")
    torch.save(fairseq_checkpoint({n: t.half() for n, t in encoder.items()}),
               out / "fairseq_legacy_half.pt", _use_new_zipfile_serialization=False)
    hugging_face = hugging_face_state(encoder)
    save_file(hugging_face, out / "hugging_face.safetensors", {"format": "pt"})
    renamed = {name.replace("weight_g", "parametrizations.weight.original0")
                   .replace("weight_v", "parametrizations.weight.original1"):
               tensor.to(torch.bfloat16) for name, tensor in hugging_face.items()}
    torch.save(renamed, out / "hugging_face_bfloat16.bin")
    (out / "xlsr_300m_hugging_face_keys.txt").write_text("\n".join(xlsr_300m_keys()) + "\n")


if __name__ == "__main__":
    main()
