// A program at an interface's hook: by TCX where the kernel has it, else as a clsact filter.
#pragma once

#include <cstdint>
#include <string>

namespace netsonde {

enum class Direction { kIngress, kEgress };

// A TCX link (kernel 6.6), first in its row so that no other program's verdict hides packets from it. It goes with its
// file descriptor: a process that is killed leaves nothing.
class TcxLink {
 public:
  // Throws Failure: EINVAL from a kernel that has no TCX, ENODEV where there is no such interface.
  TcxLink(int program, uint32_t ifindex, Direction direction);
  ~TcxLink();
  TcxLink(TcxLink&& other) noexcept;
  TcxLink& operator=(TcxLink&&) = delete;

 private:
  int fd_;
};

// Both filters of ours on one interface, and its clsact qdisc where we created it.
//
// A filter outlives its process, so ours bear a mark (their handle) by which the next start finds and removes them.
// The mark also tells whether the qdisc is ours. A name in the abstract socket namespace, which the kernel frees with
// the process, tells a dead process's filters from those of one that runs.
class ClsactFilters {
 public:
  // Throws Failure: EADDRINUSE where a running netsonde has the interface.
  ClsactFilters(int ingress_program, int egress_program, uint32_t ifindex);
  // Removes the filters, and the qdisc if we created it and nobody else has a filter there.
  ~ClsactFilters();
  ClsactFilters(const ClsactFilters&) = delete;
  ClsactFilters& operator=(const ClsactFilters&) = delete;

  // Whether an earlier process had left filters of ours, which were removed.
  bool removedStale() const { return removed_stale_; }

 private:
  void add(int program, Direction direction);
  void remove();

  uint32_t ifindex_;
  int lock_ = -1;
  bool qdisc_is_ours_ = false;
  bool qdisc_is_bare_ = false;
  bool removed_stale_ = false;
};

// Removes the filters that a killed process left on the interface, and the qdisc if that process had created it and
// nobody else uses it. Returns whether there was any. Leaves those of a running process alone.
bool removeStaleFilters(uint32_t ifindex);

}  // namespace netsonde
