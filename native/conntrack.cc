#include "conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

#include "error.h"

namespace netsonde {
namespace {

constexpr unsigned short kGet = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
constexpr unsigned short kAnswer = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
// Questions in one system call. Each answer takes the kernel a buffer of two pages until it is read.
constexpr size_t kQuestions = 64;
constexpr int kQueueBytes = 2 << 20;
constexpr size_t kAnswerBytes = 2048;

uint8_t familyOf(uint8_t family) { return family == 4 ? AF_INET : AF_INET6; }

bool hasPorts(uint8_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
      return true;
    default:
      return false;
  }
}

// A message that grows by attributes.
class Message {
 public:
  Message(uint16_t flags, uint32_t sequence, uint8_t family) {
    auto* header = reinterpret_cast<nlmsghdr*>(bytes_);
    header->nlmsg_type = kGet;
    header->nlmsg_flags = NLM_F_REQUEST | flags;
    header->nlmsg_seq = sequence;
    auto* netfilter = static_cast<nfgenmsg*>(NLMSG_DATA(header));
    netfilter->nfgen_family = family;
    netfilter->version = NFNETLINK_V0;
    length_ = NLMSG_SPACE(sizeof(nfgenmsg));
  }

  size_t open(unsigned short type) {
    const size_t at = length_;
    put(type | NLA_F_NESTED, nullptr, 0);
    return at;
  }
  void close(size_t at) { reinterpret_cast<rtattr*>(bytes_ + at)->rta_len = static_cast<uint16_t>(length_ - at); }
  void put(unsigned short type, const void* value, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + length_);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    if (size > 0) memcpy(RTA_DATA(attribute), value, size);
    length_ += RTA_SPACE(size);
  }

  const char* body() const { return bytes_ + NLMSG_HDRLEN; }
  size_t bodyBytes() const { return length_ - NLMSG_HDRLEN; }
  void appendTo(std::vector<char>& to) {
    reinterpret_cast<nlmsghdr*>(bytes_)->nlmsg_len = static_cast<uint32_t>(length_);
    to.insert(to.end(), bytes_, bytes_ + NLMSG_ALIGN(length_));
  }

 private:
  alignas(nlmsghdr) char bytes_[256] = {};
  size_t length_;
};

// net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c: all three are needed.
void putEcho(Message& message, const Tuple& tuple, bool is_reply) {
  const uint16_t id = htons(tuple.echo_id);
  const uint8_t code = 0;
  if (tuple.protocol == IPPROTO_ICMP) {
    const uint8_t type = is_reply ? ICMP_ECHOREPLY : ICMP_ECHO;
    message.put(CTA_PROTO_ICMP_ID, &id, sizeof(id));
    message.put(CTA_PROTO_ICMP_TYPE, &type, sizeof(type));
    message.put(CTA_PROTO_ICMP_CODE, &code, sizeof(code));
  } else {
    const uint8_t type = is_reply ? ICMP6_ECHO_REPLY : ICMP6_ECHO_REQUEST;
    message.put(CTA_PROTO_ICMPV6_ID, &id, sizeof(id));
    message.put(CTA_PROTO_ICMPV6_TYPE, &type, sizeof(type));
    message.put(CTA_PROTO_ICMPV6_CODE, &code, sizeof(code));
  }
}

void putTuple(Message& message, const Tuple& tuple, bool echo_reply) {
  const size_t whole = message.open(CTA_TUPLE_ORIG);
  const size_t addresses = message.open(CTA_TUPLE_IP);
  if (tuple.family == 4) {
    message.put(CTA_IP_V4_SRC, tuple.source.address.data() + 12, 4);
    message.put(CTA_IP_V4_DST, tuple.destination.address.data() + 12, 4);
  } else {
    message.put(CTA_IP_V6_SRC, tuple.source.address.data(), 16);
    message.put(CTA_IP_V6_DST, tuple.destination.address.data(), 16);
  }
  message.close(addresses);
  const size_t protocol = message.open(CTA_TUPLE_PROTO);
  message.put(CTA_PROTO_NUM, &tuple.protocol, 1);
  if (hasPorts(tuple.protocol)) {
    const uint16_t source = htons(tuple.source.port);
    const uint16_t destination = htons(tuple.destination.port);
    message.put(CTA_PROTO_SRC_PORT, &source, sizeof(source));
    message.put(CTA_PROTO_DST_PORT, &destination, sizeof(destination));
  }
  if (isIcmp(tuple.protocol)) putEcho(message, tuple, echo_reply);
  message.close(protocol);
  message.close(whole);
}

void forNested(const rtattr* outer, const std::function<void(unsigned short, const rtattr*)>& each) {
  forAttributes(static_cast<const rtattr*>(RTA_DATA(outer)), RTA_PAYLOAD(outer), each);
}

void readAddress(const rtattr* attribute, Address& to) {
  if (RTA_PAYLOAD(attribute) == 16) {
    memcpy(to.data(), RTA_DATA(attribute), 16);
  } else if (RTA_PAYLOAD(attribute) == 4) {
    memcpy(to.data(), kMappedPrefix, sizeof(kMappedPrefix));
    memcpy(to.data() + 12, RTA_DATA(attribute), 4);
  }
}

uint16_t numberOf(const rtattr* attribute) {
  uint16_t number = 0;
  if (RTA_PAYLOAD(attribute) >= sizeof(number)) memcpy(&number, RTA_DATA(attribute), sizeof(number));
  return ntohs(number);
}

