#include "signals.h"

#include <arpa/inet.h>

#include <limits>

#include "address.h"
#include "read_table.h"

namespace netsonde {
namespace {

double secondsOf(uint64_t ns) { return ns ? static_cast<double>(ns) / 1e9 : std::numeric_limits<double>::quiet_NaN(); }

void append(SignalRows& rows, const flow_key6& key, const signals& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(key.address);
  rows.addresses.insert(rows.addresses.end(), bytes, bytes + sizeof(key.address));
  for (int end = 0; end < 2; end++) {
    rows.ports.push_back(ntohs(key.port[end]));
    rows.resets.push_back(value.resets[end]);
    rows.round_trip_us.push_back(value.round_trip_us[end]);
  }
  rows.family.push_back(isIpv4(bytes) ? 4 : 6);
  rows.protocol.push_back(key.protocol);
  rows.translated.push_back(0);
  rows.client.push_back(value.client);
  rows.evidence.push_back(value.evidence);
  rows.syn.push_back(secondsOf(value.syn_ns));
  rows.last_syn.push_back(secondsOf(value.last_syn_ns));
  rows.syn_ack.push_back(secondsOf(value.syn_ack_ns));
  rows.ack.push_back(secondsOf(value.ack_ns));
  rows.reset.push_back(secondsOf(value.reset_ns));
  rows.unreachables.push_back(value.unreachables);
  rows.unreachable.push_back(value.unreachable);
  rows.unreachable_way.push_back(value.unreachable_way);
}

}  // namespace

void takeSignals(int fd, SignalRows& rows) {
  readTable<flow_key6, signals>(fd, Then::kRemove, "reading a table of signals",
                                [&](const flow_key6* keys, const signals* values, size_t count) {
                                  for (size_t i = 0; i < count; i++) append(rows, keys[i], values[i]);
                                });
}

}  // namespace netsonde
