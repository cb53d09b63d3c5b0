// Ports that tell a server where no SYN was seen.
#pragma once

#include "connections.h"

namespace netsonde {

// Which end is the server by its port: only if exactly one end's port is in the table. The other end then is the
// client.
client clientByPort(const Connection& connection);

}  // namespace netsonde