Tuple tupleOf(const rtattr* nested, uint8_t family) {
  Tuple tuple;
  tuple.family = family;
  forNested(nested, [&](unsigned short type, const rtattr* inner) {
    if (type == CTA_TUPLE_IP)
      forNested(inner, [&](unsigned short which, const rtattr* address) {
        if (which == CTA_IP_V4_SRC || which == CTA_IP_V6_SRC) readAddress(address, tuple.source.address);
        if (which == CTA_IP_V4_DST || which == CTA_IP_V6_DST) readAddress(address, tuple.destination.address);
      });
    if (type == CTA_TUPLE_PROTO)
      forNested(inner, [&](unsigned short which, const rtattr* value) {
        if (which == CTA_PROTO_NUM && RTA_PAYLOAD(value) >= 1)
          tuple.protocol = *static_cast<const uint8_t*>(RTA_DATA(value));
        if (which == CTA_PROTO_SRC_PORT) tuple.source.port = numberOf(value);
        if (which == CTA_PROTO_DST_PORT) tuple.destination.port = numberOf(value);
        if (which == CTA_PROTO_ICMP_ID || which == CTA_PROTO_ICMPV6_ID) tuple.echo_id = numberOf(value);
      });
  });
  return tuple;
}

// Nothing for entries of another zone: their addresses may be others' too.
std::optional<Tracked> trackedOf(const nlmsghdr* answer) {
  if (answer->nlmsg_type != kAnswer || answer->nlmsg_len < NLMSG_LENGTH(sizeof(nfgenmsg))) return std::nullopt;
  const auto* netfilter = static_cast<const nfgenmsg*>(NLMSG_DATA(answer));
  const uint8_t family = netfilter->nfgen_family == AF_INET ? 4 : 6;
  Tracked tracked;
  bool zoned = false;
  const auto* first =
      reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(netfilter) + NLMSG_ALIGN(sizeof(nfgenmsg)));
  forAttributes(first, NLMSG_PAYLOAD(answer, sizeof(nfgenmsg)), [&](unsigned short type, const rtattr* attribute) {
    if (type == CTA_TUPLE_ORIG) tracked.original = tupleOf(attribute, family);
    if (type == CTA_TUPLE_REPLY) tracked.reply = tupleOf(attribute, family);
    if (type == CTA_ZONE) zoned = true;
  });
  if (zoned) return std::nullopt;
  return tracked;
}

}  // namespace

uint64_t Conntrack::count() {
  FILE* file = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
  if (!file) return 0;
  unsigned long long entries = 0;
  if (fscanf(file, "%llu", &entries) != 1) entries = 0;
  fclose(file);
  return entries;
}

bool isIcmp(uint8_t protocol) { return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6; }

void Conntrack::get(const std::vector<Tuple>& tuples, bool echo_reply,
                    const std::function<void(size_t, const Tracked&)>& found) {
  setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kQueueBytes, sizeof(kQueueBytes));
  for (size_t begin = 0; begin < tuples.size(); begin += kQuestions)
    ask(tuples, echo_reply, begin, std::min(begin + kQuestions, tuples.size()), found);
}

void Conntrack::ask(const std::vector<Tuple>& tuples, bool echo_reply, size_t begin, size_t end,
                    const std::function<void(size_t, const Tracked&)>& found) {
  std::vector<char> questions;
  for (size_t i = begin; i < end; i++) {
    Message message(0, static_cast<uint32_t>(i), familyOf(tuples[i].family));
    putTuple(message, tuples[i], echo_reply);
    message.appendTo(questions);
  }
  if (send(socket_.fd(), questions.data(), questions.size(), 0) < 0) throw Failure(errno, "asking conntrack");

  // The kernel has answered when send() returns. Each question has one answer: an entry or an error.
  alignas(nlmsghdr) char answers[kQuestions][kAnswerBytes];
  iovec parts[kQuestions];
  mmsghdr messages[kQuestions] = {};
  for (size_t i = 0; i < kQuestions; i++) {
    parts[i] = {answers[i], kAnswerBytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  for (size_t left = end - begin; left > 0;) {
    const int got = recvmmsg(socket_.fd(), messages, static_cast<unsigned>(left), MSG_DONTWAIT, nullptr);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Failure(errno, "reading conntrack's answer");
    for (int i = 0; i < got; i++) {
      const auto* answer = reinterpret_cast<const nlmsghdr*>(answers[i]);
      if (!NLMSG_OK(answer, messages[i].msg_len)) continue;
      if (answer->nlmsg_type == NLMSG_ERROR) {
        const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(answer))->error;
        if (error != ENOENT) throw Failure(error, "asking conntrack");
      } else if (answer->nlmsg_seq >= begin && answer->nlmsg_seq < end) {
        if (const auto tracked = trackedOf(answer)) found(answer->nlmsg_seq, *tracked);
      }
    }
    left -= static_cast<size_t>(got);
  }
}

void Conntrack::list(const std::function<void(const Tracked&)>& each) {
  const Message question(0, 0, AF_UNSPEC);
  dump(
      kGet, question.body(), question.bodyBytes(),
      [&](const nlmsghdr* answer) {
        if (const auto tracked = trackedOf(answer)) each(*tracked);
      },
      NETLINK_NETFILTER, sizeof(nfgenmsg));
}

}  // namespace netsonde
