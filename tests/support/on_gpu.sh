#!/bin/sh
# Runs a test on the GPU, or says that this machine has none, which is a test that was skipped.
if ! nvidia-smi --list-gpus >/dev/null 2>&1; then
  echo "[  SKIPPED ] no GPU on this machine"
  exit 0
fi
CODECTRACE_TEST_DEVICE=cuda exec "$@"
