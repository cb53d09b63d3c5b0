// What passing packets tell of connections that no socket of this node tells of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "attempts.h"
#include "claims.h"
#include "node_addresses.h"
#include "round_trips.h"
#include "tcp_rows.h"

namespace netsonde {

// In TcpEdges::role beside enum tcp_role: nobody's end, the packets passed through.
constexpr uint8_t kRoleTransit = 3;

struct PassingRows {
  struct Attempts : TcpEdges {
    std::vector<uint8_t> error;  // enum tcp_error
    std::vector<double> duration, rtt;
  } attempts;
  struct RoundTrips : TcpEdges {
    std::vector<double> rtt;  // seconds
  } round_trips;
  std::vector<uint32_t> resets;       // SignalView's rows with resets to be told, as row * 2 + way
  std::vector<uint32_t> unreachable;  // SignalView's rows with packets that did not arrive
  uint64_t lost = 0;
  size_t doubtful = 0;  // failed attempts that settleDoubtful() is to be asked for
};

// Sockets come first: they claim what they told of an interval before settle() is asked for the rest of it. Not for
// several threads at once.
class Passing {
 public:
  // lasting_ms: Claims. most: Attempts; round trips are remembered of four times as many connections.
  Passing(double lasting_ms, size_t most) : claims_(lasting_ms), attempts_(most), round_trips_(4 * most) {}

  // To be called once an interval, before its claims are made.
  void turn(double now_ms) {
    claims_.turn(now_ms);
    of_sockets_.clear();
  }
  void claim(const Ends& ends, uint8_t told, bool failed) { claims_.add(ends, told, failed); }
  // A socket told something of the connection, whatever it was.
  void notice(const Ends& ends) { of_sockets_.push_back(ends); }
  PassingRows settle(const SignalView& signals);
  // Failed attempts whose server may be in another network namespace of this node; looking there takes a while, so this
  // may be called on any thread as long as nothing else is. problem: why not all namespaces could be looked at.
  PassingRows::Attempts settleDoubtful(std::string& problem);

 private:
  void tell(const Attempt& attempt, bool is_server, PassingRows::Attempts& rows) const;
  std::vector<bool> settleRoundTrips(const SignalView& signals, PassingRows::RoundTrips& rows);
  bool isClaimed(const Ends& ends) const { return claims_.of(ends) || claims_.of(swapped(ends)); }

  Claims claims_;
  Attempts attempts_;
  RoundTrips round_trips_;
  std::vector<Ends> of_sockets_;  // of this interval
  std::vector<Attempt> doubtful_;
  NodeAddresses node_;
};

}  // namespace netsonde
