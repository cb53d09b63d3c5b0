#include "tcp_programs.h"

#include <bpf/bpf.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "error.h"
#include "load_object.h"
#include "read_iterator.h"
#include "read_table.h"

namespace netsonde {
namespace {

// No kernel waits longer for the next SYN and ACK (TCP_RTO_MAX).
constexpr uint64_t kRequestS = 130;

enum class Hook { kTracepoint, kConnections, kFiles };

// All 0 where the kernel does not say.
bpf_prog_info infoOf(const bpf_program* program) {
  bpf_prog_info info = {};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length)) return {};
  return info;
}

uint64_t socketOf(uint64_t key) { return key; }
uint64_t socketOf(const tcp_id& key) { return key.socket; }

template <typename Key>
void readRecords(int fd, Then then, const char* what, const TcpPrograms::Take& take) {
  readTable<Key, tcp_connection>(fd, then, what, [&](const Key* keys, const tcp_connection* values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) take({socketOf(keys[i]), values[i]});
  });
}

}  // namespace

struct TcpPrograms::Spec {
  const char* feature;
  const char* object;
  Hook hook;
};

TcpPrograms::TcpPrograms(const std::string& folder, uint32_t max_connections) : max_connections_(max_connections) {
  // The end first, so that whatever the others write down is removed again; what finds connections last.
  static constexpr Spec kSpecs[] = {
      {"tcp.destroy_sock", "tcp_destroy", Hook::kTracepoint},
      {"tcp.set_state", "tcp_state", Hook::kTracepoint},
      {"tcp.retransmit", "tcp_retransmit", Hook::kTracepoint},
      {"tcp.retransmit_synack", "tcp_synack", Hook::kTracepoint},
      {"tcp.send_reset", "tcp_reset_sent", Hook::kTracepoint},
      {"tcp.receive_reset", "tcp_reset_received", Hook::kTracepoint},
      {"tcp.live", "tcp_live", Hook::kConnections},
      {"tcp.open", "tcp_open", Hook::kFiles},
      {"tcp.probe", "tcp_probe", Hook::kTracepoint},
  };
  for (const Spec& spec : kSpecs) {
    TcpFeature feature{spec.feature, "", "", 0};
    try {
      feature.program = load(folder, spec);
    } catch (const Failure& failure) {
      feature.code = failure.code();
      feature.message = failure.what();
    }
    features_.push_back(std::move(feature));
  }
  table("tcp_sockets");
  table("tcp_ended_more");
  table("tcp_losses");
  ended_ = std::make_unique<Ring>(table("tcp_ended"), "reading the ring of connections that ended");
}

TcpPrograms::~TcpPrograms() {
  for (const auto& [name, fd] : tables_) close(fd);
}

uint32_t TcpPrograms::load(const std::string& folder, const Spec& spec) {
  const std::string name = std::string(spec.object) + ".bpf.o";
  LibbpfLog log;
  Loaded loaded;
  loaded.object.reset(bpf_object__open_file((folder + name).c_str(), nullptr));
  if (!loaded.object) throw Failure(errno, "opening " + name, log.summary());
  share(loaded.object.get());
  if (const int error = loadObject(loaded.object.get())) throw Failure(-error, "loading " + name, log.summary());

  const bpf_program* program = bpf_object__next_program(loaded.object.get(), nullptr);
  bpf_iter_link_info over = {};
  over.map.map_fd = static_cast<uint32_t>(table("tcp_sockets"));
  LIBBPF_OPTS(bpf_iter_attach_opts, options);
  if (spec.hook == Hook::kConnections) {
    options.link_info = &over;
    options.link_info_len = sizeof(over);
  }
  loaded.link.reset(spec.hook == Hook::kTracepoint ? bpf_program__attach(program)
                                                   : bpf_program__attach_iter(program, &options));
  if (!loaded.link) throw Failure(errno, "attaching " + name, log.summary());
  if (spec.hook == Hook::kFiles) {
    runIterator(loaded.link.get(), "looking for open connections");
    return 0;
  }
  if (spec.hook == Hook::kConnections) live_ = loaded.link.get();
  if (std::string(spec.object) == "tcp_destroy") destroy_is_told_ = true;
  loaded_.push_back(std::move(loaded));
  return infoOf(program).id;
}

