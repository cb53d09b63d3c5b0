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
  // Bits, for the time that they are said in and the next.
  struct Said {
    uint8_t now = 0, before = 0;
    uint32_t at = 0;

    void add(uint8_t bits, uint32_t time);
    uint8_t of(uint32_t time) const;
  };
  struct Claim {
    Said recent;   // by interval
    Said lasting;  // of failed attempts, by period
  };
  uint8_t bitsOf(const Claim& claim) const;

  const double lasting_ms_;
  double period_began_ms_ = 0;
  size_t failed_in_period_ = 0;
  uint32_t interval_ = 0, period_ = 0;
  std::unordered_map<Ends, Claim, EndsHash> claims_;
};

}  // namespace netsonde
