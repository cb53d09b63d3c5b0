// The programs, what they are attached to, and the generation that runs: what one ebpf receiver owns.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "attach.h"
#include "cgroup.h"
#include "drain.h"
#include "listeners.h"
#include "object.h"
#include "twins.h"

namespace netsonde {

enum class LinkType { kEthernet, kIp };

// Safe to use from several threads: a drain runs off the event loop.
class Datapath {
 public:
  // As Object.
  Datapath(const std::string& object_path, const Options& options);

  // Both directions or none. Throws Failure.
  void attachTcx(uint32_t ifindex, LinkType link);
  // Returns whether filters of a killed process were removed on the way. Throws Failure.
  bool attachClsact(uint32_t ifindex, LinkType link);
  // At the sockets of a cgroup and all below it. Throws Failure.
  void attachCgroup(const std::string& directory);
  // Nothing happens if the interface is not attached.
  void detach(uint32_t ifindex);

  // The MAC addresses of a way of a connection at an interface; zeros where none are known. Throws Failure.
  std::vector<link_addresses> linkAddresses(const std::vector<link_key>& keys);

  // rules: those of the filters whose interfaces this one is among, a bit each. Throws Failure.
  void setFilterInterface(uint32_t ifindex, uint64_t rules);

  // From now on a socket that listens tells a connection's server where no SYN has. object_path: listeners.bpf.o.
  // Throws Failure.
  void watchListeners(const std::string& object_path);

  // Throws Failure; EBADF after close().
  // last: what it takes is not kept for a later one.
  Generation drain(bool last);

  // Detaches all and frees the maps. What no drain has taken is gone. Safe to call twice.
  void close();

 private:
  struct Attachment {
    std::vector<TcxLink> links;
    std::unique_ptr<ClsactFilters> filters;
  };

  int program(Direction direction, LinkType link) const;
  void requireOpen() const;
  void tellListeners(Generation& generation);

  std::mutex mutex_;
  std::unique_ptr<Object> object_;
  std::map<uint32_t, Attachment> attachments_;  // destroyed before the object, whose programs they hold
  std::vector<CgroupLink> sockets_;             // as those
  std::unique_ptr<Listeners> listeners_;
  double generation_start_ms_;
  bool at_interfaces_;
  Twins twins_;
};

}  // namespace netsonde