// Makes the object use the tables that there are, and makes those that are not there yet.
void TcpPrograms::share(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const std::string name = bpf_map__name(map);
    if (bpf_map__is_internal(map)) {
      size_t size = 0;
      auto* values = const_cast<void*>(static_cast<const void*>(bpf_map__initial_value(map, &size)));
      if (values && name.ends_with(".rodata") && size >= sizeof(uint32_t)) {
        const uint32_t told = destroy_is_told_;  // tcp_state's only setting
        memcpy(values, &told, sizeof(told));
      }
      continue;
    }
    auto found = tables_.find(name);
    if (found == tables_.end()) {
      const uint32_t entries = bpf_map__type(map) == BPF_MAP_TYPE_HASH ? max_connections_ : bpf_map__max_entries(map);
      LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(map));
      const int fd = bpf_map_create(bpf_map__type(map), name.c_str(), bpf_map__key_size(map), bpf_map__value_size(map),
                                    entries, &options);
      if (fd < 0) throw Failure(-fd, "making table " + name);
      found = tables_.emplace(name, fd).first;
    }
    if (const int error = bpf_map__reuse_fd(map, found->second)) throw Failure(-error, "sharing table " + name);
  }
}

int TcpPrograms::table(const char* name) const {
  const auto found = tables_.find(name);
  if (found == tables_.end()) {
    for (const TcpFeature& feature : features_)
      if (!feature.code.empty()) throw Failure(ENOENT, std::string("finding table ") + name, feature.message);
    throw Failure(ENOENT, std::string("finding table ") + name);
  }
  return found->second;
}

void TcpPrograms::live(const Take& take) const {
  if (!live_) {
    readRecords<uint64_t>(table("tcp_sockets"), Then::kLeave, "reading the table of connections", take);
    return;
  }
  std::vector<char> rest;  // a record may come in two reads
  readIterator(live_, "reading the connections that live", [&](const char* bytes, size_t length) {
    rest.insert(rest.end(), bytes, bytes + length);
    size_t at = 0;
    for (tcp_record record; rest.size() - at >= sizeof(record); at += sizeof(record)) {
      memcpy(&record, rest.data() + at, sizeof(record));
      take(record);
    }
    rest.erase(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(at));
  });
}

void TcpPrograms::takeEnded(const Take& take) {
  ended_->read([&](const void* record) { take(*static_cast<const tcp_record*>(record)); });
  readRecords<tcp_id>(table("tcp_ended_more"), Then::kRemove, "reading the connections that ended", take);
}

std::vector<std::pair<tcp_ends, tcp_request>> TcpPrograms::requests() const {
  std::vector<std::pair<tcp_ends, tcp_request>> found;
  const auto table = tables_.find("tcp_requests");
  if (table == tables_.end()) return found;  // neither of the two programs that use it could be loaded
  const int fd = table->second;
  readTable<tcp_ends, tcp_request>(fd, Then::kLeave, "reading the requests to connect",
                                   [&](const tcp_ends* ends, const tcp_request* requests, uint32_t count) {
                                     for (uint32_t i = 0; i < count; i++) found.emplace_back(ends[i], requests[i]);
                                   });
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const auto silent = static_cast<uint64_t>(now.tv_sec) - kRequestS;
  for (const auto& [ends, request] : found)
    if (request.over || request.newest_ns / 1'000'000'000 < silent) bpf_map_delete_elem(fd, &ends);
  return found;
}

void TcpPrograms::forget(const tcp_id& id) const {
  tcp_connection now = {};
  const int fd = table("tcp_sockets");
  if (bpf_map_lookup_elem(fd, &id.socket, &now) || now.began_ns != id.began_ns) return;
  bpf_map_delete_elem(fd, &id.socket);
}

std::vector<uint64_t> TcpPrograms::losses() const {
  std::vector<uint64_t> counts(TCP_LOSSES);
  const int fd = table("tcp_losses");
  for (uint32_t i = 0; i < TCP_LOSSES; i++)
    if (bpf_map_lookup_elem(fd, &i, &counts[i])) throw Failure(errno, "reading the losses");
  return counts;
}

uint64_t TcpPrograms::missed() const {
  uint64_t sum = 0;
  for (const Loaded& each : loaded_) {
    const bpf_program* program = bpf_object__next_program(each.object.get(), nullptr);
    sum += infoOf(program).recursion_misses;
  }
  return sum;
}

}  // namespace netsonde
