// The programs at the kernel's TCP tracepoints, each in an object of its own, and the tables that they share.
#pragma once

#include <bpf/libbpf.h>
#include <linux/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ring.h"
#include "shared/flow.h"
#include "shared/tcp.h"

namespace netsonde {

// What became of one program. code: the errno's name, or empty if it works.
struct TcpFeature {
  std::string name;
  std::string code;
  std::string message;
  uint32_t program = 0;  // its id in the kernel; 0: none, or it has done its work
};

class TcpPrograms {
 public:
  // folder: where the objects are. max_connections: places in each table.
  // A program that cannot be loaded or attached costs what it tells and nothing else: see features().
  // Throws Failure only if the tables cannot be made.
  TcpPrograms(const std::string& folder, uint32_t max_connections);
  ~TcpPrograms();
  TcpPrograms(const TcpPrograms&) = delete;
  TcpPrograms& operator=(const TcpPrograms&) = delete;

  const std::vector<TcpFeature>& features() const { return features_; }

  using Take = std::function<void(const tcp_record&)>;
  // The connections that live, with what their sockets hold now; without the iterator, what the programs wrote. Throws
  // Failure.
  void live(const Take& take) const;
  // Takes the last accounts of those that ended. Throws Failure.
  void takeEnded(const Take& take);
  // What servers sent again of handshakes that have not come to a connection yet, or have just now. Those that are over
  // are told once. Throws Failure.
  std::vector<std::pair<tcp_ends, tcp_request>> requests() const;
  // Forgets a connection whose end nobody told.
  void forget(const tcp_id& id) const;
  // By enum tcp_loss, since the start.
  std::vector<uint64_t> losses() const;
  // Runs that a program missed because it was interrupted by an event of its own kind (kernel 6.2 and later), since the
  // start.
  uint64_t missed() const;

 private:
  struct Spec;
  struct Loaded {
    std::unique_ptr<bpf_object, void (*)(bpf_object*)> object{nullptr, bpf_object__close};
    std::unique_ptr<bpf_link, int (*)(bpf_link*)> link{nullptr, bpf_link__destroy};
  };

  // Returns the program's id.
  uint32_t load(const std::string& folder, const Spec& spec);
  void share(bpf_object* object);
  int table(const char* name) const;

  uint32_t max_connections_;
  std::map<std::string, int> tables_;
  std::unique_ptr<Ring> ended_;
  std::vector<Loaded> loaded_;
  std::vector<TcpFeature> features_;
  const bpf_link* live_ = nullptr;
  bool destroy_is_told_ = false;
};

}  // namespace netsonde
