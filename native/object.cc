#include "object.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "error.h"
#include "load_object.h"

namespace netsonde {
namespace {

size_t pageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

std::string baseName(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

Object::Object(const std::string& path, const Options& options) : object_(nullptr, bpf_object__close) {
  LibbpfLog log;
  object_.reset(bpf_object__open_file(path.c_str(), nullptr));
  if (!object_) throw Failure(errno, "opening " + path, log.summary());
  choosePrograms(options.hooks);
  setMaxFlows(options.max_flows, options.constants.signals);
  setConstants(".rodata.settings", &options.constants, sizeof(options.constants));
  setFilters(options.filter_rules);
  if (options.constants.link_addresses) setMaxEntries("link_addresses", 2 * options.max_flows);  // a way each
  if (const int error = loadObject(object_.get())) throw Failure(-error, "loading " + baseName(path), log.summary());

  const int running = map(".data.running");
  inner_ = bpf_map_create(BPF_MAP_TYPE_ARRAY, "barrier_inner", sizeof(uint32_t), sizeof(uint32_t), 1, nullptr);
  if (inner_ < 0) throw Failure(-inner_, "creating the barrier's inner map");
  void* memory = mmap(nullptr, pageSize(), PROT_READ | PROT_WRITE, MAP_SHARED, running, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    close(inner_);
    throw Failure(error, "mapping the generation number");
  }
  running_ = static_cast<volatile uint32_t*>(memory);
}

Object::~Object() {
  if (running_) munmap(const_cast<uint32_t*>(running_), pageSize());
  if (inner_ >= 0) close(inner_);
}

void Object::choosePrograms(Hooks hooks) {
  const auto type = hooks == Hooks::kSockets ? BPF_PROG_TYPE_CGROUP_SKB : BPF_PROG_TYPE_SCHED_CLS;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_.get())
      bpf_program__set_autoload(program, bpf_program__type(program) == type);
}

void Object::setMaxEntries(const char* name, uint32_t entries) {
  bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
  if (!map) throw Failure(ENOENT, std::string("finding map ") + name);
  if (const int error = bpf_map__set_max_entries(map, entries))
    throw Failure(-error, std::string("sizing map ") + name);
}

void Object::setMaxFlows(uint32_t max_flows, bool signals) {
  for (const char* name : {"flows4_0", "flows4_1", "flows6_0", "flows6_1", "connections4", "connections6"})
    setMaxEntries(name, max_flows);
  for (const char* name : {"signals_0", "signals_1"}) setMaxEntries(name, signals ? max_flows : 1);
}

void Object::setConstants(const char* section, const void* constants, size_t bytes) {
  bpf_map* map = bpf_object__find_map_by_name(object_.get(), section);
  if (!map) throw Failure(ENOENT, std::string("finding the programs' ") + section);
  if (const int error = bpf_map__set_initial_value(map, constants, bytes))
    throw Failure(-error, std::string("setting the programs' ") + section);
}

void Object::setFilters(const std::vector<filter_rule>& rules) {
  filter_rule all[MAX_FILTER_RULES] = {};
  std::copy(rules.begin(), rules.end(), all);
  setConstants(".rodata.filters", all, sizeof(all));
  const bool of_interfaces = std::ranges::any_of(rules, [](const filter_rule& rule) { return rule.of_interfaces; });
  if (!of_interfaces) setMaxEntries("filter_interfaces", 1);
}

int Object::program(const char* name) const {
  const bpf_program* found = bpf_object__find_program_by_name(object_.get(), name);
  if (!found) throw Failure(ENOENT, std::string("finding program ") + name);
  return bpf_program__fd(found);
}

int Object::map(const char* name) const {
  const int fd = bpf_object__find_map_fd_by_name(object_.get(), name);
  if (fd < 0) throw Failure(-fd, std::string("finding map ") + name);
  return fd;
}

uint32_t Object::turnGeneration() {
  const uint32_t closed = *running_ & 1;
  *running_ = closed ^ 1;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint32_t first = 0;
  if (bpf_map_update_elem(map("barrier"), &first, &inner_, BPF_ANY))
    throw Failure(errno, "waiting for the programs of the closed generation");
  return closed;
}

}  // namespace netsonde
