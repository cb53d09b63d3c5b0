#include "fragments.h"

#include "hash.h"

namespace netsonde {

namespace {

fragment_name nameOf(const packet& fragment) {
  fragment_name name = {};
  name_fragment(&fragment, &name);
  return name;
}

}  // namespace

size_t Fragments::Hash::operator()(const fragment_name& name) const {
  uint64_t hash = hashSeed();
  for (const uint64_t word : {name.source[0], name.source[1], name.destination[0], name.destination[1]})
    hash = mix(hash, word);
  return mix(hash, static_cast<uint64_t>(name.id) << 16 | name.family << 8 | name.protocol);
}

bool Fragments::Equal::operator()(const fragment_name& a, const fragment_name& b) const {
  return memcmp(&a, &b, sizeof(a)) == 0;
}

void Fragments::remember(const packet& first, Place place) {
  const fragment_name name = nameOf(first);
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) {
    known->second->place = place;
    by_age_.splice(by_age_.begin(), by_age_, known->second);
    return;
  }
  if (by_age_.size() == MAX_FRAGMENTED) {
    by_name_.erase(by_age_.back().name);
    by_age_.pop_back();
  }
  by_age_.push_front({name, place});
  by_name_[name] = by_age_.begin();
}

std::optional<Place> Fragments::find(const packet& later) {
  const auto known = by_name_.find(nameOf(later));
  if (known == by_name_.end()) return std::nullopt;
  return known->second->place;
}

}  // namespace netsonde
