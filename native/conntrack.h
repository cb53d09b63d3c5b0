// What the kernel's connection tracking says of connections in this network namespace, by ctnetlink.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "hash.h"
#include "netlink.h"

namespace netsonde {

using Address = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d

struct Endpoint {
  Address address = {};
  uint16_t port = 0;  // 0: the protocol has none; ICMP's echo id is none

  bool operator==(const Endpoint&) const = default;
};

// Packets of one way.
struct Tuple {
  Endpoint source, destination;
  uint8_t family = 0;  // 4, 6
  uint8_t protocol = 0;

  bool operator==(const Tuple&) const = default;
  Tuple inverse() const { return {destination, source, family, protocol}; }
};

struct HashOfTuple {
  size_t operator()(const Tuple& tuple) const {
    uint64_t hash = mix(hashSeed(), tuple.protocol);
    for (const Endpoint* end : {&tuple.source, &tuple.destination}) {
      uint64_t words[2];
      memcpy(words, end->address.data(), sizeof(words));
      hash = mix(mix(mix(hash, words[0]), words[1]), end->port);
    }
    return hash;
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

  // Whether get() can ask for it: of ICMP an id would be needed that is not known.
  static bool hasGet(uint8_t protocol);
  // Calls `found` with the index of each tuple that is the original or the reply of an entry of zone 0. Throws Failure.
  void get(const std::vector<Tuple>& tuples, const std::function<void(size_t index, const Tracked&)>& found);
  // Calls `each` with all entries of zone 0. protocol: only those, as far as the kernel can choose (5.8); 0: all.
  // Throws Failure.
  static void list(uint8_t family, uint8_t protocol, const std::function<void(const Tracked&)>& each);

 private:
  void ask(const std::vector<Tuple>& tuples, size_t begin, size_t end,
           const std::function<void(size_t index, const Tracked&)>& found);

  NetlinkSocket socket_{0, NETLINK_NETFILTER};
};

}  // namespace netsonde
