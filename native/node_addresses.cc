#include "node_addresses.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "error.h"
#include "local_ends.h"

namespace netsonde {
namespace {

constexpr double kFreshS = 10;
constexpr double kFirstWaitS = 1;
// A node has a namespace for each pod, and the kubelet's own limit is far below.
constexpr size_t kMaxNamespaces = 4096;

using Paths = std::map<ino_t, std::string>;  // by the namespace's number

double nowS() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void addOfProcesses(Paths& paths) {
  DIR* processes = opendir("/proc");
  if (!processes) return;
  while (const dirent* each = readdir(processes)) {
    if (!isdigit(static_cast<unsigned char>(each->d_name[0]))) continue;
    const std::string path = std::string("/proc/") + each->d_name + "/ns/net";
    struct stat found = {};
    if (!stat(path.c_str(), &found)) paths.try_emplace(found.st_ino, path);
  }
  closedir(processes);
}

// proc(5), mountinfo: the fourth field is the namespace, as net:[4026531840], the fifth where it is mounted.
void addMounted(const std::string& process, const std::string& root, Paths& paths) {
  std::ifstream mounts("/proc/" + process + "/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" - nsfs ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string id, parent, device, what, where;
    fields >> id >> parent >> device >> what >> where;
    if (what.starts_with("net:[")) paths.try_emplace(strtoull(what.c_str() + 5, nullptr, 10), root + where);
  }
}

}  // namespace

void NodeAddresses::learn(const std::vector<Address>& asked) {
  const auto isUnknown = [this](const Address& each) { return !addresses_.contains(each); };
  const double age = nowS() - read_at_s_;
  if (age < kFreshS && (age < wait_s_ || std::none_of(asked.begin(), asked.end(), isUnknown))) return;
  read();
  read_at_s_ = nowS();
  const bool in_vain = std::any_of(asked.begin(), asked.end(), isUnknown);
  wait_s_ = in_vain ? std::min(wait_s_ * 2, kFreshS) : kFirstWaitS;
}

// A thread of its own enters one namespace after another, for a thread that has left its own is of no other use.
void NodeAddresses::read() {
  addresses_.clear();
  ways_.forget();
  problem_.clear();
  Paths paths;
  addOfProcesses(paths);
  addMounted("self", "", paths);
  addMounted("1", "/proc/1/root", paths);
  struct stat own = {};
  if (!stat("/proc/self/ns/net", &own)) paths.erase(own.st_ino);
  std::thread([&] {
    size_t count = 0;
    for (const auto& [number, path] : paths) {
      if (++count > kMaxNamespaces) {
        problem_ = "there are more than " + std::to_string(kMaxNamespaces) + " network namespaces";
        return;
      }
      const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) {
        if (errno != ENOENT) problem_ = "opening " + path + ": " + strerror(errno);
        continue;  // ENOENT: the process ended meanwhile
      }
      const int failed = setns(fd, CLONE_NEWNET) ? errno : 0;
      close(fd);
      if (failed) {
        problem_ = "entering " + path + ": " + strerror(failed);
        continue;
      }
      try {
        for (const Address& each : readAddresses())
          if (!isOfAny(each)) addresses_.insert(each);
      } catch (const Failure& failure) {
        problem_ = failure.what();
      }
    }
  }).join();
}

bool NodeAddresses::has(const Address& address) {
  if (!addresses_.contains(address)) return false;
  try {
    return ways_.leadInside(address);
  } catch (const Failure& failure) {
    problem_ = failure.what();
    return false;
  }
}

}  // namespace netsonde
