// Hashes of what strangers choose: the seed is new in each process, so that nobody can make keys collide.
#pragma once

#include <sys/random.h>

#include <cstdint>

namespace netsonde {

inline uint64_t hashSeed() {
  static const uint64_t seed = [] {
    uint64_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0) random = reinterpret_cast<uintptr_t>(&random);
    return random;
  }();
  return seed;
}

// The 128-bit product folded: wyhash's mixing step.
inline uint64_t mix(uint64_t hash, uint64_t word) {
  const auto product = static_cast<unsigned __int128>(hash ^ 0x9e3779b97f4a7c15) * (word ^ 0xd6e8feb86659fd93 ^ hash);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ word;
}

}  // namespace netsonde
