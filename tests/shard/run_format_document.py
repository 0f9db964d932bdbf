"""Runs the h5py lines of FORMAT.md and prints what they read: the id, then the samples as int16."""
import re
import sys

document = open(sys.argv[1], encoding="utf-8").read()
lines = re.search(r"```python\n(.*?)```", document, re.DOTALL).group(1)
assert len(lines.splitlines()) == 5, "the document promises five lines"
read = {}
exec(lines, read)
print(read["name"])
for sample in read["waveform"] * 32768:
    print(int(sample))
