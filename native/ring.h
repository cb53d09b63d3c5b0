// A ring of BPF, read without a system call (kernel 5.8, Documentation/bpf/ringbuf.rst).
#pragma once

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "error.h"

namespace netsonde {

// Not for several threads at once.
class Ring {
 public:
  using Take = std::function<void(const void* record)>;

  // map: stays the caller's. Throws Failure.
  Ring(int map, const char* what) : ring_(ring_buffer__new(map, taken, this, nullptr), ring_buffer__free), what_(what) {
    if (!ring_) throw Failure(errno, what);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Calls take for each record that is complete; a record stays where it is until take returns. Throws Failure, and
  // what take throws: then that record is out.
  void read(const Take& take) {
    take_ = &take;
    const int read = ring_buffer__consume(ring_.get());
    if (const auto thrown = std::exchange(thrown_, nullptr)) std::rethrow_exception(thrown);
    if (read < 0) throw Failure(-read, what_);
  }

 private:
  // Called by C, which nothing may be thrown through.
  static int taken(void* self, void* record, size_t) noexcept {
    auto& ring = *static_cast<Ring*>(self);
    try {
      (*ring.take_)(record);
      return 0;
    } catch (...) {
      ring.thrown_ = std::current_exception();
      return -ECANCELED;
    }
  }

  std::unique_ptr<ring_buffer, void (*)(ring_buffer*)> ring_;
  const char* what_;
  const Take* take_ = nullptr;
  std::exception_ptr thrown_;
};

}  // namespace netsonde
