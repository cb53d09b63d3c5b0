#include "drain.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"
#include "known_ports.h"
#include "read_table.h"

namespace netsonde {
namespace {

double clockMs(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void copyAddresses(const flow_key4& key, uint8_t* to) {
  for (int i = 0; i < 2; i++, to += 16) {
    memset(to, 0, 10);
    to[10] = to[11] = 0xff;
    memcpy(to + 12, &key.address[i], 4);
  }
}

void copyAddresses(const flow_key6& key, uint8_t* to) { memcpy(to, key.address, 32); }

uint8_t familyOf(const flow_key4&) { return 4; }
uint8_t familyOf(const flow_key6&) { return 6; }

// Its only place: BPF's clock runs in suspend and knows no date.
double epochOfBootMs() { return wallClockMs() - clockMs(CLOCK_BOOTTIME); }

template <typename Key>
void append(FlowRows& rows, const Key* keys, const flow* flows, size_t count, double boot_ms) {
  const size_t before = rows.size();
  rows.resize(before + count);
  for (size_t i = 0; i < count; i++) {
    const size_t row = before + i;
    const Key& key = keys[i];
    const flow& value = flows[i];
    copyAddresses(key, &rows.addresses[row * 32]);
    rows.ports[row * 2] = ntohs(key.port[0]);
    rows.ports[row * 2 + 1] = ntohs(key.port[1]);
    rows.family[row] = familyOf(key);
    rows.protocol[row] = key.protocol;
    rows.later_fragment[row] = key.later_fragment;
    rows.echo_id[row] = ntohs(key.echo_id);
    rows.client[row] = value.client;
    rows.evidence[row] = value.evidence;
    tellClientByPort(rows, row);
    rows.first[row] = value.first;
    rows.first_seen_ms[row] = boot_ms + static_cast<double>(value.first_seen_ns) / 1e6;
    memcpy(&rows.hooks[row * SLOTS], value.hook, sizeof(value.hook));
    memcpy(&rows.packets[row * SLOTS], value.packets, sizeof(value.packets));
    for (int slot = 0; slot < SLOTS; slot++) rows.bytes[row * SLOTS + slot] = static_cast<double>(value.bytes[slot]);
  }
}

template <typename Key>
void drainTable(int fd, FlowRows& rows, double boot_ms) {
  readTable<Key, flow>(
      fd, Then::kRemove, "reading a flow table",
      [&](const Key* keys, const flow* flows, size_t count) { append(rows, keys, flows, count, boot_ms); });
}

void add(size& to, const size& from) {
  to.packets += from.packets;
  to.bytes += from.bytes;
}

size_t possibleCpus() {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) throw Failure(-cpus, "counting CPUs");
  return static_cast<size_t>(cpus);
}

ledger drainLedger(int fd, uint32_t generation) {
  // The kernel writes a value of each possible CPU, rounded up to 8 bytes: a ledger is a multiple of that.
  static_assert(sizeof(ledger) % 8 == 0);
  std::vector<ledger> perCpu(possibleCpus());
  if (bpf_map_lookup_elem(fd, &generation, perCpu.data())) throw Failure(errno, "reading the ledger");
  ledger sum = {};
  for (const ledger& one : perCpu) {
    add(sum.seen, one.seen);
    for (int reason = 0; reason < REASONS; reason++) add(sum.unparsed[reason], one.unparsed[reason]);
    add(sum.filtered, one.filtered);
    add(sum.overflow_unlisted, one.overflow_unlisted);
    sum.square_bytes += one.square_bytes;
    sum.signals_lost += one.signals_lost;
    sum.errors_lost += one.errors_lost;
  }
  std::fill(perCpu.begin(), perCpu.end(), ledger{});
  if (bpf_map_update_elem(fd, &generation, perCpu.data(), BPF_ANY)) throw Failure(errno, "emptying the ledger");
  return sum;
}

Address addressOf(const __be64 (&words)[2]) {
  Address address;
  memcpy(address.data(), words, sizeof(words));
  return address;
}

void takeIcmpErrors(int fd, std::vector<IcmpError>& errors) {
  readTable<icmp_error, size>(
      fd, Then::kRemove, "reading a table of ICMP errors",
      [&](const icmp_error* keys, const size* sizes, size_t count) {
        for (size_t i = 0; i < count; i++) {
          const icmp_error& key = keys[i];
          Tuple quoted = {{addressOf(key.quoted_source), ntohs(key.quoted_port[0])},
                          {addressOf(key.quoted_destination), ntohs(key.quoted_port[1])},
                          0,
                          key.quoted_protocol,
                          ntohs(key.quoted_echo_id)};
          quoted.family = isIpv4(quoted.source.address.data()) ? 4 : 6;
          errors.push_back({quoted, addressOf(key.source), addressOf(key.destination), key.hook, sizes[i]});
        }
      });
}

std::vector<Overflow> drainOverflow(int fd, uint32_t generation) {
  std::vector<overflow_key> keys;
  overflow_key key = {};
  for (const overflow_key* last = nullptr; bpf_map_get_next_key(fd, last, &key) == 0; last = &keys.back())
    keys.push_back(key);

  std::vector<Overflow> buckets;
  std::vector<size> perCpu(possibleCpus());
  for (const overflow_key& each : keys) {
    if (each.generation != generation) continue;
    if (bpf_map_lookup_elem(fd, &each, perCpu.data())) continue;
    size sum = {};
    for (const size& one : perCpu) add(sum, one);
    bpf_map_delete_elem(fd, &each);
    buckets.push_back({each, sum});
  }
  return buckets;
}

}  // namespace

void FlowRows::resize(size_t rows) {
  addresses.resize(rows * 32);
  ports.resize(rows * 2);
  for (auto* column : {&family, &protocol, &later_fragment, &local, &client, &evidence, &first}) column->resize(rows);
  echo_id.resize(rows);
  first_seen_ms.resize(rows);
  hooks.resize(rows * SLOTS);
  packets.resize(rows * SLOTS);
  bytes.resize(rows * SLOTS);
  next.resize(rows, -1);
  joined.resize(rows, 0);
  service.resize(rows, -1);
}

void copyRow(const FlowRows& from, size_t row, FlowRows& to, size_t at) {
  const auto copy = [=](const auto& source, auto& target, size_t width) {
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(row * width), width,
                target.begin() + static_cast<std::ptrdiff_t>(at * width));
  };
  copy(from.addresses, to.addresses, 32);
  copy(from.ports, to.ports, 2);
  copy(from.family, to.family, 1);
  copy(from.protocol, to.protocol, 1);
  copy(from.later_fragment, to.later_fragment, 1);
  copy(from.echo_id, to.echo_id, 1);
  copy(from.local, to.local, 1);
  copy(from.client, to.client, 1);
  copy(from.evidence, to.evidence, 1);
  copy(from.first, to.first, 1);
  copy(from.first_seen_ms, to.first_seen_ms, 1);
  copy(from.hooks, to.hooks, SLOTS);
  copy(from.packets, to.packets, SLOTS);
  copy(from.bytes, to.bytes, SLOTS);
}

double wallClockMs() { return clockMs(CLOCK_REALTIME); }

double intervalEndMs(double start_ms) { return std::max(wallClockMs(), start_ms + 1); }

Generation drain(Object& object, double start_ms) {
  Generation out;
  out.start_ms = start_ms;
  const uint32_t closed = object.turnGeneration();
  out.end_ms = intervalEndMs(start_ms);
  out.totals = drainLedger(object.map("ledgers"), closed);
  try {
    const double boot_ms = epochOfBootMs();
    drainTable<flow_key4>(object.map(closed ? "flows4_1" : "flows4_0"), out.flows, boot_ms);
    drainTable<flow_key6>(object.map(closed ? "flows6_1" : "flows6_0"), out.flows, boot_ms);
    out.overflow = drainOverflow(object.map("overflow"), closed);
    out.signals.now = clockMs(CLOCK_BOOTTIME) / 1e3;
    takeIcmpErrors(object.map(closed ? "icmp_errors_1" : "icmp_errors_0"), out.icmp_errors);
    takeSignals(object.map(closed ? "signals_1" : "signals_0"), out.signals);
  } catch (const Failure& failure) {
    out.problem = failure.what();
  }
  return out;
}

}  // namespace netsonde
