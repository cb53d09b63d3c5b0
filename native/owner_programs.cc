#include "owner_programs.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "error.h"
#include "load_object.h"
#include "read_iterator.h"
#include "read_table.h"

namespace netsonde {
namespace {

int mapOf(const bpf_object* object, const char* name) {
  const int fd = bpf_object__find_map_fd_by_name(object, name);
  if (fd < 0) throw Failure(-fd, std::string("finding map ") + name);
  return fd;
}

}  // namespace

OwnerPrograms::OwnerPrograms(const std::string& folder) {
  tryLoad(folder, "owners.events", "owners_events", events_);  // first, so that nothing is missed before the first look
  tryLoad(folder, "owners.open", "owners_open", files_);
}

void OwnerPrograms::tryLoad(const std::string& folder, const char* feature, const char* name, Loaded& into) {
  TcpFeature became{feature, "", "", 0};
  try {
    into = load(folder, name);
  } catch (const Failure& failure) {
    became.code = failure.code();
    became.message = failure.what();
  }
  features_.push_back(std::move(became));
}

OwnerPrograms::Loaded OwnerPrograms::load(const std::string& folder, const char* name) {
  LibbpfLog log;
  Loaded loaded;
  loaded.object.reset(bpf_object__open_file((folder + name + ".bpf.o").c_str(), nullptr));
  if (!loaded.object) throw Failure(errno, std::string("opening ") + name, log.summary());
  if (const int error = loadObject(loaded.object.get()))
    throw Failure(-error, std::string("loading ") + name, log.summary());
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, loaded.object.get()) {
    Link link(bpf_program__attach(program), bpf_link__destroy);
    if (!link) throw Failure(errno, std::string("attaching ") + bpf_program__name(program), log.summary());
    loaded.links.push_back(std::move(link));
  }
  return loaded;
}

std::vector<owned_socket> OwnerPrograms::open() const {
  std::vector<owned_socket> records;
  if (!files_.object) return records;
  std::vector<char> bytes;  // a record may come in two reads
  readIterator(files_.links.front().get(), "looking for the owners of sockets",
               [&](const char* more, size_t length) { bytes.insert(bytes.end(), more, more + length); });
  records.resize(bytes.size() / sizeof(owned_socket));
  if (!records.empty()) memcpy(records.data(), bytes.data(), records.size() * sizeof(owned_socket));
  return records;
}

std::vector<owned_socket> OwnerPrograms::takeTold() const {
  std::vector<owned_socket> told;
  if (!events_.object) return told;
  readTable<owner_event, owned_socket>(mapOf(events_.object.get(), "owners_told"), Then::kRemove,
                                       "reading who called and who closed",
                                       [&](const owner_event*, const owned_socket* sockets, uint32_t count) {
                                         told.insert(told.end(), sockets, sockets + count);
                                       });
  return told;
}

uint64_t OwnerPrograms::lost() const {
  if (!events_.object) return 0;
  uint64_t sum = 0;
  const uint32_t first = 0;
  if (bpf_map_lookup_elem(mapOf(events_.object.get(), ".data.lost"), &first, &sum))
    throw Failure(errno, "reading what of sockets' owners is lost");
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, events_.object.get()) {
    bpf_prog_info info = {};
    uint32_t length = sizeof(info);
    if (!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length)) sum += info.recursion_misses;
  }
  return sum;
}

}  // namespace netsonde
