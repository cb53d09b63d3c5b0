#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "byte_source.h"
#include "error.h"

namespace netsonde {
namespace {

constexpr unsigned kBufferBytes = 256 * 1024;
constexpr size_t kMaxReadBytes = 1u << 30;  // gzread counts in int

}  // namespace

FileSource::FileSource(const std::string& path) : path_(path) {
  const int fd = path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Failure(errno, "opening " + path);
  file_ = gzdopen(fd, "rb");
  if (!file_) {
    close(fd);
    throw Failure(ENOMEM, "opening " + path);
  }
  gzbuffer(file_, kBufferBytes);
}

FileSource::~FileSource() { gzclose_r(file_); }

size_t FileSource::read(void* to, size_t size) {
  const int count = gzread(file_, to, static_cast<unsigned>(std::min(size, kMaxReadBytes)));
  int error = Z_OK;
  const char* text = gzerror(file_, &error);
  if (error == Z_ERRNO) throw Failure(errno, "reading " + path_);
  // What could be unpacked has been given; that the rest is missing or wrong is for the reader to say.
  if (error != Z_OK && problem_.empty()) problem_ = std::string("unpacking: ") + text;
  return count > 0 ? static_cast<size_t>(count) : 0;
}

}  // namespace netsonde
