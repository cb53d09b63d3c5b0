#include "passing.h"

#include <array>
#include <limits>
#include <unordered_set>

namespace netsonde {

namespace {

void addEnds(const Ends& ends, uint8_t role, uint8_t evidence, TcpEdges& rows) {
  const auto* addresses = ends.addresses[0];
  rows.addresses.insert(rows.addresses.end(), addresses, addresses + sizeof(ends.addresses));
  rows.ports.insert(rows.ports.end(), ends.ports, ends.ports + 2);
  rows.role.push_back(role);
  rows.evidence.push_back(evidence);
}

}  // namespace

PassingRows Passing::settle(const SignalView& signals) {
  PassingRows rows;
  const std::vector<bool> timed = settleRoundTrips(signals, rows.round_trips);
  for (Attempt& attempt : attempts_.settle(signals)) {
    // One observation an interval: the newest, which may be the handshake's.
    if (attempt.row != kNoRow && timed[attempt.row]) attempt.rtt = std::numeric_limits<double>::quiet_NaN();
    const bool failed = attempt.error != TCP_NO_ERROR;
    if (failed && !(attempt.local & 2))
      doubtful_.push_back(attempt);
    else
      tell(attempt, failed, rows.attempts);
  }
  rows.doubtful = doubtful_.size();
  rows.lost = attempts_.takeLost() + round_trips_.takeLost();
  for (size_t row = 0; row < signals.length; row++) {
    if (signals.translated[row]) continue;
    if (signals.unreachables[row]) rows.unreachable.push_back(static_cast<uint32_t>(row));
    const uint32_t* resets = signals.resets + row * 2;
    if ((!resets[0] && !resets[1]) || signals.local[row] & 3 || isClaimed(signals.ends(row))) continue;
    for (uint32_t way = 0; way < 2; way++)
      if (resets[way]) rows.resets.push_back(static_cast<uint32_t>(row) * 2 + way);
  }
  return rows;
}

// Returns which rows of the signals it has told.
std::vector<bool> Passing::settleRoundTrips(const SignalView& signals, PassingRows::RoundTrips& rows) {
  std::vector<bool> told(signals.length);
  std::unordered_set<Ends, EndsHash> of_sockets;
  round_trips_.turn(signals.now);
  for (size_t row = 0; row < signals.length; row++) {
    if (signals.translated[row] || signals.local[row] & 3) continue;
    const uint32_t us = round_trips_.tell(signals, row);
    if (!us) continue;
    if (of_sockets.empty()) of_sockets.insert(of_sockets_.begin(), of_sockets_.end());
    const Ends ends = signals.ends(row);
    if (of_sockets.contains(ends) || of_sockets.contains(swapped(ends))) continue;
    addEnds(signals.client[row] == CLIENT_HIGHER ? swapped(ends) : ends, kRoleTransit, signals.evidence[row], rows);
    rows.rtt.push_back(us / 1e6);
    told[row] = true;
  }
  return told;
}

PassingRows::Attempts Passing::settleDoubtful(std::string& problem) {
  PassingRows::Attempts rows;
  std::vector<Address> servers;
  servers.reserve(doubtful_.size());
  for (const Attempt& attempt : doubtful_) servers.push_back(std::to_array(attempt.ends.addresses[1]));
  node_.learn(servers);
  for (size_t i = 0; i < doubtful_.size(); i++) tell(doubtful_[i], node_.has(servers[i]), rows);
  doubtful_.clear();
  problem = node_.problem();
  return rows;
}

// is_server: the server is on this node, and never had a socket: packets tell its end. Any other end of this node tells
// by itself.
void Passing::tell(const Attempt& attempt, bool is_server, PassingRows::Attempts& rows) const {
  const uint8_t told = claims_.of(attempt.ends);
  if (is_server ? told & kServerTold : told || attempt.local) return;
  addEnds(attempt.ends, is_server ? static_cast<uint8_t>(TCP_ROLE_SERVER) : kRoleTransit, EVIDENCE_SYN, rows);
  rows.error.push_back(attempt.error);
  rows.duration.push_back(attempt.duration);
  rows.rtt.push_back(attempt.rtt);
}

}  // namespace netsonde
