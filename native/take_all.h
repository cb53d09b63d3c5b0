// Empties a hash of the kernel, many entries a system call (kernel 5.6).
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "error.h"

namespace netsonde {

// Calls take(keys, values, count) for each batch. what: for the error. Throws Failure; what was taken then is out.
template <typename Key, typename Value, typename Take>
void takeAll(int fd, const char* what, Take take) {
  constexpr uint32_t kBatch = 1024;         // entries a system call: more is not faster, and stays resident
  constexpr uint32_t kMaxBatch = 1u << 20;  // a hash bucket with more than kBatch entries asks for more room
  std::vector<Key> keys(kBatch);
  std::vector<Value> values(kBatch);
  uint32_t position = 0;  // the kernel's bucket number
  bool started = false;
  for (;;) {
    auto count = static_cast<uint32_t>(keys.size());
    uint32_t next = 0;
    const int failed = bpf_map_lookup_and_delete_batch(fd, started ? &position : nullptr, &next, keys.data(),
                                                       values.data(), &count, nullptr);
    const int error = failed ? errno : 0;
    if (error == ENOSPC && keys.size() < kMaxBatch) {
      keys.resize(keys.size() * 2);
      values.resize(keys.size());
      continue;
    }
    if (error && error != ENOENT) throw Failure(error, what);
    take(keys.data(), values.data(), count);
    if (error == ENOENT) return;  // the table's end
    position = next;
    started = true;
  }
}

}  // namespace netsonde
