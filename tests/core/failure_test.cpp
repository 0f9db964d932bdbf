#include "core/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <system_error>

namespace codectrace {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Exception>
Error error_after(const Exception& exception) {
  return error_of(std::make_exception_ptr(exception));
}

TEST(ErrorOf, IsAnErrorItselfWithItsPlace) {
  const Error error(ErrorKind::BadData, "a bent disc");

  const Error found = error_after(error);

  EXPECT_EQ(found.kind(), ErrorKind::BadData);
  EXPECT_STREQ(found.what(), "a bent disc");
  EXPECT_EQ(found.place(), error.place());
}

TEST(ErrorOf, SaysThatThereIsNoMemory) {
  const Error found = error_after(std::bad_alloc());

  EXPECT_EQ(found.kind(), ErrorKind::Environment);
  EXPECT_THAT(found.what(), HasSubstr("out of memory"));
}

TEST(ErrorOf, KnowsLibTorchsWordsForItAndLeavesItsStackOut) {
  const Error found = error_after(
      std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 "
                         "bytes.\nException raised from alloc_cpu at alloc_cpu.cpp:117\nframe #0"));

  EXPECT_THAT(found.what(), HasSubstr("out of memory; use a smaller batch"));
  EXPECT_THAT(found.what(), HasSubstr("tried to allocate 8 bytes"));
  EXPECT_THAT(found.what(), Not(HasSubstr("frame")));
}

TEST(ErrorOf, SaysThatAThreadCouldNotBeStarted) {
  const auto code = std::make_error_code(std::errc::resource_unavailable_try_again);

  EXPECT_THAT(error_after(std::system_error(code)).what(),
              HasSubstr("a thread can't be started (Resource temporarily unavailable)"));
}

TEST(ErrorOf, HasWhatAnyOtherExceptionSaysAndNoPlace) {
  const Error found = error_after(std::runtime_error("gone"));

  EXPECT_EQ(told(found), "gone");
  EXPECT_STREQ(error_after(7).what(), "an exception of no known type");
}

TEST(Told, HasThePlaceWhereTheEnvironmentFailed) {
  EXPECT_THAT(told(Error(ErrorKind::Environment, "no room")), HasSubstr("no room (tests/core/"));
  EXPECT_EQ(told(Error(ErrorKind::Usage, "no such key")), "no such key");
}

}  // namespace
}  // namespace codectrace
