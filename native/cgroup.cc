#include "cgroup.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "error.h"
#include "shared/flow.h"

namespace netsonde {
namespace {

// A tree of more is not read to its end: its cgroups are counted without a name.
constexpr size_t kMaxCgroups = 1u << 17;
constexpr int kMaxDepth = 64;  // cgroup.max.depth has no limit by default, a path has one

constexpr ino_t kRootInode = 1;  // kernel/cgroup/cgroup.c, cgroup_setup_root: the root's id

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// An entry's inode number is its cgroup's id, so none has to be opened to know it.
void readBelow(int parent, const char* name, const std::string& path, int depth, std::vector<Cgroup>& found) {
  const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;  // it went
  const Directory directory(fdopendir(fd), closedir);
  if (!directory) {
    close(fd);
    return;
  }
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    if (found.size() == kMaxCgroups) return;
    const std::string below = path + "/" + entry->d_name;
    found.push_back({cgroupNumber(entry->d_ino), below});
    if (depth < kMaxDepth) readBelow(fd, entry->d_name, below, depth + 1, found);
  }
}

// proc_pid_mountinfo(5) writes space, tab, newline and backslash as three octal digits.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

uint32_t cgroupNumber(uint64_t id) {
  const auto number = static_cast<uint32_t>(id & CGROUP_NUMBERS);
  return number ? number : CGROUP_NUMBERS;
}

CgroupLink::CgroupLink(int program, const std::string& directory, Direction direction) {
  const int cgroup = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) throw Failure(errno, "opening the cgroup " + directory);
  const auto type = direction == Direction::kIngress ? BPF_CGROUP_INET_INGRESS : BPF_CGROUP_INET_EGRESS;
  fd_ = bpf_link_create(program, cgroup, type, nullptr);
  close(cgroup);
  if (fd_ < 0) throw Failure(-fd_, "creating a cgroup_skb link at " + directory);
}

CgroupLink::~CgroupLink() {
  if (fd_ >= 0) close(fd_);
}

CgroupLink::CgroupLink(CgroupLink&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

std::vector<Cgroup> readCgroups(const std::string& directory) {
  struct stat root = {};
  if (stat(directory.c_str(), &root)) throw Failure(errno, "reading the cgroup " + directory);
  std::vector<Cgroup> found = {{cgroupNumber(root.st_ino), "/"}};
  readBelow(AT_FDCWD, directory.c_str(), "", 0, found);
  return found;
}

CgroupMount findCgroupMount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string skipped, directory, word;
    words >> skipped >> skipped >> skipped >> skipped >> directory;
    while (words >> word && word != "-") continue;  // optional fields end with a hyphen
    std::string type;
    if (!(words >> type) || type != "cgroup2") continue;
    directory = unescaped(directory);
    struct stat root = {};
    if (stat(directory.c_str(), &root)) continue;  // mounted over
    return {directory, root.st_ino == kRootInode};
  }
  throw Failure(ENOENT, "finding the cgroup2 file system in /proc/self/mountinfo");
}

}  // namespace netsonde
