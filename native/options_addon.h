// What JavaScript chooses for a datapath. src/native/ describes the shape.
#pragma once

#include <napi.h>

#include "object.h"

namespace netsonde {

// Throws Napi::TypeError.
Options optionsOf(Napi::Value value);

}  // namespace netsonde
