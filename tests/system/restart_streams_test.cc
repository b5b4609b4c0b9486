// zdrctl restart and responses that do not end by themselves: a stream of events and a WebSocket, through HAProxy. Both
// go on until COMMAND runs; what is active is waited for until --idle-timeout, and the app's stop ends it.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "restart_apps_world.h"
#include "support/deadline.h"
#include "support/process.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// GET /events/SECONDS has an event each so many seconds; GET /socket is a WebSocket that says what it is told. At TERM
// both end, a WebSocket by its close frame: going away. Every other GET is answered with the name and version.
constexpr const char* kServer = R"(
import base64, hashlib, http.server, os, signal, threading
leaving = threading.Event()
name = os.environ['NAME'] + ' ' + open('version').read().strip()
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.close_connection = True
        if self.path.startswith('/events/'): self.stream(float(self.path[8:]))
        elif self.path == '/socket': self.talk()
        else:
            self.answer(200, {'Content-Length': str(len(name) + 1)})
            self.wfile.write(name.encode() + b'\n')
    def answer(self, status, headers):
        self.send_response(status)
        for key, value in headers.items(): self.send_header(key, value)
        self.send_header('X-App', name)
        self.end_headers()
    def stream(self, pause):
        self.answer(200, {'Content-Type': 'text/event-stream', 'Connection': 'close'})
        self.wfile.write(b'data: one\n\n')
        while not leaving.wait(pause): self.wfile.write(b'data: more\n\n')
        self.wfile.write(b'data: last\n\n')
    def talk(self):
        key = self.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.answer(101, {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Accept': accept})
        self.connection.settimeout(0.05)
        while not leaving.is_set():
            try: frame = self.connection.recv(100)
            except TimeoutError: continue
            if not frame: return
            self.connection.sendall(frame)
        self.connection.sendall(b'\x88\x02\x03\xe9')
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), App)
server.daemon_threads = False
def leave(*_):
    leaving.set()
    threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
server.server_close()
)";

// A client of HAProxy's, with webA's cookie: asks for PATH, writes "begin APP", a line for each piece that it gets, how
// it ended, and who answers when it connects again.
constexpr const char* kClient = R"(
import socket, sys
path = sys.argv[1]
def say(line): print(line, flush=True)
def ask(cookie):
    one = socket.create_connection(('127.0.0.1', 8080))
    more = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    one.sendall((f'GET {path} HTTP/1.1\r\nHost: zdr\r\n{cookie}' + (more if path == '/socket' else '') + '\r\n').encode())
    text = b''
    while b'\r\n\r\n' not in text: text += one.recv(1)
    head = text.decode().split('\r\n')
    return one, head[0].split()[1], [line[7:] for line in head if line.lower().startswith('x-app: ')][0]
one, status, app = ask('Cookie: SRV=A\r\n')
say(f'begin {status} {app}')
while True:
    if path == '/socket': one.sendall(b'\x81\x80abcd')
    got = one.recv(1000)
    if not got: say('end'); break
    if b'\x88\x02' in got: say('close %d' % int.from_bytes(got[-2:], 'big')); break
    if b'last' in got: say('last')
    say('piece')
one, status, app = ask('')
say(f'again {status} {app}')
)";

AppServer streaming() {
    return {std::string("cat >app.py <<'END'") + kServer + "END\n",
            "setsid python3 app.py >log 2>&1 </dev/null & echo $! >pid"};
}

class StreamsTest : public AppServerTest {
  protected:
    Process client(const std::string& path) {
        return Process({"sh", "-c", "exec python3 -c \"$1\" \"$0\" >" + said_path(), path, kClient});
    }
    std::string said_path() const { return sandbox().directory() + "/client"; }
    std::string said() const {
        std::ostringstream out;
        out << std::ifstream(said_path()).rdbuf();
        return out.str();
    }

    // Restarts webA. Its COMMAND notes what the client has got until then, and 300 ms later.
    Output restart_app() const {
        const std::string count = "wc -l <" + said_path() + " >>" + flow_path() + "; ";
        const std::string line =
            count + "sleep 0.3; " + count + "old=$(cat pid); kill -TERM $old; " + kUntilGone + streaming().start;
        return run(restart_with({"webA", "--idle-timeout", "2s", "--json"},
                                {"sh", "-c", "cd " + directory_of("webA") + "; export NAME=webA PORT=1000; " + line}),
                   60s);
    }
    std::string flow_path() const { return sandbox().directory() + "/flow"; }

    // Whether it still got something while COMMAND ran.
    bool has_flowed() const {
        std::ifstream file(flow_path());
        int before = 0;
        int after = 0;
        return file >> before >> after && after > before;
    }
};

// From the acknowledged drain to COMMAND.
std::chrono::milliseconds waited(const Output& output) {
    std::int64_t acknowledged = 0;
    std::int64_t begun = 0;
    for (const auto& event : events(output)) {
        if (event["event"] == "acknowledged" && begun == 0) acknowledged = event["elapsed_ms"];
        if (event["event"] == "command-begun") begun = event["elapsed_ms"];
    }
    return std::chrono::milliseconds(begun - acknowledged);
}

TEST_F(StreamsTest, AStreamGoesOnUntilTheIdleTimeout) {
    start_apps(streaming());
    Process one = client("/events/0.05");
    ASSERT_TRUE(eventually([&] { return contains(said(), "piece"); }));
    release("2");

    const Output output = restart_app();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "timed out after 2s: webA has 1 active session; it goes on")) << output.err;
    EXPECT_GE(waited(output), 2s) << output.out;
    EXPECT_TRUE(has_flowed()) << said();
    EXPECT_EQ(one.wait().status, 0);
    EXPECT_TRUE(said().starts_with("begin 200 webA 1\n")) << said();
    EXPECT_TRUE(contains(said(), "last\n")) << "the app has ended it, and nothing was cut off";
    EXPECT_TRUE(contains(said(), "again 200 web")) << said();
}

// One that says nothing for a second is idle: nobody waits for it.
TEST_F(StreamsTest, AQuietStreamIsNotWaitedFor) {
    start_apps(streaming());
    Process one = client("/events/60");
    ASSERT_TRUE(eventually([&] { return contains(said(), "piece"); }));

    const Output output = restart_app();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_FALSE(contains(output.err, "active session")) << output.err;
    EXPECT_EQ(one.wait().status, 0);
    EXPECT_TRUE(contains(said(), "last\n")) << "the app has ended it, and nothing was cut off";
}

TEST_F(StreamsTest, AWebSocketGoesOnUntilTheIdleTimeoutAndConnectsAgainElsewhere) {
    start_apps(streaming());
    Process one = client("/socket");
    ASSERT_TRUE(eventually([&] { return contains(said(), "piece"); }));

    const Output output = restart_app();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "timed out after 2s: webA has 1 active session; it goes on")) << output.err;
    EXPECT_GE(waited(output), 2s) << output.out;
    EXPECT_TRUE(has_flowed()) << said();
    EXPECT_EQ(one.wait().status, 0);
    EXPECT_TRUE(said().starts_with("begin 101 webA 1\n")) << said();
    EXPECT_TRUE(contains(said(), "close 1001\nagain 101 webB 1\n")) << said();
}

}  // namespace
}  // namespace zdr::test
