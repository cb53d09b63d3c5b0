// The ways from this network namespace to addresses.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "address.h"

namespace netsonde {

// Not for several threads at once.
class Ways {
 public:
  // Interfaces and routes change: what was found is read anew.
  void forget();
  // Whether packets to the address leave by an interface that is no hardware. Else, or where there is no way, it is
  // another's than a container's of this node, even if one has it, too: each node may give out the same ones.
  // Throws Failure, once for an address; then it is false.
  bool leadInside(const Address& address);

 private:
  std::unordered_set<uint32_t> virtual_;  // interfaces that are no hardware
  std::unordered_map<Address, bool, HashOfAddress> known_;
};

}  // namespace netsonde
