#pragma once

namespace codectrace {

/// From now on freed memory stays with the process, to be given out again.
///
/// A network's activations come and go with every batch. Those above 32 MiB glibc would map and
/// unmap each time, and hand the rest's memory back too; the kernel then clears every page anew,
/// which took a twentieth of an inference. Memory in use isn't more for it. Does nothing where the
/// C library isn't glibc.
void keep_freed_memory();

}  // namespace codectrace
