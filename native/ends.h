// A TCP connection's two endpoints as a key of tables in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hash.h"

namespace netsonde {

struct Ends {
  uint8_t addresses[2][16];  // IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2)
  uint16_t ports[2];

  bool operator==(const Ends& other) const { return memcmp(this, &other, sizeof(Ends)) == 0; }
};
static_assert(sizeof(Ends) == 36, "no gaps, which would be compared");

// addresses: 32 bytes.
inline Ends endsOf(const uint8_t* addresses, const uint16_t* ports) {
  Ends ends;
  memcpy(ends.addresses, addresses, sizeof(ends.addresses));
  memcpy(ends.ports, ports, sizeof(ends.ports));
  return ends;
}

inline Ends swapped(const Ends& ends) {
  Ends other;
  for (int i = 0; i < 2; i++) {
    memcpy(other.addresses[i], ends.addresses[!i], sizeof(other.addresses[i]));
    other.ports[i] = ends.ports[!i];
  }
  return other;
}

struct EndsHash {
  size_t operator()(const Ends& ends) const {
    uint64_t words[4];
    memcpy(words, ends.addresses, sizeof(words));
    uint64_t hash = hashSeed();
    for (const uint64_t word : words) hash = mix(hash, word);
    return mix(hash, static_cast<uint64_t>(ends.ports[0]) << 16 | ends.ports[1]);
  }
};

}  // namespace netsonde
