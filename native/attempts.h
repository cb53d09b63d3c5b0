// Attempts to connect, put together from what passing packets told of them.
#pragma once

#include <linux/types.h>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ends.h"
#include "shared/flow.h"
#include "shared/tcp.h"

namespace netsonde {

// Columns of SignalRows (signals.h), wherever they are.
struct SignalView {
  size_t length;
  double now;
  const uint8_t* addresses;
  const uint16_t* ports;
  const uint8_t *protocol, *translated, *local, *client;
  const double *syn, *last_syn, *syn_ack, *ack, *reset;
  const uint32_t *resets, *unreachables;
  const uint8_t *unreachable, *unreachable_way;
  const uint8_t* evidence;
  const uint32_t* round_trip_us;

  Ends ends(size_t row) const { return endsOf(addresses + row * 32, ports + row * 2); }
};

constexpr size_t kNoRow = SIZE_MAX;

// How an attempt to connect ended.
struct Attempt {
  Ends ends;        // the client's first
  uint8_t local;    // bit 0: the client is this node, bit 1: the server
  uint8_t error;    // enum tcp_error
  double duration;  // seconds from the first SYN to the client's answer to the SYN and ACK; NaN where it failed
  double rtt;       // seconds that a SYN, its answer and the answer to that took; NaN where that is not known
  size_t row;       // of the signals that ended it, or kNoRow
};

// An attempt is told when it has come to its end, in one generation or in several: the handshake is over, was refused,
// or the next SYN was due and did not come.
class Attempts {
 public:
  // most: attempts at a time. A flood of SYNs is not to take all memory.
  explicit Attempts(size_t most) : most_(most) {}

  std::vector<Attempt> settle(const SignalView& signals);
  // How many found no room since the last call.
  uint64_t takeLost();

 private:
  struct Pending {
    Ends ends;
    uint8_t client;  // enum client, never unknown
    uint8_t local;
    uint8_t unreachable;  // enum unreachable. A client may try again all the same (RFC 5461): it is no end by itself
    double syn, last_syn, syn_ack;
  };

  static bool begin(const SignalView& signals, size_t row, Pending& pending);
  static bool end(const Pending& pending, const SignalView& signals, size_t row, Attempt& attempt);
  void take(const SignalView& signals, size_t row, std::vector<Attempt>& settled);

  const size_t most_;
  uint64_t lost_ = 0;
  std::unordered_map<Ends, Pending, EndsHash> pending_;  // by the ends in the order of SignalView
};

}  // namespace netsonde
