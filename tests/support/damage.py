"""What rots."""

from pathlib import Path


def flip_a_bit_of_samples(corpus: Path) -> None:
    """In the middle of the first shard, which is samples. Twice is as before."""
    shard = min(corpus.glob("shard-*.h5"))
    with open(shard, "r+b") as file:
        middle = shard.stat().st_size // 2
        file.seek(middle)
        byte = file.read(1)[0]
        file.seek(middle)
        file.write(bytes([byte ^ 1]))
