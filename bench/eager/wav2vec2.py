"""XLS-R 300M by Hugging Face's eager implementation, and its weights' published names."""
import re

import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

RENAMED = [("feature_projection.projection", "post_extract_proj"), ("feature_projection.layer_norm", "layer_norm"),
           (r"conv_layers\.(\d)\.conv", r"conv_layers.\1.0"), (r"conv_layers\.(\d)\.layer_norm", r"conv_layers.\1.2.1"),
           ("pos_conv_embed.conv.parametrizations.weight.original0", "pos_conv.0.weight_g"),
           ("pos_conv_embed.conv.parametrizations.weight.original1", "pos_conv.0.weight_v"),
           ("pos_conv_embed.conv", "pos_conv.0"), (r"layers\.(\d+)\.layer_norm", r"layers.\1.self_attn_layer_norm"),
           (r"layers\.(\d+)\.attention", r"layers.\1.self_attn"), ("feed_forward.intermediate_dense", "fc1"),
           ("feed_forward.output_dense", "fc2")]
ONLY_OF_PRETRAINING = {
    "mask_emb": [1024], "quantizer.vars": [1, 640, 384], "quantizer.weight_proj.weight": [640, 512],
    "quantizer.weight_proj.bias": [640], "project_q.weight": [768, 768], "project_q.bias": [768],
    "final_proj.weight": [768, 1024], "final_proj.bias": [768]}


def build():
    return Wav2Vec2Model(Wav2Vec2Config(
        hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096,
        feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True, apply_spec_augment=False,
        hidden_dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, feat_proj_dropout=0.1, layerdrop=0.0,
        attn_implementation="sdpa"))


def published_state(encoder, prefix):
    """The encoder's weights as the reference's checkpoints name them."""
    state = {prefix + name: torch.zeros(shape) for name, shape in ONLY_OF_PRETRAINING.items()}
    for name, tensor in encoder.state_dict().items():
        for old, new in RENAMED:
            name = re.sub(old, new, name)
        if name != "masked_spec_embed":
            state[prefix + name] = tensor
    return state
