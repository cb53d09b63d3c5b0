#include "passing.h"

namespace netsonde {

PassingRows Passing::settle(const SignalView& signals) {
  PassingRows rows;
  for (const Attempt& attempt : attempts_.settle(signals)) tell(attempt, rows.attempts);
  rows.lost = attempts_.takeLost();
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

// A server that never had a socket is one whose end packets tell; any other of this node tells by itself.
void Passing::tell(const Attempt& attempt, PassingRows::Attempts& rows) const {
  const uint8_t told = claims_.of(attempt.ends);
  const bool is_server = attempt.error != TCP_NO_ERROR && attempt.local & 2;
  if (is_server ? told & kServerTold : told || attempt.local) return;
  const auto* addresses = attempt.ends.addresses[0];
  rows.addresses.insert(rows.addresses.end(), addresses, addresses + sizeof(attempt.ends.addresses));
  rows.ports.insert(rows.ports.end(), attempt.ends.ports, attempt.ends.ports + 2);
  rows.role.push_back(is_server ? static_cast<uint8_t>(TCP_ROLE_SERVER) : kRoleTransit);
  rows.evidence.push_back(EVIDENCE_SYN);
  rows.error.push_back(attempt.error);
  rows.duration.push_back(attempt.duration);
  rows.rtt.push_back(attempt.rtt);
}

}  // namespace netsonde
