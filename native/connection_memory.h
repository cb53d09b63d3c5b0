// What the programs keep of a connection beyond a generation.
#pragma once

#include <cstddef>

#include "drain.h"
#include "object.h"

namespace netsonde {

// Lets the programs know a row's client and its evidence, so that they tell it from now on. What they learned meanwhile
// wins. A connection that they have forgotten stays forgotten.
void rememberClient(const Object& object, const FlowRows& rows, size_t row);

}  // namespace netsonde
