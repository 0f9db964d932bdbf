"""W2V2-AASIST of type M1."""
import torch

from eager import aasist, wav2vec2

SAMPLES = 64600
FLOPS = 0.145e12  # an utterance
TASKS = {"binary_branch": 2, "multiclass_branch_as": 4, "multiclass_branch_ds": 3, "multiclass_branch_qs": 4}
CLASS_WEIGHTS = ([0.1, 0.9], [0.1, 0.3, 0.3, 0.3], [0.1, 0.45, 0.45], [0.1, 0.3, 0.3, 0.3])


class Network(aasist.Tail):
    def __init__(self):
        super().__init__(1024)
        self.ssl = wav2vec2.build()
        for name, classes in TASKS.items():
            self.add_module(name, aasist.Branch(classes))

    def forward(self, wave):
        """[B, classes of all tasks]"""
        x, w = self.features(self.ssl(wave).last_hidden_state)
        return torch.cat([getattr(self, name)(x, w) for name in TASKS], 1)


def logits(model, wave):
    return model(wave)


def published_state(model):
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("ssl.")}
    return state | wav2vec2.published_state(model.ssl, "ssl_model.model.")


def optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-6, weight_decay=1e-4)


def loss(model, wave):
    logits = model(wave).float().split(list(TASKS.values()), 1)
    targets = torch.ones(len(wave), dtype=torch.int64)
    return sum(torch.nn.functional.cross_entropy(one, targets, torch.tensor(weights))
               for one, weights in zip(logits, CLASS_WEIGHTS)) / len(TASKS)
