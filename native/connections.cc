#include "connections.h"

#include "hash.h"

namespace netsonde {
namespace {

uint64_t hashOf(const flow_key6& key, uint8_t family) {
  uint64_t words[sizeof(key) / sizeof(uint64_t)];
  static_assert(sizeof(words) == sizeof(key));
  memcpy(words, &key, sizeof(key));
  uint64_t hash = mix(hashSeed(), family);
  for (const uint64_t word : words) hash = mix(hash, word);
  return hash;
}

// Returns the way.
uint32_t keyOf(const packet& p, flow_key6* key) {
  if (p.family == 6) return key6_of(&p, key);
  flow_key4 narrow;
  const uint32_t way = key4_of(&p, &narrow);
  for (int end = 0; end < 2; end++) {
    uint8_t* address = reinterpret_cast<uint8_t*>(key->address[end]);
    memset(address, 0, 10);
    address[10] = address[11] = 0xff;
    memcpy(address + 12, &narrow.address[end], 4);
    key->port[end] = narrow.port[end];
  }
  key->protocol = narrow.protocol;
  key->later_fragment = narrow.later_fragment;
  key->echo_id = 0;
  return way;
}

}  // namespace

std::optional<Place> Connections::count(const packet& p, uint32_t bytes, int64_t time_ns) {
  flow_key6 key;
  const uint32_t way = keyOf(p, &key);
  const auto found = findOrMake(key, p.family, way);
  if (!found || !countAt({*found, way}, bytes, time_ns)) return std::nullopt;
  if (const client client = client_of(&p, way)) {
    all_[*found].client = client;
    all_[*found].evidence = EVIDENCE_SYN;
  }
  return Place{*found, way};
}

bool Connections::countAt(Place place, uint32_t bytes, int64_t time_ns) {
  const auto [index, way] = place;
  Connection& to = all_[index];
  if (to.packets[way] == UINT32_MAX) return false;
  to.packets[way]++;
  to.bytes[way] += bytes;
  widen(time_ns, to.first_ns, to.last_ns);
  return true;
}

size_t Connections::placeOf(const flow_key6& key, uint8_t family) const {
  const size_t mask = table_.size() - 1;
  size_t place = hashOf(key, family) & mask;
  for (; table_[place] != 0; place = (place + 1) & mask) {
    const Connection& known = all_[table_[place] - 1];
    if (known.family == family && memcmp(&known.key, &key, sizeof(key)) == 0) break;
  }
  return place;
}

std::optional<uint32_t> Connections::findOrMake(const flow_key6& key, uint8_t family, uint32_t way) {
  size_t place = placeOf(key, family);
  if (table_[place] != 0) return table_[place] - 1;
  if (all_.size() >= limit_) return std::nullopt;
  if ((all_.size() + 1) * 2 > table_.size()) {
    grow();
    place = placeOf(key, family);
  }
  Connection& made = all_.emplace_back();
  made.key = key;
  made.family = family;
  made.first_way = static_cast<uint8_t>(way);
  table_[place] = static_cast<uint32_t>(all_.size());
  return table_[place] - 1;
}

void Connections::grow() {
  table_.assign(table_.size() * 2, 0);
  for (uint32_t i = 0; i < all_.size(); i++) table_[placeOf(all_[i].key, all_[i].family)] = i + 1;
}

}  // namespace netsonde
