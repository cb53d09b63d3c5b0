// Fuzzes the look for an attribute in generic netlink's answers: the bytes are the answer, as much of it as there is.
#include "generic_netlink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (uint16_t type = 0; type < 8; type++) netsonde::genericAttribute(data, size, type);
  return 0;
}
