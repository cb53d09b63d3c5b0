// What a frame of a capture file is, for each link type that is known.
#pragma once

#include "parser.h"

namespace netsonde {

// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype-10.html
enum LinkTypeNumber : uint16_t {
  kLinkNull = 0,
  kLinkEthernet = 1,
  kLinkRawOfMost = 12,     // DLT_RAW, as tools wrote it that did not translate
  kLinkRawOfOpenBsd = 14,  // the same there
  kLinkRaw = 101,
  kLinkLoop = 108,
  kLinkLinuxCooked = 113,
  kLinkIpv4 = 228,
  kLinkIpv6 = 229,
  kLinkLinuxCooked2 = 276,
};

bool isKnownLinkType(uint16_t link_type);

// Fills *p, which the caller has zeroed. The link type has to be a known one.
parsed parseFrame(const cursor& frame, uint16_t link_type, bool decapsulate, packet* p);

}  // namespace netsonde
