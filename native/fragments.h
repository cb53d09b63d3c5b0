// Where the first fragment of a packet was accounted, so that the later ones, which have no ports, go there too.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "connections.h"

namespace netsonde {

// Forgets the fragmented packet that was met the longest ago.
class Fragments {
 public:
  static constexpr size_t kMaxPackets = 4096;

  void remember(const packet& first, Place place);
  std::optional<Place> find(const packet& later);

 private:
  // RFC 791 2.3 names a packet by its ends, its protocol and its id; RFC 8200 4.5 by its ends and its id.
  struct Name {
    __be64 source[2], destination[2];
    uint32_t id;
    uint8_t family, protocol;
    bool operator==(const Name&) const = default;
  };
  struct Hash {
    size_t operator()(const Name& name) const;
  };
  struct Known {
    Name name;
    Place place;
  };

  static Name nameOf(const packet& fragment);

  std::list<Known> by_age_;  // the newest first
  std::unordered_map<Name, std::list<Known>::iterator, Hash> by_name_;
};

}  // namespace netsonde
