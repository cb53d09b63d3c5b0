// From the first packet to the last, of packets in any order, some of which have no time.
#pragma once

#include <cstdint>

namespace netsonde {

constexpr int64_t kNoTime = INT64_MIN;

inline void widen(int64_t time_ns, int64_t& first_ns, int64_t& last_ns) {
  if (time_ns == kNoTime) return;
  if (first_ns == kNoTime || time_ns < first_ns) first_ns = time_ns;
  if (time_ns > last_ns) last_ns = time_ns;
}

}  // namespace netsonde
