// The programs that tell which process has which socket.
#pragma once

#include <bpf/libbpf.h>
#include <linux/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shared/owner.h"
#include "tcp_programs.h"

namespace netsonde {

class OwnerPrograms {
 public:
  // folder: where the objects are. Throws nothing: see features().
  explicit OwnerPrograms(const std::string& folder);
  OwnerPrograms(const OwnerPrograms&) = delete;
  OwnerPrograms& operator=(const OwnerPrograms&) = delete;

  const std::vector<TcpFeature>& features() const { return features_; }

  // Which process has which socket now: each pair, at least once. Nothing without the iterator. Throws Failure.
  std::vector<owned_socket> open() const;
  // Takes who called and who closed. Throws Failure.
  std::vector<owned_socket> takeTold() const;
  // Whether events can be told.
  bool tellsEvents() const { return events_.object != nullptr; }
  // Events that could not be told, since the start: what a full table refused, and what a program missed because it
  // was interrupted by an event of its own kind (kernel 6.2 and later).
  uint64_t lost() const;

 private:
  using Link = std::unique_ptr<bpf_link, int (*)(bpf_link*)>;
  struct Loaded {
    std::unique_ptr<bpf_object, void (*)(bpf_object*)> object{nullptr, bpf_object__close};
    std::vector<Link> links;
  };

  static Loaded load(const std::string& folder, const char* name);
  void tryLoad(const std::string& folder, const char* feature, const char* name, Loaded& into);

  Loaded files_, events_;
  std::vector<TcpFeature> features_;
};

}  // namespace netsonde
