#include <algorithm>
#include <cstring>

#include "byte_source.h"

namespace netsonde {

size_t MemorySource::read(void* to, size_t size) {
  const size_t count = std::min(size, left_);
  if (count > 0) memcpy(to, bytes_, count);
  bytes_ += count;
  left_ -= count;
  return count;
}

}  // namespace netsonde
