#include "restart_apps_world.h"

#include <fstream>

#include "support/deadline.h"
#include "support/net.h"

namespace zdr::test {

using namespace std::chrono_literals;

AppServer gunicorn() {
    return {
        "cat >app.py <<'END'\n"
        "import os\n"
        "version = open('version').read().strip()\n"
        "exec(open('boot').read())\n"
        "body = (os.environ['NAME'] + ' ' + version + '\\n').encode()\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', str(len(body)))])\n"
        "    return [body]\n"
        "END\n"
        ": >boot\n",
        "gunicorn -D -w 2 -b 127.0.0.1:$PORT -p $PWD/pid --log-file $PWD/log app:app"};
}

// Without that header its answers have no end of their own, and some are lost, with or without a restart.
AppServer uwsgi(const std::string& options) {
    return {gunicorn().files,
            "uwsgi " + options +
                " --plugin python3 --http-socket 127.0.0.1:$PORT --master --processes 2 --need-app --wsgi-file app.py "
                "--callable app --add-header Connection:close --pidfile $PWD/pid --daemonize $PWD/log 2>>log"};
}

AppServer puma(const std::string& options) {
    return {
        "cat >config.ru <<'END'\n"
        "version = File.read('version').strip\n"
        "body = ENV['NAME'] + ' ' + version + \"\\n\"\n"
        "run lambda { |_| [200, {'content-type' => 'text/plain', 'content-length' => body.size.to_s}, [body]] }\n"
        "END\n",
        "setsid puma -q " + options + " -b tcp://127.0.0.1:$PORT --pidfile $PWD/pid config.ru >log 2>&1 </dev/null &"};
}

AppServer unicorn() {
    return {puma().files + "echo \"worker_processes 2; pid '$PWD/pid'; stderr_path '$PWD/log'\" >unicorn.rb\n",
            "unicorn -D -E none -c $PWD/unicorn.rb -l 127.0.0.1:$PORT config.ru"};
}

// Whose event MPM closes idle connections as soon as its threads are busy, so that a request that comes then is lost,
// with or without a restart. So it keeps none.
AppServer apache() {
    return {
        "mkdir -p htdocs; cat >apache.conf <<END\n"
        "ServerRoot $PWD\nServerName localhost\nPidFile $PWD/pid\nErrorLog $PWD/log\nListen 127.0.0.1:$PORT\n"
        "Mutex file:$PWD\nDefaultRuntimeDir $PWD\nLoadModule mpm_event_module "
        "/usr/lib/apache2/modules/mod_mpm_event.so\n"
        "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
        "LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so\n"
        "StartServers 2\nKeepAlive Off\nDocumentRoot $PWD/htdocs\nDirectoryIndex index.html\nGracefulShutdownTimeout "
        "5\n"
        "END\n",
        "echo $NAME $(cat version) >htdocs/index.html; apache2 -f $PWD/apache.conf -k start"};
}

AppServer nginx() {
    const std::string config =
        "cat >nginx.conf <<END\n"
        "pid $PWD/pid;\nerror_log $PWD/log;\nworker_processes 2;\nevents { }\n"
        "http {\n    access_log off;\n    client_body_temp_path $PWD;\n    proxy_temp_path $PWD;\n    "
        "fastcgi_temp_path $PWD;\n"
        "    uwsgi_temp_path $PWD;\n    scgi_temp_path $PWD;\n    server {\n        listen 127.0.0.1:$PORT;\n"
        "        location / { return 200 \"$NAME $(cat version)\\n\"; }\n    }\n}\nEND\n";
    return {config, config + "nginx -p $PWD -c $PWD/nginx.conf -e $PWD/log"};
}

AppServer caddy() {
    const std::string config =
        "cat >Caddyfile <<END\n"
        "{\n    admin off\n    auto_https off\n}\nhttp://127.0.0.1:$PORT {\n    bind 127.0.0.1\n"
        "    respond \"$NAME $(cat version)\n\"\n}\nEND\n";
    return {config, config +
                        "export HOME=$PWD XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD; setsid caddy run --config "
                        "$PWD/Caddyfile --adapter caddyfile >log 2>&1 </dev/null & echo $! >pid"};
}

AppServer node_cluster() {
    return {
        "cat >app.js <<'END'\n"
        "const cluster = require('cluster'), http = require('http'), fs = require('fs');\n"
        "if (cluster.isPrimary) {\n"
        "  fs.writeFileSync('pid', String(process.pid));\n"
        "  cluster.fork(); cluster.fork();\n"
        "  process.on('SIGHUP', () => {\n"
        "    const old = Object.values(cluster.workers);\n"
        "    old.forEach(() => cluster.fork().on('listening', () => old.pop().disconnect()));\n"
        "  });\n"
        "} else {\n"
        "  const body = process.env.NAME + ' ' + fs.readFileSync('version', 'utf8');\n"
        "  http.createServer((_, response) => response.end(body)).listen(Number(process.env.PORT), '127.0.0.1');\n"
        "}\n"
        "END\n",
        "setsid node app.js >log 2>&1 </dev/null &"};
}

AppServer haproxy_app(const std::string& options) {
    const std::string config =
        "cat >app.cfg <<END\n"
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
        "frontend app\n    bind 127.0.0.1:$PORT\n"
        "    http-request return status 200 content-type text/plain string \"$NAME $(cat version)\\n\"\n"
        "END\n";
    return {config, config + "haproxy -D " + options + " -f $PWD/app.cfg -p $PWD/pid"};
}

std::string AppServerTest::in_directory(const std::string& line, const std::string& name,
                                        const std::string& port) const {
    return "cd " + sandbox().directory() + "/" + name + " && export NAME=" + name + " PORT=" + port + " && { " + line +
           "\n}";
}

void AppServerTest::start_apps(const AppServer& app) {
    load(kTwoPortServers);
    for (const std::string name : {"webA", "webB"}) {
        const std::string port = name == "webA" ? "1000" : "1001";
        ASSERT_EQ(run({"mkdir", directory_of(name)}).status, 0);
        release("1");
        const Output started = run({"sh", "-c", in_directory(app.files + "\n" + app.start, name, port)});
        ASSERT_EQ(started.status, 0) << started.err;
    }
    start_haproxy();
    expect_version("1");
}

Command AppServerTest::roll(const std::string& line, const Command& options) const {
    return restart_with(Command{"webA", "webB"} + options, {"sh", "-c", in_directory(line, "{name}", "{port}")});
}

void AppServerTest::release(const std::string& version) const {
    for (const std::string name : {"webA", "webB"})
        if (std::ofstream file(directory_of(name) + "/version"); file) file << version << "\n";
}

std::string AppServerTest::answer(int port) const {
    return run({"curl", "-s", "-m", "15", "http://127.0.0.1:" + std::to_string(port) + "/"}).out;
}

void AppServerTest::expect_version(const std::string& version) const {
    EXPECT_TRUE(eventually([&] { return answer(1000) == "webA " + version + "\n"; }, 5s)) << answer(1000);
    EXPECT_TRUE(eventually([&] { return answer(1001) == "webB " + version + "\n"; }, 5s)) << answer(1001);
}

}  // namespace zdr::test
