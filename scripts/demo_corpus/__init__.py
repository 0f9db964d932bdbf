"""Builds the demo corpus: real speech through real codecs, laid out as CoRS and CoSG.

    python -m demo_corpus --recipe configs/demo/recipe.toml --out demo/corpus

The recipe names the speech, the codecs and the synthesisers; nothing of them is in the code, except
for the two learned quantisers. Dataflow, a file each:

    speech_packages -> speech -> bands -> assignment -> coding -> lists
                                          (codecs, learned_quantiser)
                                          synthetic_speech ------^
"""

import os

# Read when numpy is loaded. Codecs run side by side already, and the number of cores must not decide
# how a sum is rounded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
