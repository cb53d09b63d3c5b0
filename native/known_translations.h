// Translated connections (NAT) that are remembered.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "conntrack.h"

namespace netsonde {

// Who has sent ICMP errors about a connection of late, where NAT has put another sender in its place since.
struct ErrorSender {
  Address address = {};
  double seen_ms = 0;
};

struct Translation {
  Tracked tracked;
  Tuple keys[2];        // of the original's row and of the reply's, in order
  bool told = false;    // a row has said that the connection is new
  double seen_ms = 0;   // end of the last generation that met it
  uint64_t joined = 0;  // the generation whose row `head` is
  uint32_t head = 0;
  std::array<ErrorSender, 2> error_senders;  // of those for the client, of those for the server
};

class KnownTranslations {
 public:
  // limit: of more, the one is forgotten that was silent for longest.
  explicit KnownTranslations(size_t limit) : limit_(limit) {}

  bool isEmpty() const { return remembered_.empty(); }
  size_t size() const { return remembered_.size(); }
  template <typename Each>
  void forEach(Each each) const {
    for (const Translation& one : remembered_) each(one.tracked);
  }
  // By either pair of addresses, either way. nullptr: none.
  Translation* find(const Tuple& tuple);
  const Translation* find(const Tuple& tuple) const;
  // What conntrack has said of a connection when it was asked about `asked`.
  void learn(const Tuple& asked, const Tracked& tracked);
  // Is silent no more.
  void touch(const Translation& translation);
  // How many were forgotten since the last time, though they may be active.
  uint64_t takeForgotten();

 private:
  using Remembered = std::list<Translation>;  // latest first

  void remember(const Tracked& tracked);
  void forget(Remembered::iterator gone);

  size_t limit_;
  Remembered remembered_;
  std::unordered_map<Tuple, Remembered::iterator, HashOfTuple> by_key_;
  uint64_t forgotten_ = 0;
};

}  // namespace netsonde
