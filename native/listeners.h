// Which sockets listen, in all network namespaces, and so which end of a connection is the server's.
#pragma once

#include <bpf/libbpf.h>
#include <linux/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "address.h"
#include "drain.h"
#include "object.h"

namespace netsonde {

class Listeners {
 public:
  // path: listeners.bpf.o. Looks at all sockets there are. Throws Failure.
  explicit Listeners(const std::string& path);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // Names the client of TCP rows that no SYN has told, where exactly one end listens; `local` of the rows is set. An
  // end listens if its address and port are a listener's, or if its port is one's that takes any address in a namespace
  // which has that address. Never by the port alone.
  // loopback: loopback addresses in the rows are this namespace's.
  // Returns the rows that it has told. Throws Failure.
  std::vector<size_t> tell(FlowRows& rows, bool loopback);

 private:
  struct Known {
    std::unordered_set<Endpoint, HashOfEndpoint> servers;
    std::unordered_set<uint32_t> own_ports;      // of this namespace, at any address: port << 1 | is IPv6
    std::unordered_set<uint32_t> foreign_ports;  // as those, of the others
  };

  void scan();
  void read();
  bool listens(const FlowRows& rows, size_t row, int end, bool loopback);
  int map(const char* name) const;
  uint64_t missedEvents() const;

  std::unique_ptr<bpf_object, void (*)(bpf_object*)> object_;
  std::unique_ptr<bpf_link, int (*)(bpf_link*)> events_, files_;
  uint32_t own_namespace_;
  uint32_t changes_ = 0, unknown_ = 0;
  uint64_t missed_ = 0;
  Known now_;
  Known before_;           // what listened when the generation began; empty where nothing changed
  bool in_doubt_ = false;  // an end whose namespace's addresses are not all known may listen
  double next_scan_ms_ = 0, wait_ms_ = 0;
};

}  // namespace netsonde
