#include "attempts.h"

#include <cmath>
#include <limits>
#include <utility>

#include "shared/signals.h"

namespace netsonde {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// A SYN that is sent again is so after a second at least (RFC 6298 2); two hooks of a node are not that far apart.
constexpr double kSentAgainS = 0.2;
// Waits double (RFC 6298 5.5), and this is what may come to it on the way.
constexpr double kSlackS = 4;

uint8_t errorOf(uint8_t unreachable) {
  switch (unreachable) {
    case UNREACHABLE_NET:
      return TCP_NET_UNREACHABLE;
    case UNREACHABLE_HOST:
      return TCP_HOST_UNREACHABLE;
    case UNREACHABLE_PORT:
    case UNREACHABLE_PROTOCOL:
      return TCP_REFUSED;
    default:
      return TCP_OTHER_ERROR;
  }
}

// Most rows are of connections that only had a round trip.
bool isTurn(const SignalView& signals, size_t row) {
  return !std::isnan(signals.syn[row]) || !std::isnan(signals.syn_ack[row]) || !std::isnan(signals.ack[row]) ||
         !std::isnan(signals.reset[row]) || signals.unreachables[row];
}

}  // namespace

std::vector<Attempt> Attempts::settle(const SignalView& signals) {
  std::vector<Attempt> settled;
  for (size_t row = 0; row < signals.length; row++)
    if (!signals.translated[row] && signals.protocol[row] == 6 && isTurn(signals, row)) take(signals, row, settled);
  for (auto at = pending_.begin(); at != pending_.end();) {
    const Pending& pending = at->second;
    const double waited = pending.last_syn - pending.syn;
    if (signals.now - pending.last_syn <= waited + 1 + kSlackS) {
      ++at;
      continue;
    }
    const uint8_t silence = std::isnan(pending.syn_ack) ? TCP_TIMEOUT : TCP_ABORTED;
    const uint8_t error = pending.unreachable ? errorOf(pending.unreachable) : silence;
    settled.push_back({pending.ends, pending.local, error, kUnknown, kUnknown, kNoRow});
    at = pending_.erase(at);
  }
  return settled;
}

uint64_t Attempts::takeLost() { return std::exchange(lost_, 0); }

void Attempts::take(const SignalView& signals, size_t row, std::vector<Attempt>& settled) {
  const Ends key = signals.ends(row);
  const auto before = pending_.find(key);
  Pending pending;
  if (before != pending_.end())
    pending = before->second;
  else if (!begin(signals, row, pending))
    return;
  if (!std::isnan(signals.last_syn[row])) pending.last_syn = signals.last_syn[row];
  if (std::isnan(pending.syn_ack)) pending.syn_ack = signals.syn_ack[row];
  if (!pending.unreachable && pending.client - 1 == signals.unreachable_way[row])
    pending.unreachable = signals.unreachable[row];
  Attempt attempt;
  if (end(pending, signals, row, attempt)) {
    settled.push_back(attempt);
    if (before != pending_.end()) pending_.erase(before);
  } else if (before != pending_.end()) {
    before->second = pending;
  } else if (pending_.size() < most_) {
    pending_.emplace(key, pending);
  } else {
    lost_++;
  }
}

// Nothing is said of a connection whose first SYN passed before the programs were there.
bool Attempts::begin(const SignalView& signals, size_t row, Pending& pending) {
  if (std::isnan(signals.syn[row])) return false;
  const bool lower = signals.client[row] == CLIENT_LOWER;
  const uint8_t local = signals.local[row] & 3;
  pending.client = lower ? CLIENT_LOWER : CLIENT_HIGHER;
  pending.ends = lower ? signals.ends(row) : swapped(signals.ends(row));
  pending.local = lower ? local : static_cast<uint8_t>(local >> 1 | (local & 1) << 1);
  pending.unreachable = UNREACHABLE_NOT;
  pending.syn = pending.last_syn = signals.syn[row];
  pending.syn_ack = kUnknown;
  return true;
}

bool Attempts::end(const Pending& pending, const SignalView& signals, size_t row, Attempt& attempt) {
  attempt = {pending.ends, pending.local, TCP_NO_ERROR, kUnknown, kUnknown, row};
  if (!std::isnan(signals.ack[row])) {
    attempt.duration = signals.ack[row] - pending.syn;
    if (pending.last_syn - pending.syn <= kSentAgainS) attempt.rtt = attempt.duration;
    return true;
  }
  if (std::isnan(signals.reset[row])) return false;
  const bool by_server = signals.resets[row * 2 + 2 - pending.client] > 0;
  attempt.error = !by_server ? TCP_ABORTED : std::isnan(pending.syn_ack) ? TCP_REFUSED : TCP_RESET;
  return true;
}

}  // namespace netsonde
