"""Progress lines that begin with the seconds since the start."""

import time

_begun = time.monotonic()


def report(message: str) -> None:
    print(f"{time.monotonic() - _begun:6.1f} s  {message}", flush=True)
