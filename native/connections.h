// The connections of a capture and what went each way, found by the kernel's own key; up to a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "parser.h"
#include "time_span.h"

namespace netsonde {

struct Connection {
  flow_key6 key = {};  // IPv4 addresses as ::ffff:a.b.c.d; the lower endpoint first, as in the kernel
  uint8_t family = 0;
  uint8_t first_way = 0;  // of the first packet
  uint8_t client = CLIENT_UNKNOWN;
  uint8_t evidence = EVIDENCE_NONE;
  uint8_t has_ports = 0;  // what the key has as ports was read, also where that is 0
  int64_t first_ns = kNoTime,
          last_ns = kNoTime;  // the least and the greatest, since the epoch; kNoTime: no packet had one
  uint32_t packets[2] = {};   // by way: 0 goes from the lower endpoint to the higher
  uint64_t bytes[2] = {};
};

// Where a packet was counted.
struct Place {
  uint32_t connection;
  uint32_t way;
};

class Connections {
 public:
  explicit Connections(uint32_t limit) : limit_(limit) {}

  // Counts a packet that was parsed. Returns nothing if there is no room.
  std::optional<Place> count(const packet& p, uint32_t bytes, int64_t time_ns);
  // The same where it is known already. False: there is no room.
  bool countAt(Place place, uint32_t bytes, int64_t time_ns);

  void hasPorts(Place place) { all_[place.connection].has_ports = 1; }

  // In the order of their first packets.
  const std::vector<Connection>& all() const { return all_; }

 private:
  std::optional<uint32_t> findOrMake(const flow_key6& key, uint8_t family, uint32_t way);
  size_t placeOf(const flow_key6& key, uint8_t family) const;
  void grow();

  uint32_t limit_;
  std::vector<Connection> all_;
  std::vector<uint32_t> table_ = std::vector<uint32_t>(1024);  // index + 1 by hash; 0: free. At most half full
};

}  // namespace netsonde
