// The connections of which a socket of this node has told what became of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "ends.h"

namespace netsonde {

// Which ends have told, as bits: by enum tcp_role.
constexpr uint8_t kClientTold = 1;
constexpr uint8_t kServerTold = 2;

// Keeps passing packets from telling once more what a socket has told. A claim holds for the interval that it is made
// in and the next; a failed attempt's for longer, for packets show only by what does not follow that nobody answers.
class Claims {
 public:
  // lasting_ms: for how long at least a failed attempt is remembered.
  explicit Claims(double lasting_ms) : lasting_ms_(lasting_ms) {}

  // To be called once an interval, before its claims are made.
  void turn(double now_ms);
  // ends: the client's first. told: who tells; 0 where nobody knows which end it is.
  void add(const Ends& ends, uint8_t told, bool failed);
  // Who has told, as bits.
  uint8_t of(const Ends& ends) const;

 private:
  using Told = std::unordered_map<Ends, uint8_t, EndsHash>;

  const double lasting_ms_;
  double turned_ms_ = 0;
  Told recent_[2], lasting_[2];  // the newer one first
};

}  // namespace netsonde
