// Fuzzes the parser: the text that runs in the kernel, over a buffer whose end the sanitizers watch.
// The first byte chooses the link type and whether to look into tunnels; the rest is the frame.
#include <cstdlib>
#include <memory>

#include "frame.h"

namespace {

constexpr uint16_t kLinkTypes[] = {1,  101, 0,   108, 113, 276, 228, 229, 9,   50,  51,  104, 105, 107,
                                   10, 109, 117, 119, 127, 166, 204, 219, 226, 239, 242, 258, 12,  14};
constexpr size_t kLinks = sizeof(kLinkTypes) / sizeof(kLinkTypes[0]);

void require(bool condition) {
  if (!condition) abort();
}

bool same(const packet& a, const packet& b) { return memcmp(&a, &b, sizeof(a)) == 0; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 4096) return 0;
  const uint16_t link_type = kLinkTypes[((data[0] >> 4) * 8 + (data[0] & 7)) % kLinks];
  const bool decapsulate = data[0] & 8;
  // Of exactly its size, so that a byte behind it is nobody's.
  const auto frame = std::make_unique<uint8_t[]>(size - 1);
  memcpy(frame.get(), data + 1, size - 1);
  const cursor whole = {frame.get(), static_cast<uint32_t>(size - 1)};

  packet found = {};
  const parsed parsed = netsonde::parseFrame(whole, link_type, decapsulate, &found);
  require((parsed == PARSED) == (found.family == 4 || found.family == 6));
  require(!(found.first_fragment && found.later_fragment));
  require(!found.later_fragment || (found.source_port == 0 && found.destination_port == 0));

  // The plain way finds what the general one does.
  packet plain = {}, general = {};
  if (link_type == CAPTURE_ETHERNET && parse_plain(whole.bytes, whole.bytes + whole.size, &plain)) {
    require(parse_any(&whole, LINK_ETHERNET, 0, &general) == PARSED);
    require(same(plain, general));
  }

  // More bytes take nothing away: what has its addresses keeps having some.
  if (parsed != PARSED && whole.size > 0) {
    packet shorter = {};
    const cursor cut = {frame.get(), whole.size - 1};
    require(netsonde::parseFrame(cut, link_type, decapsulate, &shorter) != PARSED);
  }
  return 0;
}
