#include "passing_addon.h"

#include <memory>
#include <string>

#include "arrays.h"
#include "handle.h"
#include "later.h"
#include "passing.h"
#include "read_columns.h"
#include "tcp_addon.h"

namespace netsonde {
namespace {

constexpr napi_type_tag kPassingTag = {0x6e6574736f6e6465, 0x0070617373696e67};

const Handle<Passing>& passingOf(const Napi::CallbackInfo& info) {
  return handleOf<Passing>(info, kPassingTag, "what makePassing gave");
}

double numberOf(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() <= at || !info[at].IsNumber())
    throw Napi::TypeError::New(info.Env(), std::string(name) + " is not a number");
  return info[at].As<Napi::Number>();
}

Napi::Value makePassing(const Napi::CallbackInfo& info) {
  const double lasting_ms = numberOf(info, 0, "lastingMs");
  const auto most = static_cast<size_t>(numberOf(info, 1, "most"));
  return handOut(info.Env(), kPassingTag, std::make_shared<Passing>(lasting_ms, most));
}

void turnPassing(const Napi::CallbackInfo& info) { passingOf(info)->turn(numberOf(info, 1, "nowMs")); }

// failed: of a row.
template <typename Failed>
void claimEdges(Passing& passing, const Columns& edges, Failed failed) {
  const uint8_t *addresses = nullptr, *role = nullptr;
  const uint16_t* ports = nullptr;
  edges.read("addresses", addresses, 32);
  edges.read("ports", ports, 2);
  edges.read("role", role);
  for (size_t row = 0; row < edges.length(); row++)
    if (const int failure = failed(row); failure >= 0)
      passing.claim(endsOf(addresses + row * 32, ports + row * 2), role[row], failure);
}

void claimPassing(const Napi::CallbackInfo& info) {
  Passing& passing = *passingOf(info);
  const Napi::Object interval = objectOf(info, 1, "the interval");
  const Columns connections(interval.Get("connections").ToObject());
  const uint8_t* outcome = nullptr;
  connections.read("outcome", outcome);
  claimEdges(passing, connections,
             [&](size_t row) { return outcome[row] == TCP_PENDING ? -1 : outcome[row] == TCP_FAILURE; });
  const uint8_t* addresses = nullptr;
  const uint16_t* ports = nullptr;
  connections.read("addresses", addresses, 32);
  connections.read("ports", ports, 2);
  for (size_t row = 0; row < connections.length(); row++) passing.notice(endsOf(addresses + row * 32, ports + row * 2));
  claimEdges(passing, Columns(interval.Get("resets").ToObject()), [](size_t) { return 0; });
}

SignalView viewOf(const Napi::Object& object) {
  const Columns columns(object);
  SignalView view = {};
  view.length = columns.length();
  view.now = object.Get("now").ToNumber();
  columns.read("addresses", view.addresses, 32);
  columns.read("ports", view.ports, 2);
  columns.read("protocol", view.protocol);
  columns.read("translated", view.translated);
  columns.read("local", view.local);
  columns.read("client", view.client);
  columns.read("syn", view.syn);
  columns.read("lastSyn", view.last_syn);
  columns.read("synAck", view.syn_ack);
  columns.read("ack", view.ack);
  columns.read("reset", view.reset);
  columns.read("resets", view.resets, 2);
  columns.read("unreachables", view.unreachables);
  columns.read("unreachable", view.unreachable);
  columns.read("unreachableWay", view.unreachable_way);
  columns.read("evidence", view.evidence);
  columns.read("roundTripUs", view.round_trip_us, 2);
  return view;
}

Napi::Object attemptsOf(Napi::Env env, const PassingRows::Attempts& rows) {
  auto attempts = edgesOf(env, rows);
  attempts.Set("error", arrayOf<Napi::Uint8Array>(env, rows.error));
  attempts.Set("duration", arrayOf<Napi::Float64Array>(env, rows.duration));
  attempts.Set("rtt", arrayOf<Napi::Float64Array>(env, rows.rtt));
  return attempts;
}

Napi::Value settleDoubtful(const Napi::CallbackInfo& info) {
  struct Judged {
    PassingRows::Attempts rows;
    std::string problem;
  };
  return later(
      info.Env(), "netsonde.settleDoubtful",
      [passing = passingOf(info)] {
        Judged judged;
        judged.rows = passing->settleDoubtful(judged.problem);
        return judged;
      },
      [](Napi::Env env, Judged&& judged) {
        auto object = Napi::Object::New(env);
        object.Set("attempts", attemptsOf(env, judged.rows));
        object.Set("problem", judged.problem);
        return object;
      });
}

Napi::Value settlePassing(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PassingRows rows = passingOf(info)->settle(viewOf(objectOf(info, 1, "the signals")));
  auto round_trips = edgesOf(env, rows.round_trips);
  round_trips.Set("rtt", arrayOf<Napi::Float64Array>(env, rows.round_trips.rtt));
  auto object = Napi::Object::New(env);
  object.Set("attempts", attemptsOf(env, rows.attempts));
  object.Set("roundTrips", round_trips);
  object.Set("resets", arrayOf<Napi::Uint32Array>(env, rows.resets));
  object.Set("unreachable", arrayOf<Napi::Uint32Array>(env, rows.unreachable));
  object.Set("lost", static_cast<double>(rows.lost));
  object.Set("doubtful", static_cast<double>(rows.doubtful));
  return object;
}

}  // namespace

void exportPassing(Napi::Env env, Napi::Object exports) {
  exports.Set("makePassing", Napi::Function::New<makePassing>(env, "makePassing"));
  exports.Set("turnPassing", Napi::Function::New<turnPassing>(env, "turnPassing"));
  exports.Set("claimPassing", Napi::Function::New<claimPassing>(env, "claimPassing"));
  exports.Set("settleDoubtful", Napi::Function::New<settleDoubtful>(env, "settleDoubtful"));
  exports.Set("settlePassing", Napi::Function::New<settlePassing>(env, "settlePassing"));
}

}  // namespace netsonde
