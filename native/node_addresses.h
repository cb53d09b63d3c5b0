// Addresses of this node's other network namespaces: those of its pods and containers.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "address.h"
#include "ways.h"

namespace netsonde {

// Not for several threads at once. Namespaces are those of the processes that this process can see, and those that are
// mounted (ip netns, CNI).
class NodeAddresses {
 public:
  // Reads them anew if what is known is too old for the addresses that are asked about: older than ten seconds, or than
  // a second where one of these is not known (the longer, the more often that brought nothing).
  void learn(const std::vector<Address>& asked);
  // Whether one of the namespaces has the address, and the way from here to it is not by a device of hardware: another
  // node's container may have it, too, where each node gives out the same ones.
  bool has(const Address& address);
  // Why not all namespaces could be read, or empty.
  const std::string& problem() const { return problem_; }

 private:
  void read();

  std::unordered_set<Address, HashOfAddress> addresses_;
  Ways ways_;
  std::string problem_;
  double read_at_s_ = -1e9;
  double wait_s_ = 1;
};

}  // namespace netsonde
