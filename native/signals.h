// How connections began and failed in a generation, as passing packets told it.
#pragma once

#include <linux/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shared/flow.h"
#include "shared/signals.h"

namespace netsonde {

// Times in seconds of CLOCK_BOOTTIME; NaN: no such packet in this generation.
struct SignalRows {
  std::vector<uint8_t> addresses;  // 2 x 16 bytes a row, as FlowRows
  std::vector<uint16_t> ports;     // 2 a row
  std::vector<uint8_t> family;     // 4, 6
  std::vector<uint8_t> protocol;
  std::vector<uint8_t> local;       // as FlowRows
  std::vector<uint8_t> translated;  // 1: NAT's other name for a connection that has a row under its own
  std::vector<uint8_t> client;      // enum client
  std::vector<uint8_t> evidence;    // enum evidence, for the client; of rows with a round trip
  std::vector<double> syn, last_syn, syn_ack, ack, reset;
  std::vector<uint32_t> resets;  // 2 a row, by way
  std::vector<uint32_t> unreachables;
  std::vector<uint8_t> unreachable;      // enum unreachable
  std::vector<uint8_t> unreachable_way;  // of the packet that did not arrive
  std::vector<uint32_t> round_trip_us;   // 2 a row, by way: from here to the end that it leads to and back; 0: unknown

  double now = 0;  // of the same clock, when the generation was closed

  size_t size() const { return protocol.size(); }
};

// Empties the table of a closed generation. Throws Failure.
void takeSignals(int fd, SignalRows& rows);

}  // namespace netsonde
