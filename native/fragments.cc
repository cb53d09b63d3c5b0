#include "fragments.h"

#include "hash.h"

namespace netsonde {

size_t Fragments::Hash::operator()(const Name& name) const {
  uint64_t hash = hashSeed();
  for (const uint64_t word : {name.source[0], name.source[1], name.destination[0], name.destination[1]})
    hash = mix(hash, word);
  return mix(hash, static_cast<uint64_t>(name.id) << 16 | name.family << 8 | name.protocol);
}

Fragments::Name Fragments::nameOf(const packet& fragment) {
  Name name = {};
  name.id = fragment.fragment_id;
  name.family = fragment.family;
  if (fragment.family == 4) {
    name.source[0] = fragment.source4;
    name.destination[0] = fragment.destination4;
    name.protocol = fragment.protocol;
  } else {
    memcpy(name.source, fragment.source6, sizeof(name.source));
    memcpy(name.destination, fragment.destination6, sizeof(name.destination));
  }
  return name;
}

void Fragments::remember(const packet& first, Place place) {
  const Name name = nameOf(first);
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) {
    known->second->place = place;
    by_age_.splice(by_age_.begin(), by_age_, known->second);
    return;
  }
  if (by_age_.size() == kMaxPackets) {
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
