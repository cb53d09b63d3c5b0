// The one way into the kernel for BPF objects.
#pragma once

#include <bpf/libbpf.h>

namespace netsonde {

// bpf_object__load() with the thread's signals held back: the verifier gives up at a pending one (EAGAIN), libbpf tries
// five times, and a profiler sends more (SIGPROF). Returns 0 or a negative errno.
int loadObject(bpf_object* object);

}  // namespace netsonde
