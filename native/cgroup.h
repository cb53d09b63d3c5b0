// The programs at the sockets of a cgroup and all below it, and the names of those cgroups.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attach.h"

namespace netsonde {

// A link of cgroup_skb (kernel 5.7) at a directory of the cgroup2 file system. Programs of others there, above and
// below run as well. It goes with its file descriptor: a process that is killed leaves nothing.
class CgroupLink {
 public:
  // Throws Failure: EPERM also where somebody else's program at the cgroup or above it wants to be alone.
  CgroupLink(int program, const std::string& directory, Direction direction);
  ~CgroupLink();
  CgroupLink(CgroupLink&& other) noexcept;
  CgroupLink& operator=(CgroupLink&&) = delete;

 private:
  int fd_;
};

// What stands for a cgroup, by its id, which is its directory's inode number: never 0.
uint32_t cgroupNumber(uint64_t id);

struct Cgroup {
  uint32_t number;   // cgroupNumber()
  std::string path;  // from the directory on that was asked for, which is "/"
};

// The directory and all below it, in no order. One that goes meanwhile may be there or not. Throws Failure.
std::vector<Cgroup> readCgroups(const std::string& directory);

// Where the cgroup2 file system is, and whether that is all of it: in a cgroup namespace or a container it may be the
// part below one cgroup. Throws Failure: ENOENT where it is not mounted.
struct CgroupMount {
  std::string directory;
  bool is_whole;
};
CgroupMount findCgroupMount();

}  // namespace netsonde
