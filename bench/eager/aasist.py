"""The AASIST back end, as its paper's code is written (arXiv:2110.01200)."""
import torch
from torch import nn


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


class Tail(nn.Module):
    """Frames [B, F, size] to what the graph branches take: features and attention, [B, 64, 42, F / 3]."""

    def __init__(self, size):
        super().__init__()
        self.LL = nn.Linear(size, 128)
        self.first_bn, self.first_bn1 = nn.BatchNorm2d(1), nn.BatchNorm2d(64)
        sizes = [1, 32, 32, 64, 64, 64, 64]
        self.encoder = nn.Sequential(
            *[nn.Sequential(Residual(i, o, n == 0)) for n, (i, o) in enumerate(zip(sizes, sizes[1:]))])
        self.attention = nn.Sequential(nn.Conv2d(64, 128, 1), nn.SELU(), nn.BatchNorm2d(128), nn.Conv2d(128, 64, 1))

    def features(self, frames):
        x = torch.max_pool2d(self.LL(frames).transpose(1, 2).unsqueeze(1), 3)
        x = torch.selu(self.first_bn1(self.encoder(torch.selu(self.first_bn(x)))))
        return x, self.attention(x)
