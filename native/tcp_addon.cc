#include "tcp_addon.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "arrays.h"
#include "drain.h"
#include "error.h"
#include "handle.h"
#include "later.h"
#include "tcp_programs.h"
#include "tcp_rows.h"

namespace netsonde {
namespace {

constexpr napi_type_tag kTcpTag = {0x6e6574736f6e6465, 0x0000746370746370};

// What one receiver owns. Safe to use from several threads: a drain runs off the event loop.
class Tcp {
 public:
  Tcp(const std::string& folder, uint32_t max_connections, bool by_socket)
      : programs_(std::make_unique<TcpPrograms>(folder, max_connections)), told_(by_socket), start_ms_(wallClockMs()) {}

  struct Interval {
    double start_ms = 0;
    double end_ms = 0;
    TcpRows rows;
    std::vector<uint64_t> losses;  // by enum tcp_loss, of the interval
    uint64_t missed = 0;
  };

  std::vector<TcpFeature> features() {
    const std::lock_guard lock(mutex_);
    return open().features();
  }

  // Throws Failure, EBADF after close(): what was read by then comes with the next.
  Interval drain() {
    const std::lock_guard lock(mutex_);
    TcpPrograms& programs = open();
    rows_.active = {};  // of the moment
    told_.begin();
    // Those that live first: one that ends meanwhile is then met again among the ended, and its totals tell the rest.
    programs.live([&](const tcp_record& record) { told_.live(record, rows_); });
    programs.takeEnded([&](const tcp_record& record) { told_.ended(record, rows_); });
    for (const tcp_id& id : told_.end()) programs.forget(id);
    told_.tell(programs.requests(), rows_);
    Interval out;
    out.losses = programs.losses();
    out.start_ms = start_ms_;
    out.end_ms = start_ms_ = intervalEndMs(start_ms_);
    out.rows = std::exchange(rows_, {});
    for (size_t i = 0; i < out.losses.size(); i++) out.losses[i] -= std::exchange(losses_[i], out.losses[i]);
    const uint64_t missed = programs.missed();
    out.missed = missed - std::exchange(missed_, missed);
    return out;
  }

  // Detaches all and frees the tables. What no drain has taken is gone. Safe to call twice.
  void close() {
    const std::lock_guard lock(mutex_);
    programs_.reset();
  }

 private:
  TcpPrograms& open() const {
    if (!programs_) throw Failure(EBADF, "using closed programs");
    return *programs_;
  }

