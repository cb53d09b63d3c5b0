#include "claims.h"

namespace netsonde {
namespace {

// With more failed attempts than this, those of earlier intervals go before their time: no more are pending (Attempts).
constexpr size_t kMaxFailed = 65'536;

}  // namespace

void Claims::turn(double now_ms) {
  interval_++;
  if (now_ms - period_began_ms_ >= lasting_ms_ || failed_in_period_ >= kMaxFailed) {
    period_began_ms_ = now_ms;
    period_++;
    failed_in_period_ = 0;
  }
  std::erase_if(claims_, [this](const auto& each) { return !bitsOf(each.second); });
}

void Claims::Said::add(uint8_t bits, uint32_t time) {
  if (at != time) {
    before = of(time);
    now = 0;
    at = time;
  }
  now |= bits;
}

uint8_t Claims::Said::of(uint32_t time) const { return time == at ? now | before : time - at == 1 ? now : 0; }

void Claims::add(const Ends& ends, uint8_t told, bool failed) {
  const uint8_t bits = told ? told : kClientTold | kServerTold;
  Claim& claim = claims_[ends];
  claim.recent.add(bits, interval_);
  if (!failed) return;
  claim.lasting.add(bits, period_);
  failed_in_period_++;
}

uint8_t Claims::bitsOf(const Claim& claim) const { return claim.recent.of(interval_) | claim.lasting.of(period_); }

uint8_t Claims::of(const Ends& ends) const {
  const auto found = claims_.find(ends);
  return found == claims_.end() ? 0 : bitsOf(found->second);
}

}  // namespace netsonde
