#include "zdr/control/restart/app_renewal.h"

#include <algorithm>
#include <iterator>

namespace zdr {
namespace {

const ProcessStat* find_process(const Processes& all, pid_t pid) {
    const auto found = all.find(pid);
    return found == all.end() ? nullptr : &found->second;
}

class Judge {
  public:
    Judge(const AppSnapshot& before, const AppSnapshot& now, std::uint64_t began)
        : before_(before), now_(now), began_(began) {}

    Renewal judge() const {
        const Pids fresh = select(now_.holders, [&](pid_t pid) { return is_new(pid) && !is_passing_fork(pid); });
        return fresh.empty() ? judge_children() : judge_holders(fresh);
    }

  private:
    template <class Condition>
    static Pids select(const Pids& of, const Condition& condition) {
        Pids out;
        std::copy_if(of.begin(), of.end(), std::inserter(out, out.end()), condition);
        return out;
    }

    bool is_new(pid_t pid) const {
        const ProcessStat* then = find_process(before_.running, pid);
        const ProcessStat* one = find_process(now_.running, pid);
        if (one == nullptr) return false;
        if (then == nullptr || !then->is_same(*one)) return one->birth >= began_;
        return then->image != one->image && then->image != 0 && one->image != 0;
    }

    // It was there before, and is the same program now.
    bool is_old(pid_t pid) const {
        const ProcessStat* then = find_process(before_.running, pid);
        const ProcessStat* one = find_process(now_.running, pid);
        return then != nullptr && one != nullptr && then->is_same(*one) && !is_new(pid);
    }

    // A fork has all that its parent has until it becomes another program. It is taken for a worker only where that
    // parent's workers had the socket before.
    bool is_passing_fork(pid_t pid) const {
        const ProcessStat& one = now_.running.at(pid);
        const ProcessStat* parent = find_process(now_.running, one.parent);
        if (parent == nullptr || !is_old(parent->pid) || one.image == 0 || parent->image != one.image) return false;
        return std::none_of(before_.holders.begin(), before_.holders.end(), [&](pid_t former) {
            const ProcessStat* worker = find_process(before_.running, former);
            return worker != nullptr && worker->parent == parent->pid;
        });
    }

    // Those from which these come.
    Pids masters_of(const Pids& pids) const {
        Pids out;
        for (pid_t pid : pids)
            for (const ProcessStat* one = find_process(now_.running, pid); one != nullptr;
                 one = find_process(now_.running, pid)) {
                pid = one->parent;
                if (!out.insert(pid).second) break;
            }
        return out;
    }

    Renewal verdict(Renewal::Verdict verdict, const Pids& old) const {
        Renewal out{verdict, {}};
        for (const pid_t pid : old)
            if (const ProcessStat* one = find_process(now_.running, pid)) out.old.push_back(*one);
        return out;
    }

    Renewal judge_holders(const Pids& fresh) const {
        const Pids masters = masters_of(fresh);
        const auto is_left = [&](pid_t pid) {
            return is_old(pid) && !masters.contains(pid) && !before_.outer.contains(pid);
        };
        const Pids listening = select(now_.holders, is_left);
        if (!listening.empty()) return verdict(Renewal::Verdict::kOldListens, listening);
        const Pids lingering = select(before_.holders, is_left);
        return verdict(lingering.empty() ? Renewal::Verdict::kRenewed : Renewal::Verdict::kOldLingers, lingering);
    }

    // A master that accepts itself and hands the connections to its children (node's cluster): the new ones are those
    // that have taken the place of others, of the same name and under the same master.
    Renewal judge_children() const {
        Pids left;
        bool is_renewed = false;
        for (const pid_t pid : now_.family) {
            if (now_.holders.contains(pid) || !is_new(pid)) continue;
            const Pids former =
                select(before_.family, [&](pid_t one) { return is_sibling(one, now_.running.at(pid)); });
            is_renewed = is_renewed || !former.empty();
            left.merge(select(former, [&](pid_t one) { return is_old(one); }));
        }
        if (!is_renewed)
            return verdict(Renewal::Verdict::kNothingNew, select(now_.holders, [&](pid_t one) { return is_old(one); }));
        return verdict(left.empty() ? Renewal::Verdict::kRenewed : Renewal::Verdict::kOldListens, left);
    }

    bool is_sibling(pid_t former, const ProcessStat& fresh) const {
        const ProcessStat* one = find_process(before_.running, former);
        return one != nullptr && !before_.holders.contains(former) && one->parent == fresh.parent &&
               one->name == fresh.name;
    }

    const AppSnapshot& before_;
    const AppSnapshot& now_;
    std::uint64_t began_;
};

bool has_new_socket(const AppSnapshot& before, const AppSnapshot& now) {
    return std::any_of(now.sockets.begin(), now.sockets.end(), [&](const ListeningSocket& one) {
        return std::none_of(before.sockets.begin(), before.sockets.end(),
                            [&](const ListeningSocket& then) { return then.cookie == one.cookie; });
    });
}

}  // namespace

Renewal judge_renewal(const AppSnapshot& before, const AppSnapshot& now, Kept kept, std::uint64_t began) {
    if (before.sockets.empty()) return {Renewal::Verdict::kRenewed, {}};
    if (now.sockets.empty()) return {Renewal::Verdict::kNothingListens, {}};
    if (!kept.listener && !kept.process && !has_new_socket(before, now)) return {Renewal::Verdict::kOldSocket, {}};
    if (kept.process || !before.is_whole) return {Renewal::Verdict::kRenewed, {}};
    if (!now.is_whole) return {Renewal::Verdict::kHidden, {}};
    return Judge(before, now, began).judge();
}

}  // namespace zdr
