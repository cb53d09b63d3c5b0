#include "file_pages.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace netsonde {
namespace {

struct Mapping {
  uint64_t begin = 0, end = 0;
  bool is_of_file = false;  // private, not writable
};

// The first line of a mapping (proc_pid_maps(5)), which begins with its addresses; false for lines that tell of it.
bool readMapping(const std::string& line, Mapping& mapping) {
  uint64_t begin = 0, end = 0;
  char permissions[5] = {};
  int path = 0;
  const int fields =
      sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %*x %*s %*u %n", &begin, &end, permissions, &path);
  if (fields != 3) return false;
  const std::string_view read(permissions);
  mapping = {begin, end, (read == "r-xp" || read == "r--p") && line[path] == '/'};
  return true;
}

}  // namespace

void releaseFilePages() {
  std::ifstream smaps("/proc/self/smaps");
  Mapping mapping;
  uint64_t anonymous = 0;
  for (std::string line; std::getline(smaps, line);) {
    if (readMapping(line, mapping)) continue;
    // What was relocated when it was loaded is read-only now, too, and is not what the file has.
    if (sscanf(line.c_str(), "Anonymous: %" SCNu64 " kB", &anonymous) == 1 && anonymous == 0 && mapping.is_of_file)
      madvise(reinterpret_cast<void*>(mapping.begin), mapping.end - mapping.begin, MADV_DONTNEED);
  }
}

}  // namespace netsonde
