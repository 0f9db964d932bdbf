"""SAST Net for VQ: four decoders. Modules have the published weights' names."""
import math

import numpy as np
import torch
from torch import nn
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from eager import aasist, wav2vec2

SAMPLES = 82200
FLOPS = 0.60e12  # an utterance, of which Whisper has 0.34
CLASSES = 4
CLASS_WEIGHTS = [0.1, 0.3, 0.3, 0.3]
ROWS, BANDS, PATCH = 16, 8, 16
KEPT_ROWS, KEPT_BANDS = 12, 6  # of mask ratio 0.4
TOKENS = ROWS * BANDS


class Attention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(size, 3 * size), nn.Linear(size, size)

    def forward(self, x):
        q, k, v = self.qkv(x).view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(size, eps=1e-6), nn.LayerNorm(size, eps=1e-6)
        self.attn, self.mlp = Attention(size, heads), Mlp(size)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def parameter(*shape, grad=True):
    return nn.Parameter(0.02 * torch.randn(shape), requires_grad=grad)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cls_token, self.pos_embed = parameter(1, 1, 768), parameter(1, TOKENS + 1, 768, grad=False)
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(1, 768, PATCH, PATCH)
        self.blocks = nn.ModuleList(Block(768, 12) for _ in range(12))
        self.norm = nn.LayerNorm(768, eps=1e-6)

    def forward(self, image, kept):
        x = self.patch_embed.proj(image).flatten(2).transpose(1, 2) + self.pos_embed[:, 1:]
        if kept is not None:
            x = torch.gather(x, 1, kept.unsqueeze(2).expand(-1, -1, 768))
        x = torch.cat([(self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask_token, self.decoder_pos_embed = parameter(1, 1, 512), parameter(1, TOKENS + 1, 512, grad=False)
        self.decoder_embed = nn.Linear(768, 512)
        self.decoder_blocks = nn.ModuleList(Block(512, 16) for _ in range(8))
        self.decoder_norm, self.decoder_pred = nn.LayerNorm(512, eps=1e-6), nn.Linear(512, PATCH * PATCH)

    def forward(self, x, restore):
        x = self.decoder_embed(x)
        tokens = x[:, 1:]
        if restore is not None:
            hidden = self.mask_token.expand(len(x), TOKENS - tokens.shape[1], -1)
            tokens = torch.gather(torch.cat([tokens, hidden.to(tokens.dtype)], 1), 1, restore.unsqueeze(2).expand(-1, -1, 512))
        x = torch.cat([x[:, :1], tokens], 1) + self.decoder_pos_embed
        for block in self.decoder_blocks:
            x = block(x)
        return self.decoder_pred(self.decoder_norm(x))[:, 1:]


class MaskedAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.all_decoders = Encoder(), nn.ModuleList(Decoder() for _ in range(CLASSES))
        self.proj_k, self.proj_v = nn.Linear(256, 768), nn.Linear(256, 768)
        self.attn = nn.MultiheadAttention(768, 16, batch_first=True)

    def forward(self, image, kept, restore):
        encoded = self.encoder(image, kept)
        predictions = [decoder(encoded, restore) for decoder in self.all_decoders]
        keys = torch.stack(predictions, 2).flatten(1, 2)
        attended, _ = self.attn(encoded, self.proj_k(keys), self.proj_v(keys), need_weights=False)
        return attended, predictions


class FusionLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(768, 16)
        self.fc1, self.fc2 = nn.Linear(768, 3072), nn.Linear(3072, 768)
        self.layer_norms = nn.ModuleList(nn.LayerNorm(768) for _ in range(2))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, k, v):
        norm = self.layer_norms[0]
        x = x + self.dropout(self.self_attn(norm(x), norm(k), norm(v), need_weights=False)[0])
        return x + self.dropout(self.fc2(self.dropout(torch.relu(self.fc1(self.layer_norms[1](x))))))


class Fusion(nn.Module):
    """A cross-modal transformer, (tokens, B, 768)."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(FusionLayer() for _ in range(2))
        self.layer_norm, self.dropout = nn.LayerNorm(768), nn.Dropout(0.1)
        rates = torch.exp(torch.arange(384) * -(math.log(10000) / 383))
        phase = torch.arange(1, 500).unsqueeze(1) * rates
        self.register_buffer("positions", torch.cat([phase.sin(), phase.cos()], 1).unsqueeze(1), persistent=False)

    def embedded(self, x):
        return self.dropout(math.sqrt(768) * x + self.positions[:len(x)])

    def forward(self, query, key):
        x, k, v = self.embedded(query), self.embedded(key), self.embedded(key)
        for layer in self.layers:
            x = layer(x, k, v)
        return self.layer_norm(x)


class Network(aasist.Tail):
    def __init__(self):
        super().__init__(768)
        self.SSL_model = wav2vec2.build()
        self.SSL_proj, self.MAE = nn.Linear(1024, 128), MaskedAutoencoder()
        self.whisper = nn.Module()
        self.whisper.model = nn.Module()
        self.whisper.model.encoder = WhisperEncoder(WhisperConfig(
            d_model=768, encoder_layers=12, encoder_attention_heads=12, encoder_ffn_dim=3072, dropout=0.0,
            attn_implementation="sdpa")).requires_grad_(False)
        self.log_mel = WhisperFeatureExtractor()
        self.ta_transformer, self.at_transformer, self.at_ta_transformer = Fusion(), Fusion(), Fusion()
        self.multiclass_branch = aasist.Branch(CLASSES)

    def semantics(self, wave):
        """[B, 128, 768]"""
        with torch.no_grad():
            with torch.autocast(wave.device.type, enabled=False):  # the extractor takes numpy in between
                mel = self.log_mel([one.cpu().numpy() for one in wave], sampling_rate=16000, return_tensors="pt").input_features.to(wave.device)
            frames = self.whisper.model.encoder(mel).last_hidden_state[:, :256]
        return (frames[:, 0::2] + frames[:, 1::2]) / 2

    def forward(self, wave, kept=None, restore=None):
        """Logits [B, 4]; the image [B, 256, 128] and the decoders' predictions."""
        image = self.SSL_proj(self.SSL_model(wave).last_hidden_state)
        attended, predictions = self.MAE(image.unsqueeze(1), kept, restore)
        audio, text = attended.transpose(0, 1), self.semantics(wave).transpose(0, 1)
        fused = self.at_ta_transformer(self.at_transformer(audio, text), self.ta_transformer(text, audio))
        x, w = self.features(fused.transpose(0, 1))
        return self.multiclass_branch(x, w), image, predictions


def logits(model, wave):
    return model(wave)[0]


def drawn_masks(batch):
    """Tokens that stay [B, 72], where each token is found again [B, 128], and what is hidden."""
    hidden = torch.ones(batch, ROWS, BANDS)
    for one in hidden:
        rows, bands = torch.rand(ROWS).argsort()[:KEPT_ROWS], torch.rand(BANDS).argsort()[:KEPT_BANDS]
        one[rows.unsqueeze(1), bands] = 0
    hidden = hidden.flatten(1)
    order = hidden.argsort(dim=1, stable=True)
    return order[:, :KEPT_ROWS * KEPT_BANDS], order.argsort(1), hidden


def optimizer(model):
    model.p = nn.Parameter(torch.ones(2))
    others = [parameter for parameter in model.parameters() if parameter is not model.p and parameter.requires_grad]
    return torch.optim.AdamW([{"params": others, "lr": 1e-5, "weight_decay": 1e-4},
                              {"params": [model.p], "lr": 1e-3, "weight_decay": 0.0}])


def loss(model, wave):
    kept, restore, hidden = drawn_masks(len(wave))
    logits, image, predictions = model(wave, kept, restore)
    label = torch.ones(len(wave), dtype=torch.int64)
    patches = image.view(len(wave), ROWS, PATCH, BANDS, PATCH).transpose(2, 3).reshape(len(wave), TOKENS, -1)
    errors = torch.stack([(((one - patches) ** 2).mean(2) * hidden).sum(1) / hidden.sum(1) for one in predictions], 1)
    own = errors.gather(1, label.unsqueeze(1))
    margins = torch.relu(0.1 + own - errors).sum(1) - 0.1  # its own class gives 0.1
    reconstruction = (own.squeeze(1) + margins / (CLASSES - 1)).mean()
    entropy = nn.functional.cross_entropy(logits.float(), label, torch.tensor(CLASS_WEIGHTS))
    return sum(0.5 / p**2 * one + torch.log(1 + p**2) for p, one in zip(model.p, (reconstruction, entropy)))


def published_state(model):
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("SSL_model.")}
    state.pop("p", None)
    for fusion in ("ta_transformer", "at_transformer", "at_ta_transformer"):
        state[fusion + ".version"] = torch.full([1], 2.0)
        state[fusion + ".embed_positions._float_tensor"] = torch.zeros(1)
    head = {"fc1.weight": [512, 768], "fc1.bias": [512], "fc2.weight": [128, 512], "fc2.bias": [128]}
    state |= {"MAE.projection_head." + name: torch.zeros(shape) for name, shape in head.items()}
    return state | wav2vec2.published_state(model.SSL_model, "SSL_model.model.")
