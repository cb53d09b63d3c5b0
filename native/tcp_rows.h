// What TCP's connections did in an interval: the differences of their totals to what was told before.
#pragma once

#include <linux/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shared/flow.h"
#include "shared/tcp.h"

namespace netsonde {

// Between whom. The source is the client; of a connection without a known client, the end that told of it.
struct TcpEdges {
  std::vector<uint8_t> addresses;  // 2 x 16 bytes a row, source first
  std::vector<uint16_t> ports;     // 2 a row; 0: not told
  std::vector<uint8_t> role;       // enum tcp_role: of the end that told
  std::vector<uint8_t> evidence;   // enum evidence
  std::vector<uint32_t> netns;     // of the end that told, where rows are told by socket

  size_t size() const { return role.size(); }
};

// NaN: nothing. Times in seconds.
struct TcpConnectionRows : TcpEdges {
  std::vector<uint8_t> outcome;  // enum tcp_outcome; PENDING: this row tells of no attempt
  std::vector<uint8_t> error;    // enum tcp_error
  std::vector<double> attempts;  // 1 where `outcome` tells of one
  std::vector<double> rtt, rtt_min, rtt_variation, handshake, duration;
  std::vector<double> sent, lost, spurious, out_of_order, zero_windows;
};

struct TcpRetransmitRows : TcpEdges {
  std::vector<uint8_t> reason;  // enum tcp_retransmit; TCP_RETRANSMITS: unknown
  std::vector<double> segments;
};

struct TcpResetRows : TcpEdges {
  std::vector<uint8_t> received;  // 0: sent
  std::vector<double> resets;
};

// Of all that live, added up by everything but the client's port, unless rows are told by socket.
struct TcpActiveRows : TcpEdges {
  std::vector<uint8_t> state;  // include/net/tcp_states.h
  std::vector<double> connections;
};

struct TcpRows {
  TcpConnectionRows connections;
  TcpRetransmitRows retransmits;
  TcpResetRows resets;
  TcpActiveRows active;
};

// Remembers of each living connection what was told of it. Not for several threads at once.
// A look is begin(), live() for each that lives, ended() for each that has ended since the look before, and end().
class TcpTold {
 public:
  // by_socket: a row never stands for several sockets, and says in which network namespace its own is.
  explicit TcpTold(bool by_socket) : by_socket_(by_socket) {}

  void begin();
  void live(const tcp_record& record, TcpRows& rows);
  void ended(const tcp_record& record, TcpRows& rows);
  // Connections whose sockets are not there any more although nobody told their end.
  std::vector<tcp_id> end();
  // SYN and ACKs that were sent again: all that are there, at each look.
  void tell(const std::vector<std::pair<tcp_ends, tcp_request>>& requests, TcpRows& rows);

 private:
  struct Told {
    tcp_totals totals;
    uint32_t retransmitted[TCP_RETRANSMITS + 1];
    uint32_t zero_windows, resets_sent, resets_received;
    uint32_t srtt_us, rtt_min_us, rtt_variation_us;
    uint32_t round;
    bool attempt, end;
  };
  struct Hash {
    size_t operator()(const tcp_id& id) const;
  };
  struct Equal {
    bool operator()(const tcp_id& a, const tcp_id& b) const { return a.socket == b.socket && a.began_ns == b.began_ns; }
  };

  void tellOne(const tcp_connection& connection, Told& told, bool ended, TcpRows& rows);
  void tellActive(const tcp_connection& connection, TcpActiveRows& rows);

  std::unordered_map<tcp_id, Told, Hash, Equal> told_;
  // Of the look.
  std::unordered_map<std::string, size_t> active_;  // rows by what they are added up by
  std::vector<tcp_id> gone_;
  uint32_t round_ = 0;
  std::unordered_map<std::string, uint32_t> requests_;  // by the bytes of tcp_ends: what was told of sent_again
  bool by_socket_;
};

}  // namespace netsonde
