#include "known_ports.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace netsonde {
namespace {

// Servers' ports of the IANA registry, nearly all below 1024, which no system gives to a client by itself. Left out:
// ports on which both ends send as they please, or which tell nothing of who asked (ftp-data 20, dhcp 67 and 68, ike
// 500, vxlan 4789), and all that a system gives to clients by default (Linux and Windows from 32768 and 49152 on). 2049
// is in, because its clients use ports below 1024 themselves: with both known, none is taken for the server.
constexpr std::array<uint16_t, 34> kTcp = {21,  22,  23,  25,  43,  53,  70,  79,   80,   88,  110, 111,
                                           119, 135, 139, 143, 179, 389, 443, 445,  465,  554, 563, 587,
                                           631, 636, 853, 989, 990, 993, 995, 2049, 3306, 5432};
constexpr std::array<uint16_t, 14> kUdp = {53, 69, 80, 88, 111, 123, 137, 161, 389, 443, 514, 853, 1812, 2049};

template <size_t N>
bool isIn(const std::array<uint16_t, N>& ports, uint16_t port) {
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

bool isKnown(uint8_t protocol, uint16_t port) {
  return (protocol == IPPROTO_TCP && isIn(kTcp, port)) || (protocol == IPPROTO_UDP && isIn(kUdp, port));
}

}  // namespace

void tellClientByPort(FlowRows& rows, size_t row) {
  if (rows.client[row] != CLIENT_UNKNOWN) return;
  const bool lower = isKnown(rows.protocol[row], rows.ports[row * 2]);
  const bool higher = isKnown(rows.protocol[row], rows.ports[row * 2 + 1]);
  if (lower == higher) return;
  rows.client[row] = lower ? CLIENT_HIGHER : CLIENT_LOWER;
  rows.evidence[row] = EVIDENCE_KNOWN_PORT;
}

}  // namespace netsonde
