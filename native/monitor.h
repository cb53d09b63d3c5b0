// Tells when an interface of this network namespace comes, changes or goes.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "netlink.h"

namespace netsonde {

// What happened since it was last taken. What came and what changed is for a dump to say.
struct Changes {
  // The index of each interface that went, by deletion or to another namespace; one may be in use again.
  std::vector<uint32_t> removed;
  // More happened than was told, and `removed` may lack some.
  bool lost = false;
};

class Monitor {
 public:
  // From here on nothing is missed. `changed` is called on a thread of the monitor's own, and once between one take()
  // and the next, however much happens. Throws Failure.
  explicit Monitor(std::function<void()> changed);
  // `changed` has ended and is not called any more.
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  Changes take();

 private:
  void run();
  // Reads what the kernel has, until there is no more; returns whether there was anything of interest.
  bool readEvents();
  void noteEvents(const char* bytes, unsigned length);

  std::function<void()> changed_;
  NetlinkSocket socket_;
  int stop_;  // an eventfd

  std::mutex mutex_;
  bool told_ = false;
  bool news_ = false;
  bool lost_ = false;
  std::unordered_set<uint32_t> removed_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace netsonde
