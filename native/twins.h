// Joins what a translated connection (NAT) is under its two pairs of addresses: the untranslated source, the real
// backend.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "conntrack.h"
#include "drain.h"

namespace netsonde {

class Twins {
 public:
  // limit: translated connections that are remembered; of more, the one is forgotten that was silent for longest.
  explicit Twins(size_t limit) : limit_(limit) {}

  // Asks conntrack about connections that are new and joins the rows of translated ones. New ones that it does not know
  // yet are taken out, with what was seen of them, and come with the next generation; last: there is none.
  void resolve(Generation& generation, bool last);

 private:
  struct Translation {
    Tracked tracked;
    Tuple keys[2];        // of the original's row and of the reply's, in order
    bool told = false;    // a row has said that the connection is new
    double seen_ms = 0;   // end of the last generation that met it
    uint64_t joined = 0;  // the generation whose row `head` is
    uint32_t head = 0;
  };
  using Remembered = std::list<Translation>;  // latest first

  // Rows of a generation that conntrack is asked about.
  struct Question {
    uint32_t row;
    bool remembered = false;  // an answer is there already, which may be out of date
    bool found = false;
  };

  void release(Generation& generation);
  std::vector<Question> choose(const Generation& generation, size_t fresh);
  void ask(const FlowRows& rows, std::vector<Question>& questions, uint64_t entries);
  void askEach(const FlowRows& rows, std::vector<Question>& questions);
  void askAll(const FlowRows& rows, std::vector<Question>& questions, uint8_t family, uint8_t protocol);
  void learn(const Tuple& asked, const Tracked& tracked);
  void remember(const Tracked& tracked);
  void forget(Remembered::iterator gone);
  void hold(Generation& generation, const std::vector<uint32_t>& rows);
  void join(Generation& generation, size_t fresh);
  void markReplies(SignalRows& rows) const;
  void joinTranslated(FlowRows& rows, uint32_t row, Translation& translation, double now_ms);

  size_t limit_;
  uint64_t generation_ = 0;
  Remembered remembered_;
  std::unordered_map<Tuple, Remembered::iterator, HashOfTuple> by_key_;
  uint64_t forgotten_ = 0;
  FlowRows held_;
  size held_share_ = {};
};

}  // namespace netsonde
