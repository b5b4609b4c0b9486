-- For wrk: fewer requests a second than all that the CPUs give, so that the health checks keep their pace, and a report
-- in one line. Failed are answers of status 400 and more, and connections that could not be made, broke, or gave no answer
-- within wrk's timeout. After wrk's "--": the milliseconds between two requests of a connection.
local pause = 10

function init(args)
    pause = tonumber(args[1]) or pause
end

function delay()
    return pause
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("requests %d failed %d longest_ms %d\n", summary.requests, failed, latency.max / 1000))
end
