#include "owners.h"

#include <netinet/in.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cgroup.h"
#include "error.h"
#include "hash.h"
#include "local_ends.h"
#include "namespace_addresses.h"

namespace netsonde {
namespace {

// A namespace may get an address after its first socket.
constexpr uint32_t kLooksBetweenAsking = 12;

bool isNone(const Address& address) { return address == Address{}; }

bool isMulticast(const Address& address) {
  return isIpv4(address.data()) ? (address[12] & 0xf0) == 0xe0 : address[0] == 0xff;
}

Endpoint endpointOf(const void* address, uint16_t port) {
  Endpoint endpoint;
  memcpy(endpoint.address.data(), address, endpoint.address.size());
  endpoint.port = port;
  return endpoint;
}

bool isSame(const process& one, const process& other) {
  return one.pid != 0 && one.pid == other.pid && one.started_ns == other.started_ns;
}

struct HashOfOwner {
  size_t operator()(const Owner& owner) const {
    return mix(mix(mix(hashSeed(), owner.who.started_ns), owner.who.pid), owner.cgroup);
  }
};

}  // namespace

void Owner::merge(const Owner& from) {
  if (!isSame(who, from.who)) {
    who.pid = 0;
    who.started_ns = 0;
    if (memcmp(who.command, from.who.command, COMMAND_BYTES) != 0) memset(who.command, 0, COMMAND_BYTES);
  } else {
    memcpy(who.command, from.who.command, COMMAND_BYTES);  // a process may take another name
  }
  if (cgroup != from.cgroup) cgroup = 0;
}

bool Owner::operator==(const Owner& other) const {
  return who.pid == other.who.pid && who.started_ns == other.who.started_ns && cgroup == other.cgroup &&
         memcmp(who.command, other.who.command, COMMAND_BYTES) == 0;
}

size_t Owners::HashOfTuple::operator()(const Tuple& tuple) const {
  return mix(mix(HashOfEndpoint()(tuple.local), HashOfEndpoint()(tuple.remote)), tuple.protocol);
}

size_t Owners::HashOfBound::operator()(const Bound& bound) const {
  return mix(HashOfEndpoint()(bound.local), static_cast<uint64_t>(bound.netns) << 9 | bound.protocol << 1 | bound.ipv6);
}

Owners::Owners(const std::string& folder, bool at_interfaces) : programs_(folder), at_interfaces_(at_interfaces) {
  struct stat own = {};
  if (stat("/proc/self/ns/net", &own)) throw Failure(errno, "reading /proc/self/ns/net");
  own_namespace_ = static_cast<uint32_t>(own.st_ino);
  look();
}

void Owners::look() {
  before_ = std::exchange(now_, {});
  older_events_ = std::exchange(events_, {});
  try {
    now_ = programs_.open();
    events_ = programs_.takeTold();  // after: what closed before it was looked at has an event
    const uint64_t lost = programs_.lost();
    lost_before_ = std::exchange(lost_now_, lost != std::exchange(lost_, lost));
  } catch (const Failure&) {
    lost_now_ = true;
    build();
    throw;
  }
  build();
}

void Owners::build() {
  std::unordered_set<uint32_t> alive = {own_namespace_};
  for (const owned_socket& socket : now_) alive.insert(socket.netns);
  for (auto& [address, namespaces] : namespaces_)
    std::erase_if(namespaces, [&](uint32_t netns) { return !alive.contains(netns); });
  std::erase_if(namespaces_, [](const auto& each) { return each.second.empty(); });
  std::erase_if(asked_, [&](const auto& each) { return !alive.contains(each.first); });
  ways_.forget();
  connected_.clear();
  connected_.reserve(before_.size() + now_.size() + older_events_.size() + events_.size());
  bound_.clear();
  take(before_, kBefore);
  take(older_events_, kEvent);
  take(events_, kEvent);
  take(now_, kNow);
  askForAddresses();
}

// Sockets that take what comes to any address do not tell which those are: of their namespaces /proc does.
void Owners::askForAddresses() {
  looks_++;
  for (const owned_socket& socket : now_) {
    if (socket.connected || socket.netns == own_namespace_) continue;
    const auto [at, made] = asked_.try_emplace(socket.netns, looks_);
    if (at->second > looks_) continue;
    const auto addresses = addressesOf(socket.netns, socket.owner.pid);
    for (const Address& address : addresses)
      if (!isOfAny(address)) namespaces_[address].insert(socket.netns);
    at->second = looks_ + (addresses.empty() ? 1 : kLooksBetweenAsking);
  }
}

void Owners::see(Entry& entry, const owned_socket& socket, Seen seen) {
  const Owner owner{socket.owner, socket.cgroup ? cgroupNumber(socket.cgroup) : 0};
  if (entry.seen)
    entry.owner.merge(owner);
  else
    entry.owner = owner;
  entry.seen |= seen;
}

void Owners::take(const std::vector<owned_socket>& sockets, Seen seen) {
  for (const owned_socket& socket : sockets) {
    const Endpoint local = endpointOf(socket.local, socket.local_port);
    const bool at_any = isNone(local.address);
    if (!at_any && !isOfAny(local.address) && !isMulticast(local.address))
      namespaces_[local.address].insert(socket.netns);
    if (!socket.connected) {
      for (const bool ipv6 : {false, true})
        if (at_any ? (ipv6 ? socket.ipv6 : socket.ipv4) : ipv6 != isIpv4(local.address.data()))
          see(bound_[{socket.netns, socket.protocol, ipv6, local}], socket, seen);
      continue;
    }
    const Tuple tuple{socket.protocol, local, endpointOf(socket.remote, socket.remote_port)};
    auto [at, end] = connected_.equal_range(tuple);
    while (at != end && at->second.netns != socket.netns) at++;
    if (at == end) at = connected_.insert({tuple, {socket.netns, 0, {}}});
    see(at->second, socket, seen);
  }
}

// What was there at both looks was there in between. What was not may have had another before or after it, with the
// same ends: of TCP, events tell.
Owner Owners::ownerOf(const Entry& entry, bool has_events) const {
  const bool stayed = (entry.seen & kBefore) && (entry.seen & kNow);
  const bool told = has_events && programs_.tellsEvents() && !lost_now_ && !lost_before_;
  return stayed || told ? entry.owner : Owner{};
}

std::optional<Owner> Owners::findConnected(const Tuple& tuple, uint32_t netns) const {
  std::optional<Owner> common;
  const auto [first, end] = connected_.equal_range(tuple);
  for (auto at = first; at != end; at++) {
    const Entry& entry = at->second;
    if (netns && entry.netns != netns) continue;
    const Owner owner = ownerOf(entry, tuple.protocol == IPPROTO_TCP);
    if (common)
      common->merge(owner);
    else
      common = owner;
  }
  return common;
}

Owner Owners::findBound(uint8_t protocol, const Endpoint& local, uint32_t netns) const {
  const bool ipv6 = !isIpv4(local.address.data());
  auto found = bound_.find({netns, protocol, ipv6, local});
  if (found == bound_.end()) found = bound_.find({netns, protocol, ipv6, {{}, local.port}});
  return found == bound_.end() ? Owner{} : ownerOf(found->second, false);
}

std::optional<Owner> Owners::find(const OwnerQuery& query, int end, bool is_here) {
  if (query.protocol != IPPROTO_TCP && query.protocol != IPPROTO_UDP) return std::nullopt;
  const Endpoint local = endpointOf(query.address[end], query.port[end]);
  const Endpoint remote = endpointOf(query.address[1 - end], query.port[1 - end]);
  const bool is_own = query.own == end + 1;
  const bool loopback = isLoopback(local.address.data());
  uint32_t netns = is_own || loopback ? query.netns : 0;
  if (loopback && !netns && at_interfaces_) netns = own_namespace_;

  auto owner = findConnected({query.protocol, local, remote}, netns);
  if (!owner && query.service_port)
    owner = findConnected({query.protocol, local, endpointOf(query.service, query.service_port)}, netns);
  if (owner) return owner;

  std::unordered_set<uint32_t> namespaces;
  if (netns) {
    namespaces.insert(netns);
  } else if (!loopback) {
    if (is_here) namespaces.insert(own_namespace_);
    if (const auto known = namespaces_.find(local.address);
        known != namespaces_.end() && (is_here || leadsHere(local.address)))
      namespaces.insert(known->second.begin(), known->second.end());
  }
  if (namespaces.size() != 1) return namespaces.empty() && !loopback ? std::nullopt : std::optional(Owner{});
  return findBound(query.protocol, local, *namespaces.begin());
}

bool Owners::leadsHere(const Address& address) {
  try {
    return ways_.leadInside(address);
  } catch (const Failure&) {
    return false;
  }
}

OwnerAnswers Owners::ask(const std::vector<OwnerQuery>& queries) {
  takeEvents();
  std::vector<uint8_t> addresses(queries.size() * 32), local;
  for (size_t i = 0; i < queries.size(); i++) memcpy(&addresses[i * 32], queries[i].address, 32);
  tellLocalEnds(addresses, local);

  OwnerAnswers answers;
  answers.ends.reserve(queries.size() * 2);
  std::unordered_map<Owner, uint32_t, HashOfOwner> ids;
  for (size_t i = 0; i < queries.size(); i++) {
    for (int end = 0; end < 2; end++) {
      const auto owner = find(queries[i], end, local[i] >> (end + 2) & 1);
      if (!owner) {
        answers.ends.push_back(0);
        continue;
      }
      const auto [at, made] = ids.try_emplace(*owner, static_cast<uint32_t>(answers.owners.size() + 1));
      if (made) answers.owners.push_back(*owner);
      answers.ends.push_back(at->second);
    }
  }
  return answers;
}

// What closed since the last look, too.
void Owners::takeEvents() {
  const auto more = programs_.takeTold();
  take(more, kEvent);
  events_.insert(events_.end(), more.begin(), more.end());
}

}  // namespace netsonde
