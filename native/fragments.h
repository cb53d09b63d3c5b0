// Where the first fragment of a packet was accounted, so that the later ones, which have no ports, go there too.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "connections.h"
#include "lib/fragment.h"

namespace netsonde {

// Forgets the fragmented packet that was met the longest ago.
class Fragments {
 public:
  void remember(const packet& first, Place place);
  std::optional<Place> find(const packet& later);

 private:
  struct Hash {
    size_t operator()(const fragment_name& name) const;
  };
  struct Equal {
    bool operator()(const fragment_name& a, const fragment_name& b) const;
  };
  struct Known {
    fragment_name name;
    Place place;
  };

  std::list<Known> by_age_;  // the newest first
  std::unordered_map<fragment_name, std::list<Known>::iterator, Hash, Equal> by_name_;
};

}  // namespace netsonde
