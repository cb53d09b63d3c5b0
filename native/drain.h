// Reads and empties the tables of a closed generation into columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conntrack.h"
#include "object.h"
#include "signals.h"

namespace netsonde {

// Row i has entries [i] of the scalar columns and [i * n, i * n + n) of the others.
struct FlowRows {
  std::vector<uint8_t>
      addresses;                // 2 x 16 bytes a row, lower endpoint first; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2)
  std::vector<uint16_t> ports;  // 2 a row
  std::vector<uint8_t> family;  // 4, 6
  std::vector<uint8_t> protocol;
  std::vector<uint8_t> later_fragment;
  std::vector<uint16_t> echo_id;  // ICMP's; for NAT, which tells connections by it
  std::vector<uint8_t> local;     // bit i: endpoint i is this node or everybody, bit i + 2: this node; tellLocalEnds()
  std::vector<uint8_t> client;    // enum client
  std::vector<uint8_t> evidence;  // enum evidence
  std::vector<uint8_t> first;     // 1: not met in an earlier generation
  std::vector<double> first_seen_ms;  // since the epoch
  std::vector<uint32_t> hooks;        // SLOTS a row, as struct flow
  std::vector<uint32_t> packets;      // SLOTS a row
  std::vector<double> bytes;          // SLOTS a row
  // Rows that are one connection are a list: the first is the connection's, the others only have more hooks of it.
  std::vector<int32_t> next;    // the row that has more of it, -1: none
  std::vector<uint8_t> joined;  // 1: is not a connection's row
  std::vector<int32_t>
      service;  // entry of service_addresses: what the client called, where it was translated; -1: none
  std::vector<uint8_t> service_addresses;  // 16 bytes an entry
  std::vector<uint16_t> service_ports;

  size_t size() const { return family.size(); }
  void resize(size_t rows);
};

// Of one table's row into another's; the list that it is in stays.
void copyRow(const FlowRows& from, size_t row, FlowRows& to, size_t at);

// An ICMP error that passed a hook, and what it quotes of the packet that it is about.
struct IcmpError {
  Tuple quoted;
  Address source, destination;
  uint32_t hook;  // of way 0
  size counted;
};

struct Overflow {
  overflow_key key;
  size counted;
};

// What became known of translated connections.
struct Translations {
  bool used = false;  // connection tracking is
  size_t remembered = 0;
  uint64_t forgotten = 0;   // though they may be active: there were too many
  uint64_t unresolved = 0;  // new connections of which conntrack knew nothing, twice; ICMP errors without a note
  std::string problem;      // why conntrack could not be asked, or empty
};

struct Generation {
  double start_ms = 0;  // since the epoch; the end of the generation before
  double end_ms = 0;
  FlowRows flows;
  ledger totals = {};  // over all CPUs
  std::vector<Overflow> overflow;
  std::vector<IcmpError> icmp_errors;
  SignalRows signals;
  // What could not be read stays in the tables and comes with a later generation; why it could not, or empty.
  std::string problem;
  // Why from now on no listening socket tells servers; else empty.
  std::string listeners_problem;
  Translations nat;
};

// start_ms: when the generation began. Throws Failure only if nothing was taken out of the tables.
Generation drain(Object& object, double start_ms);

double wallClockMs();

// The end of an interval, now: later than its start, and so than every interval before, also if the clock was set back.
double intervalEndMs(double start_ms);

}  // namespace netsonde
