#pragma once

#include "comm/communicator.h"

namespace codectrace::test {

/// The ranks that this test runs on; what it expects follows from rank() and size().
comm::Communicator& test_communicator();

}  // namespace codectrace::test
