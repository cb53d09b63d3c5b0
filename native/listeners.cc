#include "listeners.h"

#include <bpf/bpf.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "error.h"
#include "load_object.h"
#include "read_iterator.h"
#include "read_table.h"
#include "shared/listener.h"

namespace netsonde {
namespace {

// A scan is asked for by connections that nobody can explain, and those may be there for long: 10 s to the second one,
// and twice as long as before to each after it that brings nothing.
constexpr double kFirstWaitMs = 10'000;
constexpr double kLongestWaitMs = 640'000;

bool isAny(const listener& each) {
  return std::all_of(std::begin(each.address), std::end(each.address), [](uint32_t word) { return word == 0; });
}

uint32_t portKey(uint16_t port, bool ipv6) { return static_cast<uint32_t>(port) << 1 | (ipv6 ? 1 : 0); }

struct ByNamespace {
  bool operator()(const namespace_id& one, const namespace_id& other) const {
    return std::tie(one.cookie, one.number) < std::tie(other.cookie, other.number);
  }
};

}  // namespace

Listeners::Listeners(const std::string& path)
    : object_(nullptr, bpf_object__close), events_(nullptr, bpf_link__destroy), files_(nullptr, bpf_link__destroy) {
  struct stat own = {};
  if (stat("/proc/self/ns/net", &own)) throw Failure(errno, "reading /proc/self/ns/net");
  own_namespace_ = static_cast<uint32_t>(own.st_ino);

  LibbpfLog log;
  object_.reset(bpf_object__open_file(path.c_str(), nullptr));
  if (!object_) throw Failure(errno, "opening " + path, log.summary());
  if (const int error = loadObject(object_.get())) throw Failure(-error, "loading listeners.bpf.o", log.summary());
  const auto attach = [&](const char* program) {
    bpf_link* link = bpf_program__attach(bpf_object__find_program_by_name(object_.get(), program));
    if (!link) throw Failure(errno, std::string("attaching ") + program, log.summary());
    return link;
  };
  events_.reset(attach("listeners_state"));  // before the scan, so that nothing is missed between them
  files_.reset(attach("listeners_open"));
  scan();
  read();
}

Listeners::~Listeners() = default;

int Listeners::map(const char* name) const {
  const int fd = bpf_object__find_map_fd_by_name(object_.get(), name);
  if (fd < 0) throw Failure(-fd, std::string("finding map ") + name);
  return fd;
}

// Goes through the files of all tasks that this process can see.
void Listeners::scan() {
  readTable<local_address, uint8_t>(map("local_addresses"), Then::kRemove, "forgetting the addresses of sockets",
                                    [](const local_address*, const uint8_t*, uint32_t) {});
  runIterator(files_.get(), "looking for sockets that listen");
}

// Takes over what the programs know.
void Listeners::read() {
  std::map<namespace_id, std::vector<listener>, ByNamespace> at_any;
  before_ = std::exchange(now_, {});
  const auto take = [&](const listener& each) {
    const bool is_own = each.namespace_id.number == own_namespace_;
    if (isAny(each)) {
      auto& ports = is_own ? now_.own_ports : now_.foreign_ports;
      if (each.ipv4) ports.insert(portKey(each.port, false));
      if (each.ipv6) ports.insert(portKey(each.port, true));
      if (!is_own) at_any[each.namespace_id].push_back(each);
      return;
    }
    Endpoint endpoint;
    memcpy(endpoint.address.data(), each.address, sizeof(each.address));
    endpoint.port = each.port;
    if (is_own || !isLoopback(endpoint.address.data())) now_.servers.insert(endpoint);
  };
  const auto takeAddress = [&](const local_address& own) {
    const auto found = at_any.find(own.namespace_id);
    if (found == at_any.end()) return;
    Endpoint endpoint;
    memcpy(endpoint.address.data(), own.address, sizeof(own.address));
    if (isLoopback(endpoint.address.data())) return;
    const bool ipv6 = !isIpv4(endpoint.address.data());
    for (const listener& each : found->second) {
      endpoint.port = each.port;
      if (ipv6 ? each.ipv6 : each.ipv4) now_.servers.insert(endpoint);
    }
  };
  readTable<uint64_t, listener>(
      map("listeners"), Then::kLeave, "reading which sockets listen",
      [&](const uint64_t*, const listener* listeners, uint32_t count) { std::for_each_n(listeners, count, take); });
  readTable<local_address, uint8_t>(map("local_addresses"), Then::kLeave, "reading the addresses of sockets",
                                    [&](const local_address* addresses, const uint8_t*, uint32_t count) {
                                      std::for_each_n(addresses, count, takeAddress);
                                    });
}

bool Listeners::listens(const FlowRows& rows, size_t row, int end, bool loopback) {
  const uint8_t* address = &rows.addresses[row * 32 + static_cast<size_t>(end) * 16];
  if (!loopback && isLoopback(address)) return false;
  Endpoint endpoint;
  memcpy(endpoint.address.data(), address, 16);
  endpoint.port = rows.ports[row * 2 + static_cast<size_t>(end)];
  if (now_.servers.contains(endpoint) || before_.servers.contains(endpoint)) return true;
  const uint32_t port = portKey(endpoint.port, !isIpv4(address));
  if (rows.local[row] >> end & 1) return now_.own_ports.contains(port) || before_.own_ports.contains(port);
  in_doubt_ |= now_.foreign_ports.contains(port);
  return false;
}

uint64_t Listeners::missedEvents() const {
  bpf_prog_info info = {};
  uint32_t length = sizeof(info);
  const int fd = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), "listeners_state"));
  return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.recursion_misses;
}

std::vector<size_t> Listeners::tell(FlowRows& rows, bool loopback) {
  std::vector<size_t> asking, told;
  before_ = {};
  for (size_t row = 0; row < rows.size(); row++)
    if (rows.protocol[row] == IPPROTO_TCP && !rows.later_fragment[row] &&
        (rows.client[row] == CLIENT_UNKNOWN || rows.evidence[row] == EVIDENCE_KNOWN_PORT))
      asking.push_back(row);
  if (asking.empty()) return told;

  listener_news news = {};
  const uint32_t first = 0;
  if (bpf_map_lookup_elem(map(".data.news"), &first, &news)) throw Failure(errno, "reading what is new of listeners");
  const uint64_t missed = missedEvents();
  const double now = wallClockMs();
  in_doubt_ |= news.unknown != unknown_ || missed != missed_;
  if (in_doubt_ && now >= next_scan_ms_) {
    const size_t before = now_.servers.size();
    scan();
    read();
    const bool learned = now_.servers.size() != before;
    wait_ms_ = learned ? kFirstWaitMs : std::clamp(wait_ms_ * 2, kFirstWaitMs, kLongestWaitMs);
    next_scan_ms_ = now + wait_ms_;
    if (bpf_map_lookup_elem(map(".data.news"), &first, &news)) throw Failure(errno, "reading what is new of listeners");
    unknown_ = news.unknown;
    missed_ = missed;
  } else if (news.changes != changes_) {
    read();
  }
  changes_ = news.changes;

  in_doubt_ = false;
  for (const size_t row : asking) {
    const bool lower = listens(rows, row, 0, loopback);
    const bool higher = listens(rows, row, 1, loopback);
    if (lower == higher) continue;
    rows.client[row] = lower ? CLIENT_HIGHER : CLIENT_LOWER;
    rows.evidence[row] = EVIDENCE_LISTENER;
    told.push_back(row);
  }
  return told;
}

}  // namespace netsonde
