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
    if (last == last_flips.end()) return Flip{};
    Flip flip = last->second;
    if (flip.until_listening &&
        flip.since_boot.count() < 0) {  // since then the host has booted, so the app is a new one
        flip.state = State::kReady;
        flip.until_listening = false;
        flip.expires_boot.reset();
    }
    return flip;
}

}  // namespace zdr
