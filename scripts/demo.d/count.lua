-- For wrk: some thousand requests a second rather than all that the CPUs give, so that the health checks keep their
-- pace, and a report in one line. Failed are answers of status 400 and more, and connections that could not be made,
-- broke, or gave no answer within wrk's timeout of 2 s.
function delay()
    return 4 -- milliseconds between two requests of a connection
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("requests %d failed %d longest_ms %d\n", summary.requests, failed, latency.max / 1000))
end
