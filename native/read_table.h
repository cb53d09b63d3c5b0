// Reads a hash of the kernel, many entries a system call (kernel 5.6). Entries that come and go meanwhile may be among
// them or not; the others are, once each.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "error.h"

namespace netsonde {

enum class Then { kLeave, kRemove };

// Calls take(keys, values, count) for each batch. what: for the error. Throws Failure; what was removed then is out.
template <typename Key, typename Value, typename Take>
void readTable(int fd, Then then, const char* what, Take take) {
  constexpr uint32_t kBatch = 1024;  // entries a system call: more take memory that is new, and cleared, each time
  constexpr uint32_t kMaxBatch = 1u << 20;  // a hash bucket with more than kBatch entries asks for more room
  const auto read = then == Then::kRemove ? bpf_map_lookup_and_delete_batch : bpf_map_lookup_batch;
  std::vector<Key> keys(kBatch);
  std::vector<Value> values(kBatch);
  uint32_t position = 0;  // the kernel's bucket number
  bool started = false;
  for (;;) {
    auto count = static_cast<uint32_t>(keys.size());
    uint32_t next = 0;
    const int failed = read(fd, started ? &position : nullptr, &next, keys.data(), values.data(), &count, nullptr);
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
