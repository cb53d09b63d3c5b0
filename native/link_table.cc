#include "link_table.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include <cstring>
#include <unordered_map>

namespace netsonde {
namespace {

using ByRealEnds = std::unordered_multimap<Tuple, const Tracked*, HashOfTuple>;

Tuple tupleOf(const link_key& key) {
  Tuple tuple;
  memcpy(tuple.source.address.data(), key.source, sizeof(key.source));
  memcpy(tuple.destination.address.data(), key.destination, sizeof(key.destination));
  tuple.source.port = ntohs(key.source_port);
  tuple.destination.port = ntohs(key.destination_port);
  tuple.family = isIpv4(tuple.source.address.data()) ? 4 : 6;
  tuple.protocol = key.protocol;
  return tuple;
}

void setTuple(link_key& key, const Tuple& tuple) {
  memcpy(key.source, tuple.source.address.data(), sizeof(key.source));
  memcpy(key.destination, tuple.destination.address.data(), sizeof(key.destination));
  key.source_port = htons(tuple.source.port);
  key.destination_port = htons(tuple.destination.port);
}

// From the client that is not translated to the real server.
Tuple realEndsOf(const Tracked& tracked) {
  return {tracked.original.source, tracked.reply.source, tracked.original.family, tracked.original.protocol};
}

bool find(int map, const link_key& key, link_addresses& found) {
  if (bpf_map_lookup_elem(map, &key, &found) == 0) return true;
  found = {};
  return false;
}

// Under the names that the way has before and behind NAT.
void findTranslated(int map, link_key key, const ByRealEnds& by_ends, link_addresses& found) {
  const Tuple tuple = tupleOf(key);
  for (const bool to_client : {false, true}) {
    const auto [begin, end] = by_ends.equal_range(to_client ? tuple.inverse() : tuple);
    for (auto each = begin; each != end; ++each) {
      const auto& [original, reply] = *each->second;
      for (const Tuple& name : {to_client ? reply : original, to_client ? original.inverse() : reply.inverse()}) {
        setTuple(key, name);
        if (find(map, key, found)) return;
      }
    }
  }
}

}  // namespace

std::vector<link_addresses> readLinkAddresses(int map, const std::vector<link_key>& keys,
                                              const KnownTranslations& known) {
  std::vector<link_addresses> found(keys.size());
  ByRealEnds by_ends;
  for (size_t i = 0; i < keys.size(); i++) {
    if (find(map, keys[i], found[i]) || known.isEmpty()) continue;
    if (by_ends.empty()) known.forEach([&](const Tracked& one) { by_ends.emplace(realEndsOf(one), &one); });
    findTranslated(map, keys[i], by_ends, found[i]);
  }
  return found;
}

}  // namespace netsonde
