// ICMP errors about translated connections (NAT), which the node translates with them: under the sender's own address
// and the address of the end that they are for.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "drain.h"
#include "known_translations.h"

namespace netsonde {

// Whether all that a row has of this generation are ICMP errors: conntrack has no entry of theirs.
class ErrorRows {
 public:
  explicit ErrorRows(const Generation& generation);
  bool isOnlyErrors(const FlowRows& rows, uint32_t row) const;

 private:
  std::unordered_map<Tuple, uint64_t, HashOfTuple> packets_;
};

// Takes what was seen of such errors out of the rows of their translated addresses into rows of their own, and makes
// those parts of the connection's row where there is one.
void moveTranslatedErrors(Generation& generation, KnownTranslations& known);

}  // namespace netsonde
