#include "columns.h"

#include "arrays.h"

namespace netsonde {
namespace {

Napi::Object sizeOf(Napi::Env env, const size& counted) {
  auto object = Napi::Object::New(env);
  object.Set("packets", static_cast<double>(counted.packets));
  object.Set("bytes", static_cast<double>(counted.bytes));
  return object;
}

Napi::Object flowsOf(Napi::Env env, const FlowRows& rows) {
  auto flows = Napi::Object::New(env);
  flows.Set("length", static_cast<double>(rows.size()));
  flows.Set("addresses", arrayOf<Napi::Uint8Array>(env, rows.addresses));
  flows.Set("ports", arrayOf<Napi::Uint16Array>(env, rows.ports));
  flows.Set("family", arrayOf<Napi::Uint8Array>(env, rows.family));
  flows.Set("protocol", arrayOf<Napi::Uint8Array>(env, rows.protocol));
  flows.Set("laterFragment", arrayOf<Napi::Uint8Array>(env, rows.later_fragment));
  flows.Set("local", arrayOf<Napi::Uint8Array>(env, rows.local));
  flows.Set("client", arrayOf<Napi::Uint8Array>(env, rows.client));
  flows.Set("evidence", arrayOf<Napi::Uint8Array>(env, rows.evidence));
  flows.Set("first", arrayOf<Napi::Uint8Array>(env, rows.first));
  flows.Set("firstSeenMs", arrayOf<Napi::Float64Array>(env, rows.first_seen_ms));
  flows.Set("hooks", arrayOf<Napi::Uint32Array>(env, rows.hooks));
  flows.Set("packets", arrayOf<Napi::Uint32Array>(env, rows.packets));
  flows.Set("bytes", arrayOf<Napi::Float64Array>(env, rows.bytes));
  flows.Set("next", arrayOf<Napi::Int32Array>(env, rows.next));
  flows.Set("joined", arrayOf<Napi::Uint8Array>(env, rows.joined));
  flows.Set("service", arrayOf<Napi::Int32Array>(env, rows.service));
  flows.Set("serviceAddresses", arrayOf<Napi::Uint8Array>(env, rows.service_addresses));
  flows.Set("servicePorts", arrayOf<Napi::Uint16Array>(env, rows.service_ports));
  return flows;
}

Napi::Object signalsOf(Napi::Env env, const SignalRows& rows) {
  auto signals = Napi::Object::New(env);
  signals.Set("length", static_cast<double>(rows.size()));
  signals.Set("addresses", arrayOf<Napi::Uint8Array>(env, rows.addresses));
  signals.Set("ports", arrayOf<Napi::Uint16Array>(env, rows.ports));
  signals.Set("protocol", arrayOf<Napi::Uint8Array>(env, rows.protocol));
  signals.Set("now", rows.now);
  signals.Set("translated", arrayOf<Napi::Uint8Array>(env, rows.translated));
  signals.Set("local", arrayOf<Napi::Uint8Array>(env, rows.local));
  signals.Set("client", arrayOf<Napi::Uint8Array>(env, rows.client));
  signals.Set("evidence", arrayOf<Napi::Uint8Array>(env, rows.evidence));
  signals.Set("roundTripUs", arrayOf<Napi::Uint32Array>(env, rows.round_trip_us));
  signals.Set("syn", arrayOf<Napi::Float64Array>(env, rows.syn));
  signals.Set("lastSyn", arrayOf<Napi::Float64Array>(env, rows.last_syn));
  signals.Set("synAck", arrayOf<Napi::Float64Array>(env, rows.syn_ack));
  signals.Set("ack", arrayOf<Napi::Float64Array>(env, rows.ack));
  signals.Set("reset", arrayOf<Napi::Float64Array>(env, rows.reset));
  signals.Set("resets", arrayOf<Napi::Uint32Array>(env, rows.resets));
  signals.Set("unreachables", arrayOf<Napi::Uint32Array>(env, rows.unreachables));
  signals.Set("unreachable", arrayOf<Napi::Uint8Array>(env, rows.unreachable));
  signals.Set("unreachableWay", arrayOf<Napi::Uint8Array>(env, rows.unreachable_way));
  return signals;
}

Napi::Object overflowOf(Napi::Env env, const Overflow& bucket) {
  auto object = sizeOf(env, bucket.counted);
  object.Set("ifindex", bucket.key.ifindex);
  object.Set("direction", bucket.key.direction == INGRESS ? "ingress" : "egress");
  object.Set("protocol", bucket.key.protocol);
  object.Set("family", bucket.key.family);
  return object;
}

Napi::Object capturedOf(Napi::Env env, const Generation& generation) {
  const ledger& totals = generation.totals;
  auto unparsed = Napi::Object::New(env);
  unparsed.Set("not_ip", sizeOf(env, totals.unparsed[NOT_IP]));
  unparsed.Set("truncated", sizeOf(env, totals.unparsed[TRUNCATED]));
  unparsed.Set("malformed", sizeOf(env, totals.unparsed[MALFORMED]));

  auto overflow = Napi::Array::New(env, generation.overflow.size());
  for (uint32_t i = 0; i < generation.overflow.size(); i++) overflow.Set(i, overflowOf(env, generation.overflow[i]));

  auto captured = Napi::Object::New(env);
  captured.Set("seen", sizeOf(env, totals.seen));
  captured.Set("unparsed", unparsed);
  captured.Set("filtered", sizeOf(env, totals.filtered));
  captured.Set("squareBytes", static_cast<double>(totals.square_bytes));
  captured.Set("overflow", overflow);
  captured.Set("overflowUnlisted", sizeOf(env, totals.overflow_unlisted));
  return captured;
}

Napi::Object translationsOf(Napi::Env env, const Translations& nat) {
  auto object = Napi::Object::New(env);
  object.Set("remembered", static_cast<double>(nat.remembered));
  object.Set("forgotten", static_cast<double>(nat.forgotten));
  object.Set("unresolved", static_cast<double>(nat.unresolved));
  if (!nat.problem.empty()) object.Set("problem", nat.problem);
  return object;
}

}  // namespace

Napi::Object columnsOf(Napi::Env env, Generation&& generation) {
  auto object = Napi::Object::New(env);
  object.Set("startMs", generation.start_ms);
  object.Set("endMs", generation.end_ms);
  object.Set("flows", flowsOf(env, generation.flows));
  object.Set("signals", signalsOf(env, generation.signals));
  object.Set("signalsLost", static_cast<double>(generation.totals.signals_lost));
  object.Set("capture", capturedOf(env, generation));
  if (generation.nat.used) object.Set("translations", translationsOf(env, generation.nat));
  if (!generation.problem.empty()) object.Set("problem", generation.problem);
  if (!generation.listeners_problem.empty()) object.Set("listenersProblem", generation.listeners_problem);
  return object;
}

}  // namespace netsonde
