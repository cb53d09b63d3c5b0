// Whose the ends of connections are that have a socket on this node: never a guess.
#pragma once

#include <linux/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "address.h"
#include "owner_programs.h"
#include "ways.h"

namespace netsonde {

// Between whom, as the one side asks for it that knows less: a row of flows, or of a TCP socket. JavaScript fills it
// (src/receivers/ebpf/owner-queries.ts).
struct OwnerQuery {
  uint8_t address[2][16];
  uint16_t port[2];
  uint32_t netns;  // of the end whose socket told; 0: not known
  uint8_t protocol;
  uint8_t own;  // which end that is, + 1; 0: neither
  uint16_t service_port;
  uint8_t service[16];  // what the client called, where it was translated; service_port 0: none
};
static_assert(sizeof(OwnerQuery) == 60);

// pid 0, command "", cgroup 0: not known, or several have it that differ.
struct Owner {
  process who = {};
  uint32_t cgroup = 0;  // as in a hook at a socket (cgroup.h)

  // Leaves what both have in common. from: the later one.
  void merge(const Owner& from);
  bool operator==(const Owner& other) const;
};

struct OwnerAnswers {
  std::vector<uint32_t> ends;  // 2 a query: entry of owners + 1; 0: no socket of this node
  std::vector<Owner> owners;
};

class Owners {
 public:
  // Loads the programs and looks at all sockets there are. at_interfaces: loopback addresses that come without a
  // namespace are this one's. Throws Failure.
  Owners(const std::string& folder, bool at_interfaces);

  const std::vector<TcpFeature>& features() const { return programs_.features(); }

  // Looks at all sockets again. What is asked then is of the time since the look before. Throws Failure.
  void look();

  // Throws Failure.
  OwnerAnswers ask(const std::vector<OwnerQuery>& queries);

 private:
  // When a socket was seen: bits.
  enum Seen : uint8_t { kBefore = 1, kNow = 2, kEvent = 4 };

  struct Entry {
    uint32_t netns = 0;
    uint8_t seen = 0;
    Owner owner;
  };

  struct Tuple {
    uint8_t protocol = 0;
    Endpoint local, remote;
    bool operator==(const Tuple&) const = default;
  };
  struct HashOfTuple {
    size_t operator()(const Tuple& tuple) const;
  };

  // Of one that is not connected. Address 0: any of that family.
  struct Bound {
    uint32_t netns = 0;
    uint8_t protocol = 0;
    bool ipv6 = false;
    Endpoint local;
    bool operator==(const Bound&) const = default;
  };
  struct HashOfBound {
    size_t operator()(const Bound& bound) const;
  };

  void takeEvents();
  void build();
  void askForAddresses();
  void take(const std::vector<owned_socket>& sockets, Seen seen);
  static void see(Entry& entry, const owned_socket& socket, Seen seen);
  // Nothing: no socket of this node. Where it is not known whose, an empty Owner. is_here: the end has an address of
  // this namespace.
  std::optional<Owner> find(const OwnerQuery& query, int end, bool is_here);
  bool leadsHere(const Address& address);
  std::optional<Owner> findConnected(const Tuple& tuple, uint32_t netns) const;
  Owner findBound(uint8_t protocol, const Endpoint& local, uint32_t netns) const;
  Owner ownerOf(const Entry& entry, bool has_events) const;

  OwnerPrograms programs_;
  uint32_t own_namespace_;
  bool at_interfaces_;
  std::vector<owned_socket> before_, now_;
  // Events of the time since the last look, and since the one before that: packets of a connection that is closed come
  // a little later.
  std::vector<owned_socket> events_, older_events_;
  uint64_t lost_ = 0;
  bool lost_now_ = false, lost_before_ = false;

  std::unordered_multimap<Tuple, Entry, HashOfTuple> connected_;  // one of each namespace
  std::unordered_map<Bound, Entry, HashOfBound> bound_;
  std::unordered_map<Address, std::unordered_set<uint32_t>, HashOfAddress> namespaces_;  // that have an address
  Ways ways_;
  // Namespaces whose addresses were asked for, with the look in which they are to be again.
  std::unordered_map<uint32_t, uint32_t> asked_;
  uint32_t looks_ = 0;
};

}  // namespace netsonde
