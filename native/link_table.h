// The MAC addresses of connections' frames, as the programs have kept them.
#pragma once

#include <linux/types.h>

#include <vector>

#include "known_translations.h"
#include "shared/flow.h"

namespace netsonde {

// Of a way of a connection at an interface; zeros where none are known. A frame of a translated connection (NAT) had
// other addresses than the connection is counted under: then those are looked for. map: link_addresses.
std::vector<link_addresses> readLinkAddresses(int map, const std::vector<link_key>& keys,
                                              const KnownTranslations& known);

}  // namespace netsonde
