// Reads an iterator of BPF to its end (kernel 5.8).
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "error.h"

namespace netsonde {

// Calls take(bytes, length) for what its program writes; that may be cut anywhere. what: for the error. Throws Failure.
template <typename Take>
void readIterator(const bpf_link* link, const char* what, Take take) {
  struct Reader {
    int fd;
    ~Reader() {
      if (fd >= 0) close(fd);
    }
  };
  const Reader reader{bpf_iter_create(bpf_link__fd(link))};
  if (reader.fd < 0) throw Failure(-reader.fd, what);
  alignas(8) char buffer[32768];
  for (;;) {
    const ssize_t got = read(reader.fd, buffer, sizeof(buffer));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) throw Failure(errno, what);
    if (got == 0) return;
    take(buffer, static_cast<size_t>(got));
  }
}

// Of one whose program writes nothing.
inline void runIterator(const bpf_link* link, const char* what) {
  readIterator(link, what, [](const char*, size_t) {});
}

}  // namespace netsonde
