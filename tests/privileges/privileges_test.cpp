// What a process can still do after drop_privileges(): each row is tried in a child of its own.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "system/privileges.hpp"
#include "system/sanitized.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

/// Returns 0, or errno of what failed.
using Deed = int (*)();

int error_of(long result) {
    return result < 0 ? errno : 0;
}

/// Runs `deed` in a child that has dropped its privileges, inside an empty folder that belongs to
/// the child's user. Returns the child's wait status.
int run_dropped(Deed deed) {
    std::string folder = "/tmp/privileges-test.XXXXXX";
    assert_non_null(::mkdtemp(folder.data()));
    const pid_t child = ::fork();
    assert_true(child >= 0);
    if (child == 0) {
        constexpr int kNotDropped = 255;
        std::string text;
        const std::optional<std::string> user =
            ::geteuid() == 0 ? std::optional<std::string>("nobody") : std::nullopt;
        const auto account = pop3dump::choose_account(user, text);
        if (!account || ::chdir(folder.c_str()) != 0 ||
            ::chown(folder.c_str(), account->uid, account->gid) != 0) {
            ::_exit(kNotDropped);
        }
        if (!pop3dump::drop_privileges(*account, text, text)) ::_exit(kNotDropped);
        ::_exit(deed());
    }
    int status = 0;
    assert_int_equal(::waitpid(child, &status, 0), child);
    std::filesystem::remove_all(folder);
    return status;
}

int exit_code(Deed deed) {
    const int status = run_dropped(deed);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int fatal_signal(Deed deed) {
    const int status = run_dropped(deed);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/// The deed's call is refused by the filter of system calls alone, so other builds allow it.
void assert_refused(Deed deed) {
    if (!pop3dump::kSanitized) assert_int_equal(exit_code(deed), EPERM);
}

void assert_deadly(Deed deed) {
    if (!pop3dump::kSanitized) assert_int_equal(fatal_signal(deed), SIGSYS);
}

void programs_cannot_be_started(void ** /*state*/) {
    assert_deadly([] {
        std::array<char *, 1> no_words{};
        return error_of(::execve("/bin/true", no_words.data(), no_words.data()));
    });
    assert_refused([] {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(0);
        return error_of(child);
    });
}

void sockets_cannot_be_had(void ** /*state*/) {
    assert_refused([] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); });
    assert_refused([] { return error_of(::socket(AF_INET6, SOCK_DGRAM, 0)); });
    assert_refused([] { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); });
    assert_refused([] { return error_of(::send(STDERR_FILENO, "", 0, 0)); });
}

// Without a filter too: the capabilities are gone.
void packets_cannot_be_captured_anew(void ** /*state*/) {
    assert_int_equal(exit_code([] { return error_of(::socket(AF_PACKET, SOCK_RAW, 0)); }), EPERM);
}

void other_processes_are_out_of_reach(void ** /*state*/) {
    assert_deadly([] { return error_of(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)); });
    assert_refused([] { return error_of(::kill(::getppid(), 0)); });
}

void memory_cannot_become_code(void ** /*state*/) {
    assert_refused([] {
        constexpr std::size_t kBytes = 4096;
        void *page = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page == MAP_FAILED ? errno : 0;
    });
    assert_refused([] {
        constexpr std::size_t kBytes = 4096;
        void *page =
            ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return ENOMEM;
        return error_of(::mprotect(page, kBytes, PROT_READ | PROT_EXEC));
    });
}

void limits_cannot_be_raised(void ** /*state*/) {
    assert_refused([] {
        rlimit limit{};
        if (::getrlimit(RLIMIT_CORE, &limit) != 0) return ENOSYS;
        return error_of(::setrlimit(RLIMIT_CORE, &limit));
    });
}

void root_does_not_come_back(void ** /*state*/) {
    if (::geteuid() != 0)
        _skip(__FILE__, __LINE__); // skip() as a function: the macro is a name of ours
    assert_int_equal(exit_code([] { return ::geteuid() == 0 || ::getegid() == 0 ? 1 : 0; }), 0);
    assert_int_equal(exit_code([] { return error_of(::open("/etc/shadow", O_RDONLY)); }), EACCES);
    if (pop3dump::kSanitized) {
        assert_int_equal(exit_code([] { return error_of(::setuid(0)); }), EPERM);
    } else {
        assert_int_equal(fatal_signal([] { return error_of(::setuid(0)); }), SIGSYS);
    }
}

void outputs_can_be_rotated(void ** /*state*/) {
    const auto rotate = [] {
        if (::mkdir("logs", 0700) != 0) return errno;
        const int file = ::open("logs/a", O_RDWR | O_CREAT | O_APPEND, 0600);
        if (file < 0 || ::write(file, "line\n", 5) != 5) return errno;
        if (::fsync(file) != 0 || ::ftruncate(file, 0) != 0) return errno;
        if (::rename("logs/a", "logs/b") != 0) return errno;
        DIR *folder = ::opendir("logs");
        if (folder == nullptr) return errno;
        while (::readdir(folder) != nullptr) {
        }
        ::closedir(folder);
        struct stat status {};
        if (::stat("logs/b", &status) != 0 || ::unlink("logs/b") != 0) return errno;
        return error_of(::rmdir("logs"));
    };
    assert_int_equal(exit_code(rotate), 0);
}

void threads_and_memory_can_be_had(void ** /*state*/) {
    const auto use = [] {
        std::vector<char> memory;
        std::thread worker([&memory] {
            for (std::size_t bytes = 1; bytes <= std::size_t{64} << 20U; bytes *= 4)
                memory.resize(bytes, 'x');
        });
        worker.join();
        return memory.back() == 'x' ? 0 : 1;
    };
    assert_int_equal(exit_code(use), 0);
}

extern "C" void nothing_to_do(int /*signal*/) {}

void signals_and_time_go_on(void ** /*state*/) {
    const auto use = [] {
        struct sigaction action {};
        action.sa_handler = nothing_to_do;
        if (::sigaction(SIGUSR1, &action, nullptr) != 0 || ::raise(SIGUSR1) != 0) return errno;
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
        pollfd waiting{ends[0], POLLIN, 0};
        if (::poll(&waiting, 1, 1) != 0) return errno;
        timespec now{};
        const timespec moment{0, 1000};
        if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return errno;
        return error_of(::nanosleep(&moment, nullptr));
    };
    assert_int_equal(exit_code(use), 0);
    assert_int_equal(fatal_signal([] {
                         ::abort();
                         return 0;
                     }),
                     SIGABRT);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(programs_cannot_be_started),
        cmocka_unit_test(sockets_cannot_be_had),
        cmocka_unit_test(packets_cannot_be_captured_anew),
        cmocka_unit_test(other_processes_are_out_of_reach),
        cmocka_unit_test(memory_cannot_become_code),
        cmocka_unit_test(limits_cannot_be_raised),
        cmocka_unit_test(root_does_not_come_back),
        cmocka_unit_test(outputs_can_be_rotated),
        cmocka_unit_test(threads_and_memory_can_be_had),
        cmocka_unit_test(signals_and_time_go_on),
    };
    if (pop3dump::kSanitized) {
        std::puts("This build has no filter of system calls: what it refuses is not tried.");
    }
    const int failures = cmocka_run_group_tests_name("privileges", tests, nullptr, nullptr);
    if (failures > 0 || ::geteuid() == 0) return failures;
    std::puts("skipped: that root does not come back takes root to try");
    constexpr int kSkipped = 77;
    return kSkipped;
}
