// The port that a WireGuard device of this network namespace listens at, by generic netlink (linux/wireguard.h).
#pragma once

#include <cstdint>

namespace netsonde {

// 0: it has none, or the kernel does not tell (that needs CAP_NET_ADMIN). Never throws.
uint16_t wireguardPort(uint32_t ifindex);

}  // namespace netsonde
