// Asks conntrack about connections of a generation.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "conntrack.h"
#include "drain.h"

namespace netsonde {

// A row that conntrack is asked about.
struct Question {
  uint32_t row;
  bool remembered = false;  // an answer is there already, which may be out of date
  bool found = false;
};

// Sets `found` and calls `learn` with what is said of a row's addresses. entries: in conntrack's table. Throws Failure.
void inquire(const FlowRows& rows, std::vector<Question>& questions, uint64_t entries,
             const std::function<void(const Tuple& asked, const Tracked&)>& learn);

}  // namespace netsonde
