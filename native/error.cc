#include "error.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

namespace netsonde {
namespace {

constexpr size_t kMaxLogLines = 4096;
thread_local LibbpfLog* collector = nullptr;

int print(enum libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG || !collector) return 0;
  va_list copy;
  va_copy(copy, args);
  const int length = vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  if (length <= 0) return 0;
  std::vector<char> text(static_cast<size_t>(length) + 1);
  vsnprintf(text.data(), text.size(), format, args);
  collector->keep(text.data());
  return length;
}

bool isVerifierEnd(const std::string& line) {
  return line.rfind("processed ", 0) == 0 || line.rfind("-- END PROG LOAD LOG", 0) == 0;
}

}  // namespace

Failure::Failure(int number, const std::string& doing)
    : std::runtime_error(doing + ": " + strerror(number)), number_(number) {}

Failure::Failure(int number, const std::string& doing, const std::string& detail)
    : std::runtime_error(doing + ": " + strerror(number) + (detail.empty() ? "" : ": " + detail)), number_(number) {}

std::string Failure::code() const {
  const char* name = strerrorname_np(number_);
  return name ? name : "E" + std::to_string(number_);
}

LibbpfLog::LibbpfLog() : outer_(collector) {
  libbpf_set_print(print);
  collector = this;
}

LibbpfLog::~LibbpfLog() { collector = outer_; }

void LibbpfLog::keep(const char* text) {
  for (const char* at = text; *at;) {
    const char* end = strchr(at, '\n');
    const size_t length = end ? static_cast<size_t>(end - at) : strlen(at);
    if (length > 0 && lines_.size() < kMaxLogLines) lines_.emplace_back(at, length);
    at += length + (end ? 1 : 0);
  }
}

std::string LibbpfLog::summary() const {
  if (lines_.empty()) return "";
  // The verifier says why in the line before its statistics.
  for (size_t i = lines_.size(); i-- > 1;) {
    if (!isVerifierEnd(lines_[i]) || isVerifierEnd(lines_[i - 1])) continue;
    return "refused by the verifier: " + lines_[i - 1] + " (" + std::to_string(lines_.size()) + " lines of log)";
  }
  return lines_.back();
}

}  // namespace netsonde
