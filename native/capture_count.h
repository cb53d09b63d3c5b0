// Counts a capture's packets, each to one outcome, as the programs in the kernel do:
// seen = accounted + overflow + unparsed, in packets and in bytes.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "capture_reader.h"
#include "connections.h"
#include "fragments.h"

namespace netsonde {

class CaptureCount {
 public:
  // max_connections: what is more is overflow. decapsulate: connections inside tunnels instead of the tunnels' own.
  CaptureCount(uint32_t max_connections, bool decapsulate) : connections_(max_connections), decapsulate_(decapsulate) {}

  void add(const CaptureRecord& record);

  const Connections& connections() const { return connections_; }
  const ledger& totals() const { return totals_; }  // overflow_unlisted is always empty
  // Of frames whose link type is not known.
  const size& unknownLink() const { return unknown_link_; }
  const std::set<uint16_t>& unknownLinkTypes() const { return unknown_link_types_; }

  struct Protocol {
    uint8_t family, number;
    auto operator<=>(const Protocol&) const = default;
  };
  const std::map<Protocol, size>& overflow() const { return overflow_; }

  // Of the packets that have a time, since the epoch; kNoTime: none has.
  int64_t firstNs() const { return first_ns_; }
  int64_t lastNs() const { return last_ns_; }

 private:
  void account(const cursor& frame, const CaptureRecord& record, const packet& p);
  std::optional<Place> countPacket(const packet& p, const CaptureRecord& record);

  Connections connections_;
  Fragments fragments_;
  bool decapsulate_;
  ledger totals_ = {};
  size unknown_link_ = {};
  std::set<uint16_t> unknown_link_types_;
  std::map<Protocol, size> overflow_;
  int64_t first_ns_ = kNoTime, last_ns_ = kNoTime;
};

}  // namespace netsonde
