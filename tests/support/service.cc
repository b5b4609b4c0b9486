#include "support/service.h"

#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

namespace zdr::test {

Service::Service(const std::string& directory, const std::string& name, const std::string& listen,
                 const std::string& answer) {
    const std::string files = directory + "/" + name;
    mkdir(files.c_str(), 0755);
    std::ofstream config(files + ".conf");
    config << "daemon on;\nuser root;\nworker_processes 1;\npid " << files << "/pid;\nerror_log " << files << "/log;\n"
           << "events { worker_connections 1024; }\nhttp {\naccess_log off;\n";
    for (const char* what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        config << what << "_temp_path " << files << ";\n";
    config << "server { listen " << listen << "; location / { return 200 \"" << name << "\\n\"; }\n"
           << "location /health { if (-e " << sick_file(directory, name) << ") { return 503; } return " << answer
           << "; } }\n}\n";
    config.close();
    const Output started = run({"nginx", "-e", files + "/log", "-c", files + ".conf"});
    if (started.status != 0) throw std::runtime_error("nginx: " + started.err);
}

std::string Service::encrypted(const std::string& directory, const std::string& listen) {
    const std::string files = directory + "/tls.pem";
    const Output made = run({"sh", "-c",
                             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
                             "-subj /CN=app -keyout $0 -out $0.crt && cat $0.crt >>$0",
                             files});
    if (made.status != 0) throw std::runtime_error("openssl: " + made.err);
    return listen + " ssl; ssl_certificate " + files + "; ssl_certificate_key " + files;
}

std::string Service::sick_file(const std::string& directory, const std::string& name) {
    return directory + "/" + name + "/sick";
}

Command Service::restart_command(const std::string& directory, const std::string& name) {
    return {"flock",
            "--close",
            directory + "/" + name + "/lock",
            "sh",
            "-c",
            "f=$0/$1; nginx -e $f/log -c $f.conf -s quit && while [ -e $f/pid ]; do sleep 0.01; done && "
            "nginx -e $f/log -c $f.conf",
            directory,
            name};
}

void Service::recover(const std::string& directory, const std::string& name) {
    const std::string files = directory + "/" + name;
    const Output started =
        run({"flock", "--close", files + "/lock", "sh", "-c", "[ -e $0/pid ] || nginx -e $0/log -c $0.conf", files});
    if (started.status != 0) throw std::runtime_error("nginx: " + started.err);
}

}  // namespace zdr::test
