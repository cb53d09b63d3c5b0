// What the kernel's connection tracking says of connections in this network namespace, by ctnetlink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "address.h"
#include "netlink.h"

namespace netsonde {

// Packets of one way.
struct Tuple {
  Endpoint source, destination;
  uint8_t family = 0;  // 4, 6
  uint8_t protocol = 0;
  uint16_t echo_id = 0;  // ICMP's

  bool operator==(const Tuple&) const = default;
  Tuple inverse() const { return {destination, source, family, protocol, echo_id}; }
};

bool isIcmp(uint8_t protocol);

struct HashOfTuple {
  size_t operator()(const Tuple& tuple) const {
    return mix(mix(HashOfEndpoint()(tuple.source), HashOfEndpoint()(tuple.destination)),
               tuple.protocol | static_cast<uint64_t>(tuple.echo_id) << 8);
  }
};

// As the first packet came in, and as its answers come in.
struct Tracked {
  Tuple original, reply;

  bool isTranslated() const { return !(reply == original.inverse()); }
};

class Conntrack {
 public:
  // Entries in the kernel's table; 0 also where there is no connection tracking. Asks nothing that loads a module.
  static uint64_t count();

  // Calls `found` with the index of each tuple that is the original or the reply of an entry of zone 0. echo_reply:
  // what tuples of ICMP are, else they are requests. Throws Failure.
  void get(const std::vector<Tuple>& tuples, bool echo_reply,
           const std::function<void(size_t index, const Tracked&)>& found);
  // Calls `each` with all entries of zone 0. Throws Failure.
  static void list(const std::function<void(const Tracked&)>& each);

 private:
  void ask(const std::vector<Tuple>& tuples, bool echo_reply, size_t begin, size_t end,
           const std::function<void(size_t index, const Tracked&)>& found);

  NetlinkSocket socket_{0, NETLINK_NETFILTER};
};

}  // namespace netsonde
