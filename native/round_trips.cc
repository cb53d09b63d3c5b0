#include "round_trips.h"

#include <cmath>
#include <utility>

namespace netsonde {
namespace {

// Of a connection that says nothing for so long nothing is remembered.
constexpr double kSilenceS = 600;
constexpr double kForgettingS = 60;

}  // namespace

void RoundTrips::turn(double now) {
  if (now < next_forgetting_) return;
  next_forgetting_ = now + kForgettingS;
  std::erase_if(known_, [now](const auto& each) { return now - each.second.seen > kSilenceS; });
}

uint64_t RoundTrips::takeLost() { return std::exchange(lost_, 0); }

uint32_t RoundTrips::tell(const SignalView& signals, size_t row) {
  const uint32_t* fresh = signals.round_trip_us + row * 2;
  const bool begins = !std::isnan(signals.syn[row]);
  const bool any = fresh[0] || fresh[1];
  if (!any && !begins) return 0;
  auto found = known_.find(signals.ends(row));
  if (found == known_.end()) {
    if (!any) return 0;
    if (known_.size() >= most_) {
      lost_++;
      return 0;
    }
    found = known_.emplace(signals.ends(row), Known{}).first;
  }
  Known& known = found->second;
  if (begins) known = {};  // the same ports once more
  for (int way = 0; way < 2; way++)
    if (fresh[way]) known.us[way] = fresh[way];
  known.seen = signals.now;
  const uint32_t sum = known.us[0] + known.us[1];
  if (!known.us[0] || !known.us[1] || sum == known.told_us) return 0;
  known.told_us = sum;
  return sum;
}

}  // namespace netsonde
