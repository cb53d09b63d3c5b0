// The BPF programs and their maps: loaded once, gone with this object.
#pragma once

#include <bpf/libbpf.h>
#include <linux/types.h>

#include <memory>
#include <string>
#include <vector>

#include "shared/flow.h"

namespace netsonde {

// Where the programs are to stand. The others of the object are not loaded.
enum class Hooks { kInterfaces, kSockets };

struct Options {
  Hooks hooks = Hooks::kInterfaces;
  uint32_t max_flows = 0;                 // entries of each generation's table and family
  settings constants = {};                // of the programs
  std::vector<filter_rule> filter_rules;  // at most MAX_FILTER_RULES, those that exclude first
};

class Object {
 public:
  // path: flow.bpf.o. Throws Failure.
  Object(const std::string& path, const Options& options);
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  // File descriptors stay this object's. Throws Failure if the object has no such program or map.
  int program(const char* name) const;
  int map(const char* name) const;

  // Makes the programs write to the other generation and returns the number of the one that nobody writes to any
  // more: an update of a map in a map waits for the programs that may still (kernel/bpf/syscall.c,
  // maybe_wait_bpf_programs). Throws Failure.
  uint32_t turnGeneration();

 private:
  void choosePrograms(Hooks hooks);
  void setMaxEntries(const char* name, uint32_t entries);
  void setMaxFlows(uint32_t max_flows, bool signals);
  void setConstants(const char* section, const void* constants, size_t bytes);
  void setFilters(const std::vector<filter_rule>& rules);

  std::unique_ptr<bpf_object, void (*)(bpf_object*)> object_;
  volatile uint32_t* running_ = nullptr;  // the programs' own variable, mapped
  int inner_ = -1;                        // any array: what is put into the barrier
};

}  // namespace netsonde
