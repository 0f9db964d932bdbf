#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.h"

namespace codectrace::test {

/// Runs `action`, which must throw an Error of `kind` whose message holds every one of `pieces`.
template <class Action, class... Pieces>
void expect_error(ErrorKind kind, Action action, const Pieces&... pieces) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.what();
    for (const std::string& piece : std::vector<std::string>{pieces...}) {
      EXPECT_THAT(std::string(error.what()), testing::HasSubstr(piece));
    }
    return;
  }
  ADD_FAILURE() << "expected an error";
}

}  // namespace codectrace::test
