#pragma once

#include <string>

namespace codectrace {

enum class Speaks { No, Yes };

/// While it lives, lines of this process say what they are of, "m1/CoRS_ALL: …", and this process
/// shows what rank 0 alone shows else, or doesn't. One at a time. As several processes may speak,
/// progress is told in plain lines.
class LogTopic {
 public:
  LogTopic(std::string name, Speaks speaks);
  LogTopic(const LogTopic&) = delete;
  LogTopic& operator=(const LogTopic&) = delete;
  ~LogTopic();
};

}  // namespace codectrace
