#include "tcp_rows.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "hash.h"

namespace netsonde {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
// Rounds that a connection may be seen neither alive nor ended before it is forgotten: a look at the living ones may
// miss one whose neighbour in the table came or went meanwhile.
constexpr uint32_t kPatience = 4;

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }
double secondsOfUs(uint32_t us) { return us ? us / 1e6 : kNothing; }

void addEdge(TcpEdges& rows, const tcp_connection& c, bool by_socket) {
  const bool server = c.role == TCP_ROLE_SERVER;
  const auto* local = reinterpret_cast<const uint8_t*>(c.local);
  const auto* remote = reinterpret_cast<const uint8_t*>(c.remote);
  rows.addresses.insert(rows.addresses.end(), server ? remote : local, (server ? remote : local) + 16);
  rows.addresses.insert(rows.addresses.end(), server ? local : remote, (server ? local : remote) + 16);
  rows.ports.push_back(server ? c.remote_port : c.local_port);
  rows.ports.push_back(server ? c.local_port : c.remote_port);
  rows.role.push_back(c.role);
  rows.evidence.push_back(c.evidence);
  if (by_socket) rows.netns.push_back(c.netns);
}

// How much a total has grown since it was told, which it now is. Totals do not fall.
double grown(uint32_t total, uint32_t& told) {
  const uint32_t more = total > told ? total - told : 0;
  told += more;
  return more ? more : kNothing;
}

// The newest sample, unless it is the one that was told.
double fresh(uint32_t sample_us, uint32_t& told_us) {
  if (sample_us == told_us) return kNothing;
  told_us = sample_us;
  return secondsOfUs(sample_us);
}

// An event may have been missed (TcpPrograms::missed): what the socket shows says what it was.
uint8_t outcomeOf(const tcp_connection& c, bool ended) {
  if (c.outcome != TCP_PENDING) return c.outcome;
  const bool open = c.state != TCP_STATE_SYN_SENT && c.state != TCP_STATE_SYN_RECV && c.state != TCP_STATE_CLOSE &&
                    c.state != TCP_STATE_GONE;
  if (open || (ended && c.srtt_us)) return TCP_SUCCESS;
  return ended ? TCP_FAILURE : TCP_PENDING;
}

// What active rows are added up by, as bytes: addresses, the server's port, role, evidence, state; by socket, both
// ports and the namespace.
using Group = std::string;
Group groupOf(const tcp_connection& c, bool by_socket) {
  static_assert(offsetof(tcp_connection, netns) == offsetof(tcp_connection, local) + 36);
  Group key(reinterpret_cast<const char*>(c.local), by_socket ? 40 : 32);
  const uint16_t port = c.role == TCP_ROLE_SERVER ? c.local_port : c.role == TCP_ROLE_CLIENT ? c.remote_port : 0;
  key.append(reinterpret_cast<const char*>(&port), sizeof(port));
  for (const uint8_t each : {c.role, c.evidence, c.state}) key.push_back(static_cast<char>(each));
  return key;
}

}  // namespace

size_t TcpTold::Hash::operator()(const tcp_id& id) const { return mix(mix(hashSeed(), id.socket), id.began_ns); }

void TcpTold::begin() {
  round_++;
  active_.clear();
  gone_.clear();
}

void TcpTold::live(const tcp_record& record, TcpRows& rows) {
  const tcp_connection& c = record.connection;
  const auto [at, made] = told_.try_emplace({record.socket, c.began_ns});
  Told& told = at->second;
  if (made) told.totals = c.before;
  if (told.round == round_) return;  // met twice in one look
  told.round = round_;
  if (c.state == TCP_STATE_GONE) {
    gone_.push_back(at->first);
    told_.erase(at);
    return;
  }
  tellOne(c, told, c.ended_ns != 0, rows);
  if (!c.ended_ns && c.state != TCP_STATE_CLOSE) tellActive(c, rows.active);
}

void TcpTold::ended(const tcp_record& record, TcpRows& rows) {
  const auto before = told_.find({record.socket, record.connection.began_ns});
  if (before == told_.end()) {  // most are short
    Told told = {};
    told.totals = record.connection.before;
    tellOne(record.connection, told, true, rows);
    return;
  }
  tellOne(record.connection, before->second, true, rows);
  told_.erase(before);
}

std::vector<tcp_id> TcpTold::end() {
  std::erase_if(told_, [this](const auto& each) { return round_ - each.second.round > kPatience; });
  return std::exchange(gone_, {});
}

void TcpTold::tellActive(const tcp_connection& c, TcpActiveRows& rows) {
  const auto [at, made] = active_.try_emplace(groupOf(c, by_socket_), rows.size());
  const size_t row = at->second;
  if (made) {
    addEdge(rows, c, by_socket_);
    if (!by_socket_) {
      rows.ports[row * 2] = 0;
      if (c.role == TCP_ROLE_UNKNOWN) rows.ports[row * 2 + 1] = 0;
    }
    rows.state.push_back(c.state);
    rows.connections.push_back(0);
  }
  rows.connections[row]++;
}

