#pragma once

#include <functional>

namespace codectrace::comm {

/// When ranks end the job for one and the same reason, one message is enough: whoever speaks first
/// ends the others while they still wait for their turn. No message is lost, since each rank has
/// a turn at last.
///
/// @param turn     0 at once; 1 and later after the ones before had their time
/// @param on_poll  called now and then meanwhile
/// @returns false if the job is being ended meanwhile: there is nothing more to say
[[nodiscard]] bool wait_for_turn(
    int turn, const std::function<void()>& on_poll = [] {});

}  // namespace codectrace::comm
