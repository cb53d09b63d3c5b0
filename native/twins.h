// Joins what a translated connection (NAT) is under its two pairs of addresses: the untranslated source, the real
// backend.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "drain.h"
#include "inquiry.h"
#include "known_translations.h"

namespace netsonde {

class Twins {
 public:
  // limit: translated connections that are remembered; of more, the one is forgotten that was silent for longest.
  explicit Twins(size_t limit) : known_(limit) {}

  // Asks conntrack about connections that are new and joins the rows of translated ones. New ones that it does not know
  // yet are taken out, with what was seen of them, and come with the next generation; last: there is none.
  void resolve(Generation& generation, bool last);
  const KnownTranslations& known() const { return known_; }

 private:
  using Tuples = std::unordered_set<Tuple, HashOfTuple>;

  void translate(Generation& generation, bool last);
  void release(Generation& generation);
  std::vector<Question> choose(const Generation& generation, size_t fresh);
  void hold(Generation& generation, const std::vector<uint32_t>& rows);
  void join(Generation& generation, size_t fresh);
  void markReplies(SignalRows& rows) const;
  void joinTranslated(FlowRows& rows, uint32_t row, Translation& translation, double now_ms);

  uint64_t generation_ = 0;
  KnownTranslations known_;
  Tuples echoes_;  // of the generation before: a connection's `first` does not tell its ids apart
  FlowRows held_;
  size held_share_ = {};
};

}  // namespace netsonde
