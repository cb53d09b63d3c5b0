// Tells which endpoints of connections are this node: packets to it do not go on.
#pragma once

#include "drain.h"

namespace netsonde {

// Sets `local` of all rows by the addresses that this network namespace has now. Multicast and broadcast are for
// everybody, this node too. Where the addresses cannot be read all ends are taken for this node's.
void tellLocalEnds(FlowRows& rows);

}  // namespace netsonde
