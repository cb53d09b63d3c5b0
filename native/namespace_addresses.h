// The addresses of another network namespace, without entering it.
#pragma once

#include <cstdint>
#include <vector>

#include "address.h"

namespace netsonde {

// By what /proc tells of a process in it. Empty where that cannot be read (CAP_SYS_PTRACE is needed for processes of
// others), or where the process is in another namespace by now, or is another. Without loopback addresses.
std::vector<Address> addressesOf(uint32_t netns, uint32_t pid);

}  // namespace netsonde
