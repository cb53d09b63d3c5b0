#include "capture_addon.h"

#include <arpa/inet.h>

#include <memory>
#include <string>
#include <utility>

#include "arrays.h"
#include "capture.h"
#include "columns.h"
#include "frame.h"
#include "handle.h"
#include "later.h"

namespace netsonde {
namespace {

constexpr napi_type_tag kCaptureTag = {0x6e6574736f6e6465, 0x0063617074757265};

const Handle<Capture>& captureOf(const Napi::CallbackInfo& info) {
  return handleOf<Capture>(info, kCaptureTag, "a capture");
}

uint32_t wholeOf(const Napi::CallbackInfo& info, size_t index, const char* name, uint32_t max) {
  if (info.Length() > index && info[index].IsNumber()) {
    const double value = info[index].As<Napi::Number>().DoubleValue();
    if (value >= 0 && value <= max && value == static_cast<uint32_t>(value)) return static_cast<uint32_t>(value);
  }
  throw Napi::TypeError::New(info.Env(), std::string(name) + " is not a whole number in 0.." + std::to_string(max));
}

bool flagOf(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (info.Length() > index && info[index].IsBoolean()) return info[index].As<Napi::Boolean>();
  throw Napi::TypeError::New(info.Env(), std::string(name) + " is neither true nor false");
}

Napi::Value makeCapture(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(env, "the file's path is not a string");
  // Below 2^31, so that an index and one more fit in 32 bits.
  const uint32_t max_connections = wholeOf(info, 1, "maxConnections", INT32_MAX);
  const std::string path = info[0].As<Napi::String>();
  return handOut(env, kCaptureTag, std::make_shared<Capture>(path, max_connections, flagOf(info, 2, "decapsulate")),
                 &Capture::stop);
}

// A step off the event loop.
template <void (Capture::*step)()>
Napi::Value run(const Napi::CallbackInfo& info) {
  return later(
      info.Env(), "netsonde:capture",
      [capture = captureOf(info)] {
        ((*capture).*step)();
        return true;
      },
      [](Napi::Env env, bool) { return env.Undefined(); });
}

Napi::Value takeCapture(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Handle<Capture>& capture = captureOf(info);
  CapturePart part = capture->take(wholeOf(info, 1, "rows", INT32_MAX));
  auto unknown_link = Napi::Object::New(env);
  unknown_link.Set("packets", static_cast<double>(part.unknown_link.packets));
  unknown_link.Set("bytes", static_cast<double>(part.unknown_link.bytes));

  Napi::Object object = columnsOf(env, std::move(part.generation));
  object.Get("flows").As<Napi::Object>().Set("lastSeenMs", arrayOf<Napi::Float64Array>(env, part.last_seen_ms));
  object.Get("flows").As<Napi::Object>().Set("hasPorts", arrayOf<Napi::Uint8Array>(env, part.has_ports));
  if (part.unknown_link.packets > 0)
    object.Get("capture").As<Napi::Object>().Get("unparsed").As<Napi::Object>().Set("unknown_link", unknown_link);
  auto link_types = Napi::Array::New(env);
  for (const uint32_t type : part.unknown_link_types) link_types.Set(link_types.Length(), type);
  object.Set("unknownLinkTypes", link_types);
  object.Set("last", part.last);
  return object;
}

void stopCapture(const Napi::CallbackInfo& info) { captureOf(info)->stop(); }

std::string textOf(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, address, text, sizeof(text));
  return text;
}

const char* nameOf(parsed parsed) {
  switch (parsed) {
    case PARSED:
      return "parsed";
    case PARSE_NOT_IP:
      return "not_ip";
    case PARSE_TRUNCATED:
      return "truncated";
    default:
      return "malformed";
  }
}

Napi::Value parse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsTypedArray()) throw Napi::TypeError::New(env, "the frame is not an Uint8Array");
  const auto array = info[0].As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array || array.ByteLength() > UINT32_MAX)
    throw Napi::TypeError::New(env, "the frame is not an Uint8Array");
  const auto link_type = static_cast<uint16_t>(wholeOf(info, 1, "linkType", UINT16_MAX));
  if (!isKnownLinkType(link_type)) throw Napi::TypeError::New(env, "the link type is not known");
  const auto bytes = array.As<Napi::Uint8Array>();
  packet p = {};
  const cursor frame = {bytes.Data(), static_cast<uint32_t>(bytes.ByteLength())};
  const parsed parsed = parseFrame(frame, link_type, flagOf(info, 2, "decapsulate"), &p);

  auto object = Napi::Object::New(env);
  object.Set("outcome", nameOf(parsed));
  if (parsed != PARSED) return object;
  object.Set("source", p.family == 4 ? textOf(AF_INET, &p.source4) : textOf(AF_INET6, p.source6));
  object.Set("destination", p.family == 4 ? textOf(AF_INET, &p.destination4) : textOf(AF_INET6, p.destination6));
  object.Set("protocol", p.protocol);
  object.Set("sourcePort", ntohs(p.source_port));
  object.Set("destinationPort", ntohs(p.destination_port));
  object.Set("tcpFlags", p.tcp_flags);
  object.Set("icmpType", p.icmp_type);
  object.Set("icmpCode", p.icmp_code);
  object.Set("icmpId", ntohs(p.icmp_id));
  object.Set("firstFragment", p.first_fragment);
  object.Set("laterFragment", p.later_fragment);
  object.Set("fragmentId", p.family == 4 ? ntohs(static_cast<uint16_t>(p.fragment_id)) : ntohl(p.fragment_id));
  object.Set("headerBytes", p.header_bytes);
  return object;
}

}  // namespace

void exportCapture(Napi::Env env, Napi::Object exports) {
  exports.Set("makeCapture", Napi::Function::New<makeCapture>(env, "makeCapture"));
  exports.Set("openCapture", Napi::Function::New<run<&Capture::open>>(env, "openCapture"));
  exports.Set("readCapture", Napi::Function::New<run<&Capture::read>>(env, "readCapture"));
  exports.Set("takeCapture", Napi::Function::New<takeCapture>(env, "takeCapture"));
  exports.Set("stopCapture", Napi::Function::New<stopCapture>(env, "stopCapture"));
  exports.Set("parse", Napi::Function::New<parse>(env, "parse"));
}

}  // namespace netsonde
