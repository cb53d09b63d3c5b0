#include "claims.h"

#include <utility>

namespace netsonde {
namespace {

// With more failed attempts than this, those of earlier intervals go before their time: no more are pending (Attempts).
constexpr size_t kMaxFailed = 65'536;

template <typename Told>
void age(Told (&pair)[2]) {
  pair[1] = std::exchange(pair[0], Told());
  pair[0].reserve(pair[1].size());
}

}  // namespace

void Claims::turn(double now_ms) {
  age(recent_);
  if (now_ms - turned_ms_ < lasting_ms_ && lasting_[0].size() < kMaxFailed) return;
  turned_ms_ = now_ms;
  age(lasting_);
}

void Claims::add(const Ends& ends, uint8_t told, bool failed) {
  const uint8_t bits = told ? told : kClientTold | kServerTold;
  recent_[0][ends] |= bits;
  if (failed) lasting_[0][ends] |= bits;
}

uint8_t Claims::of(const Ends& ends) const {
  uint8_t told = 0;
  for (const Told* claims : {&recent_[0], &recent_[1], &lasting_[0], &lasting_[1]}) {
    const auto found = claims->find(ends);
    if (found != claims->end()) told |= found->second;
  }
  return told;
}

}  // namespace netsonde
