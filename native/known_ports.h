// Ports that tell a server where no SYN was seen.
#pragma once

#include <cstdint>

#include "drain.h"

namespace netsonde {

// Names the client of a row of which no SYN was seen: by its server's port, and only if exactly one end's port is known
// to be one. The row's protocol and ports are set.
void tellClientByPort(FlowRows& rows, size_t row);

}  // namespace netsonde
