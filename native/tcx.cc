#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "attach.h"
#include "error.h"

namespace netsonde {
namespace {

// include/uapi/linux/bpf.h of 6.6; the headers of Debian 12 are older than that.
constexpr int kTcxIngress = 46;
constexpr int kTcxEgress = 47;
constexpr unsigned kBefore = 1u << 3;  // BPF_F_BEFORE without a neighbour: first in the row

}  // namespace

TcxLink::TcxLink(int program, uint32_t ifindex, Direction direction) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kBefore);
  const int type = direction == Direction::kIngress ? kTcxIngress : kTcxEgress;
  fd_ = bpf_link_create(program, static_cast<int>(ifindex), static_cast<bpf_attach_type>(type), &options);
  if (fd_ < 0) throw Failure(-fd_, "creating a TCX link");
}

TcxLink::~TcxLink() {
  if (fd_ >= 0) close(fd_);
}

TcxLink::TcxLink(TcxLink&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace netsonde
