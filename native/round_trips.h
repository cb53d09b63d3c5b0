// Round-trip times of connections that pass through, from what the programs took of each way in each generation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "attempts.h"
#include "ends.h"

namespace netsonde {

class RoundTrips {
 public:
  // most: connections that are remembered at a time.
  explicit RoundTrips(size_t most) : most_(most) {}

  // To be called once a generation.
  void turn(double now);
  // Microseconds from here to both ends and back: the newest of each way, added up. 0: one of them is not known, or
  // nothing is new.
  uint32_t tell(const SignalView& signals, size_t row);
  // How many found no room since the last call.
  uint64_t takeLost();

 private:
  struct Known {
    uint32_t us[2];
    uint32_t told_us;
    double seen;  // SignalView::now
  };

  const size_t most_;
  uint64_t lost_ = 0;
  double next_forgetting_ = 0;
  std::unordered_map<Ends, Known, EndsHash> known_;  // by the ends in the order of SignalView
};

}  // namespace netsonde
