#include "known_translations.h"

#include <iterator>
#include <utility>

#include "flow_lists.h"

namespace netsonde {

const Translation* KnownTranslations::find(const Tuple& tuple) const {
  if (by_key_.empty()) return nullptr;
  const auto known = by_key_.find(inOrder(tuple));
  return known == by_key_.end() ? nullptr : &*known->second;
}

Translation* KnownTranslations::find(const Tuple& tuple) {
  return const_cast<Translation*>(std::as_const(*this).find(tuple));
}

void KnownTranslations::learn(const Tuple& asked, const Tracked& tracked) {
  if (tracked.isTranslated()) {
    remember(tracked);
    return;
  }
  const auto known = by_key_.find(inOrder(asked));
  if (known != by_key_.end()) forget(known->second);
}

void KnownTranslations::touch(const Translation& translation) {
  remembered_.splice(remembered_.begin(), remembered_, by_key_.find(translation.keys[0])->second);
}

uint64_t KnownTranslations::takeForgotten() { return std::exchange(forgotten_, 0); }

void KnownTranslations::remember(const Tracked& tracked) {
  const Tuple keys[] = {inOrder(tracked.original), inOrder(tracked.reply)};
  if (keys[0] == keys[1]) return;
  bool told = false;
  for (const Tuple& key : keys) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) continue;
    if (known->second->keys[0] == keys[0] && known->second->keys[1] == keys[1]) told = known->second->told;
    forget(known->second);
  }
  if (remembered_.size() >= limit_) {
    forget(std::prev(remembered_.end()));
    forgotten_++;
  }
  remembered_.push_front({.tracked = tracked, .keys = {keys[0], keys[1]}, .told = told, .error_senders = {}});
  for (const Tuple& key : keys) by_key_[key] = remembered_.begin();
}

void KnownTranslations::forget(Remembered::iterator gone) {
  for (const Tuple& key : gone->keys) by_key_.erase(key);
  remembered_.erase(gone);
}

}  // namespace netsonde
