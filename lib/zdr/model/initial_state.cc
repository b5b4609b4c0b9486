#include "zdr/model/initial_state.h"

namespace zdr {

Flip InitialState::flip_of(const Server& server) const {
    const auto begin = [&](State state) { return *make_flip(state, uid, by, ""); };
    switch (server.start) {
        case Start::kReady:
            return Flip{};
        case Start::kDrain:
            return begin(State::kDrain);
        case Start::kMaint:
            return begin(State::kMaint);
        case Start::kLast:
            break;
    }
    const auto last = last_flips.find(server.name);
    return last == last_flips.end() ? Flip{} : last->second;
}

}  // namespace zdr
