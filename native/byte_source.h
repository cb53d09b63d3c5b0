// Bytes in their order, each once: a file's, or those of a buffer.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace netsonde {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // As many as were asked for; fewer at the end only.
  virtual size_t read(void* to, size_t size) = 0;
};

class MemorySource : public ByteSource {
 public:
  // The bytes stay the caller's.
  MemorySource(const uint8_t* bytes, size_t size) : bytes_(bytes), left_(size) {}
  size_t read(void* to, size_t size) override;

 private:
  const uint8_t* bytes_;
  size_t left_;
};

// May be a pipe, and may be packed by gzip.
class FileSource : public ByteSource {
 public:
  // Throws Failure.
  explicit FileSource(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  // Throws Failure.
  size_t read(void* to, size_t size) override;

  // Why what was packed could not be unpacked to its end; empty if it could.
  const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  gzFile file_;
  std::string problem_;
};

}  // namespace netsonde