void TcpTold::tellOne(const tcp_connection& c, Told& told, bool ended, TcpRows& rows) {
  const uint8_t outcome = outcomeOf(c, ended);
  const bool attempt = !told.attempt && (outcome == TCP_SUCCESS || outcome == TCP_FAILURE);
  told.attempt |= attempt;
  const bool connected = outcome == TCP_SUCCESS || outcome == TCP_NOT_SEEN;
  const bool end = ended && !told.end;
  told.end |= end;

  const tcp_totals& totals = c.totals;
  const double values[] = {
      connected ? fresh(c.srtt_us, told.srtt_us) : kNothing,
      connected ? fresh(c.rtt_min_us, told.rtt_min_us) : kNothing,
      connected ? fresh(c.rtt_variation_us, told.rtt_variation_us) : kNothing,
      attempt && connected ? secondsOfUs(c.handshake_us) : kNothing,
      end && connected && c.ended_ns ? seconds(c.ended_ns - (c.established_ns ? c.established_ns : c.began_ns))
                                     : kNothing,
      grown(totals.sent, told.totals.sent),
      grown(totals.lost, told.totals.lost),
      grown(totals.spurious, told.totals.spurious),
      grown(totals.out_of_order, told.totals.out_of_order),
      grown(c.zero_windows, told.zero_windows),
  };
  bool any = attempt;
  for (const double value : values) any |= !std::isnan(value);
  if (any) {
    TcpConnectionRows& to = rows.connections;
    addEdge(to, c, by_socket_);
    to.outcome.push_back(attempt ? outcome : static_cast<uint8_t>(TCP_PENDING));
    to.error.push_back(!attempt || outcome != TCP_FAILURE ? static_cast<uint8_t>(TCP_NO_ERROR)
                       : c.error == TCP_NO_ERROR          ? static_cast<uint8_t>(TCP_OTHER_ERROR)
                                                          : c.error);
    to.attempts.push_back(attempt ? 1 : kNothing);
    size_t i = 0;
    for (auto* column : {&to.rtt, &to.rtt_min, &to.rtt_variation, &to.handshake, &to.duration, &to.sent, &to.lost,
                         &to.spurious, &to.out_of_order, &to.zero_windows})
      column->push_back(values[i++]);
  }

  const double again = grown(totals.retransmits, told.totals.retransmits);
  if (!std::isnan(again)) {
    auto rest = static_cast<uint32_t>(again);
    for (uint8_t reason = 0; reason <= TCP_RETRANSMITS; reason++) {
      uint32_t segments = rest;
      if (reason < TCP_RETRANSMITS) {
        // Never more than the total grew by: what a tracepoint told just now belongs to the next look.
        const uint32_t more = c.retransmitted[reason] - told.retransmitted[reason];
        segments = more < rest ? more : rest;
        told.retransmitted[reason] += segments;
      }
      rest -= segments;
      if (!segments) continue;
      addEdge(rows.retransmits, c, by_socket_);
      rows.retransmits.reason.push_back(reason);
      rows.retransmits.segments.push_back(segments);
    }
  }

  for (const bool received : {false, true}) {
    const double resets =
        received ? grown(c.resets_received, told.resets_received) : grown(c.resets_sent, told.resets_sent);
    if (std::isnan(resets)) continue;
    addEdge(rows.resets, c, by_socket_);
    rows.resets.received.push_back(received);
    rows.resets.resets.push_back(resets);
  }
}

void TcpTold::tell(const std::vector<std::pair<tcp_ends, tcp_request>>& requests, TcpRows& rows) {
  std::unordered_map<std::string, uint32_t> now;
  for (const auto& [ends, request] : requests) {
    const std::string key(reinterpret_cast<const char*>(&ends), sizeof(ends));
    const auto before = requests_.find(key);
    const uint32_t told = before == requests_.end() ? 0 : before->second;
    if (!request.over) now.emplace(key, request.sent_again);
    if (request.sent_again <= told) continue;
    tcp_connection edge = {};
    memcpy(edge.local, ends.local, sizeof(edge.local));
    memcpy(edge.remote, ends.remote, sizeof(edge.remote));
    edge.local_port = ends.local_port;
    edge.remote_port = ends.remote_port;
    edge.role = TCP_ROLE_SERVER;
    edge.evidence = EVIDENCE_SYN;
    edge.netns = ends.netns;
    addEdge(rows.retransmits, edge, by_socket_);
    rows.retransmits.reason.push_back(TCP_RETRANSMIT_SYN);
    rows.retransmits.segments.push_back(request.sent_again - told);
  }
  requests_ = std::move(now);
}

}  // namespace netsonde
