// Addresses as bytes: 16 in the order of the wire, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hash.h"

namespace netsonde {

using Address = std::array<uint8_t, 16>;

inline constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

inline bool isIpv4(const uint8_t* address) { return memcmp(address, kMappedPrefix, sizeof(kMappedPrefix)) == 0; }

inline bool isLoopback(const uint8_t* address) {
  constexpr uint8_t kIpv6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return isIpv4(address) ? address[12] == 127 : memcmp(address, kIpv6, sizeof(kIpv6)) == 0;
}

// Loopback and link-local addresses: each namespace has these, or many do.
inline bool isOfAny(const Address& address) {
  if (isLoopback(address.data())) return true;
  if (isIpv4(address.data())) return address[12] == 169 && address[13] == 254;
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

struct HashOfAddress {
  size_t operator()(const Address& address) const {
    uint64_t words[2];
    memcpy(words, address.data(), sizeof(words));
    return mix(mix(hashSeed(), words[0]), words[1]);
  }
};

struct Endpoint {
  Address address = {};
  uint16_t port = 0;  // 0: the protocol has none; ICMP's echo id is none

  bool operator==(const Endpoint&) const = default;
};

struct HashOfEndpoint {
  size_t operator()(const Endpoint& endpoint) const { return mix(HashOfAddress()(endpoint.address), endpoint.port); }
};

}  // namespace netsonde
