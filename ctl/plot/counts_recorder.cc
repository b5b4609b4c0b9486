#include "ctl/plot/counts_recorder.h"

#include <algorithm>

namespace zdr::ctl {

CountsRecorder::CountsRecorder(std::vector<RecordedLine> lines) : seen_(lines.size()) {
    for (RecordedLine& one : lines) {
        for (auto& server : one.of) members_.emplace(std::move(server), Member{.line = lines_.size()});
        lines_.push_back(std::move(one.line));
    }
}

void CountsRecorder::add(std::chrono::milliseconds at, std::span<const HaproxyCounts> counts) {
    for (Seen& one : seen_) one.was = std::exchange(one.is, false);
    for (const HaproxyCounts& one : counts) {
        const auto found = members_.find({one.backend, one.name});
        if (found == members_.end()) continue;
        Member& member = found->second;
        Seen& seen = seen_[member.line];
        seen.is = true;
        // A HAProxy that was started anew counts from 0.
        if (member.last) seen.total += one.count >= *member.last ? one.count - *member.last : one.count;
        member.last = one.count;
        PlottedLine& line = lines_[member.line];
        line.is_of_requests = one.is_of_requests;
        if (!line.is_rest) add_status(at, member.line, one.status);
    }
    bool is_full = false;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (!seen_[i].is) continue;
        lines_[i].counts.push_back({at, seen_[i].total, seen_[i].was});
        is_full = is_full || lines_[i].counts.size() >= kMostPoints;
    }
    if (is_full) thin_out();
}

void CountsRecorder::add_gap() {
    for (Seen& one : seen_) one.is = false;
}

void CountsRecorder::add_status(std::chrono::milliseconds at, std::size_t line, const std::string& status) {
    std::vector<StatusSpan>& all = lines_[line].statuses;
    const bool follows = seen_[line].was && !all.empty();
    if (follows) all.back().end = at;
    if (follows && all.back().status == status) return;
    if (all.size() < kMostStatuses) all.push_back({at, at, status, follows});
}

// Each second point goes; where something is unknown beside it, that is so of the one behind it.
void CountsRecorder::thin_out() {
    for (PlottedLine& line : lines_) {
        std::vector<CountPoint> kept;
        for (std::size_t i = 0; i < line.counts.size(); ++i) {
            if (i % 2 == 1 && i + 1 < line.counts.size()) continue;
            kept.push_back(line.counts[i]);
            if (i >= 2 && i % 2 == 0) kept.back().follows = line.counts[i].follows && line.counts[i - 1].follows;
        }
        line.counts = std::move(kept);
    }
    stride_ = std::min(stride_ * 2, kMostStride);
}

std::vector<PlottedLine> CountsRecorder::take_lines() {
    return std::move(lines_);
}

}  // namespace zdr::ctl
