// What a frame of a capture file is, for each link type that is known.
#pragma once

#include "parser.h"

namespace netsonde {

bool isKnownLinkType(uint16_t link_type);

// Fills *p, which the caller has zeroed. The link type has to be a known one.
parsed parseFrame(const cursor& frame, uint16_t link_type, bool decapsulate, packet* p);

}  // namespace netsonde
