// The network interfaces of this network namespace, by rtnetlink: /sys may show another namespace's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace netsonde {

struct Interface {
  uint32_t index = 0;
  uint32_t master = 0;       // index of its bridge, bond, vrf; 0: none
  uint32_t link = 0;         // index of what it stands on, of a veth its other end; 0: none in this namespace
  uint32_t type = 0;         // ARPHRD_*, linux/if_arp.h
  uint16_t tunnel_port = 0;  // UDP port of a vxlan, geneve, bareudp or wireguard device; 0: none
  std::string name;
  std::string kind;  // of the driver that rtnetlink names (veth, bridge, bond, vxlan, tun...), else loopback, physical
};

// By index. While interfaces come and go one may be listed that is gone; its event is still to come. Throws Failure.
std::vector<Interface> readInterfaces();

}  // namespace netsonde