  std::mutex mutex_;
  std::unique_ptr<TcpPrograms> programs_;
  TcpTold told_;
  TcpRows rows_;
  double start_ms_;
  uint64_t losses_[TCP_LOSSES] = {};
  uint64_t missed_ = 0;
};

// A column of nothing but NaN is empty: so it is not looked through for each of its rows again.
void setNumbers(Napi::Object& object, const char* name, const std::vector<double>& column) {
  const bool tells = std::any_of(column.begin(), column.end(), [](double each) { return !std::isnan(each); });
  object.Set(name, arrayOf<Napi::Float64Array>(object.Env(), tells ? column : std::vector<double>()));
}

Napi::Object connectionsOf(Napi::Env env, const TcpConnectionRows& rows) {
  auto object = edgesOf(env, rows);
  object.Set("outcome", arrayOf<Napi::Uint8Array>(env, rows.outcome));
  object.Set("error", arrayOf<Napi::Uint8Array>(env, rows.error));
  setNumbers(object, "attempts", rows.attempts);
  setNumbers(object, "rtt", rows.rtt);
  setNumbers(object, "rttMin", rows.rtt_min);
  setNumbers(object, "rttVariation", rows.rtt_variation);
  setNumbers(object, "handshake", rows.handshake);
  setNumbers(object, "duration", rows.duration);
  setNumbers(object, "sent", rows.sent);
  setNumbers(object, "lost", rows.lost);
  setNumbers(object, "spurious", rows.spurious);
  setNumbers(object, "outOfOrder", rows.out_of_order);
  setNumbers(object, "zeroWindows", rows.zero_windows);
  return object;
}

Napi::Object intervalOf(Napi::Env env, Tcp::Interval&& interval) {
  const TcpRows& rows = interval.rows;
  auto retransmits = edgesOf(env, rows.retransmits);
  retransmits.Set("reason", arrayOf<Napi::Uint8Array>(env, rows.retransmits.reason));
  setNumbers(retransmits, "segments", rows.retransmits.segments);
  auto resets = edgesOf(env, rows.resets);
  resets.Set("received", arrayOf<Napi::Uint8Array>(env, rows.resets.received));
  setNumbers(resets, "resets", rows.resets.resets);
  auto active = edgesOf(env, rows.active);
  active.Set("state", arrayOf<Napi::Uint8Array>(env, rows.active.state));
  setNumbers(active, "connections", rows.active.connections);

  const std::vector<double> losses(interval.losses.begin(), interval.losses.end());
  auto object = Napi::Object::New(env);
  object.Set("startMs", interval.start_ms);
  object.Set("endMs", interval.end_ms);
  object.Set("connections", connectionsOf(env, rows.connections));
  object.Set("retransmits", retransmits);
  object.Set("resets", resets);
  object.Set("active", active);
  object.Set("untracked",
             arrayOf<Napi::Float64Array>(env, std::vector<double>(losses.begin(), losses.begin() + TCP_ENDS_LOST)));
  object.Set("endsLost", losses[TCP_ENDS_LOST]);
  object.Set("missed", static_cast<double>(interval.missed));
  return object;
}

const Handle<Tcp>& tcpOf(const Napi::CallbackInfo& info) { return handleOf<Tcp>(info, kTcpTag, "what openTcp gave"); }

Napi::Value openTcp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber())
    throw Napi::TypeError::New(env, "expected the objects' folder and a number of connections");
  const std::string folder = info[0].As<Napi::String>();
  const uint32_t max_connections = info[1].As<Napi::Number>();
  const bool by_socket = info.Length() > 2 && info[2].ToBoolean();
  return handOut(env, kTcpTag, orThrow(env, [&] { return std::make_shared<Tcp>(folder, max_connections, by_socket); }),
                 &Tcp::close);
}

Napi::Value tcpFeatures(const Napi::CallbackInfo& info) {
  const Handle<Tcp>& tcp = tcpOf(info);
  return featuresOf(info.Env(), orThrow(info.Env(), [&] { return tcp->features(); }));
}

Napi::Value drainTcp(const Napi::CallbackInfo& info) {
  return later(info.Env(), "netsonde:tcp", [tcp = tcpOf(info)] { return tcp->drain(); }, intervalOf);
}

void closeTcp(const Napi::CallbackInfo& info) { tcpOf(info)->close(); }

}  // namespace

Napi::Array featuresOf(Napi::Env env, const std::vector<TcpFeature>& features) {
  auto list = Napi::Array::New(env, features.size());
  for (uint32_t i = 0; i < features.size(); i++) {
    auto one = Napi::Object::New(env);
    one.Set("name", features[i].name);
    one.Set("code", features[i].code);
    one.Set("message", features[i].message);
    one.Set("program", features[i].program);
    list.Set(i, one);
  }
  return list;
}

Napi::Object edgesOf(Napi::Env env, const TcpEdges& rows) {
  auto object = Napi::Object::New(env);
  object.Set("length", static_cast<double>(rows.size()));
  object.Set("addresses", arrayOf<Napi::Uint8Array>(env, rows.addresses));
  object.Set("ports", arrayOf<Napi::Uint16Array>(env, rows.ports));
  object.Set("role", arrayOf<Napi::Uint8Array>(env, rows.role));
  object.Set("evidence", arrayOf<Napi::Uint8Array>(env, rows.evidence));
  object.Set("netns", arrayOf<Napi::Uint32Array>(env, rows.netns));
  return object;
}

void exportTcp(Napi::Env env, Napi::Object exports) {
  exports.Set("openTcp", Napi::Function::New<openTcp>(env, "openTcp"));
  exports.Set("tcpFeatures", Napi::Function::New<tcpFeatures>(env, "tcpFeatures"));
  exports.Set("drainTcp", Napi::Function::New<drainTcp>(env, "drainTcp"));
  exports.Set("closeTcp", Napi::Function::New<closeTcp>(env, "closeTcp"));
}

}  // namespace netsonde
