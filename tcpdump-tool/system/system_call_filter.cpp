// The list of calls, given to the kernel by libseccomp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/system_call_filter.hpp"

#include "system/sanitized.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <linux/sockios.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace pop3dump {
namespace {

// clang-format off
constexpr int kAllowed[] = {
    // Packets, captures, outputs and the service manager, by descriptors that are open. Writing to
    // a connected socket is write(2): nothing has to be sent to an address.
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(dup),
    SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(pipe),
    SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
    SCMP_SYS(_newselect), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
    // pcap_stats(3) and the state of an interface.
    SCMP_SYS(getsockopt), SCMP_SYS(getsockname),
    // Outputs that are reopened and rotated, and a folder that is kept below its size.
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(stat64), SCMP_SYS(lstat),
    SCMP_SYS(lstat64), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
    SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rmdir), SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
    SCMP_SYS(sync_file_range), SCMP_SYS(fadvise64), SCMP_SYS(fadvise64_64), SCMP_SYS(flock),
    // Memory; see below for what would make code of it.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // Threads and locks.
    SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity),
    SCMP_SYS(getcpu), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // Signals, clocks and timers.
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(signalfd4), SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime), SCMP_SYS(setitimer),
    SCMP_SYS(getitimer),
    // What libraries ask about the process and the machine.
    SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
};

// No code of this program or its libraries gets to these. Whoever calls them has taken it over.
constexpr int kDeadly[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev), SCMP_SYS(bpf), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load), SCMP_SYS(mount), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(setuid), SCMP_SYS(setresuid), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
};
// clang-format on

/// Builds the filter. The result of each step is 0 or a negative errno; the first failure stays.
class FilterBuilder {
public:
    /// Other calls fail with EPERM. They do not kill: a later C library that tries a new call
    /// before an old one would otherwise end a program that has run for months.
    FilterBuilder() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
        if (!context_) {
            result_ = -ENOMEM;
            return;
        }
        keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
        // A binary search in place of a walk through the list.
        keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
    }

    void add(std::uint32_t action, int call) {
        if (result_ == 0) keep(seccomp_rule_add(context_.get(), action, call, 0));
    }

    void allow_if(int call, scmp_arg_cmp argument) {
        if (result_ == 0) keep(seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call, 1, argument));
    }

    /// Gives the filter to the kernel. Returns 0 or a negative errno.
    int load() {
        if (result_ == 0) keep(seccomp_load(context_.get()));
        return result_;
    }

private:
    struct Releaser {
        void operator()(void *context) const { seccomp_release(context); }
    };

    void keep(int result) {
        if (result_ == 0) result_ = result;
    }

    std::unique_ptr<void, Releaser> context_;
    int result_ = 0;
};

scmp_arg_cmp equals(unsigned index, std::uint64_t value) {
    return {index, SCMP_CMP_EQ, value, 0};
}

/// The bits of `mask` in an argument are those of `value`.
scmp_arg_cmp has_bits(unsigned index, std::uint64_t mask, std::uint64_t value) {
    return {index, SCMP_CMP_MASKED_EQ, mask, value};
}

void allow_with_arguments(FilterBuilder &filter) {
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)})
        filter.allow_if(call, has_bits(2, PROT_EXEC, 0));
    // A filter cannot see the flags of clone3: without it the C library takes clone.
    filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
    filter.allow_if(SCMP_SYS(clone), has_bits(0, CLONE_THREAD, CLONE_THREAD));
    // Only to itself: abort(3) and pthread_kill(3).
    filter.allow_if(SCMP_SYS(tgkill), equals(0, static_cast<std::uint64_t>(::getpid())));
    filter.allow_if(SCMP_SYS(prctl), equals(0, PR_SET_NAME));
    // Limits are read, not set: the third argument is where new ones would stand.
    filter.allow_if(SCMP_SYS(prlimit64), equals(2, 0));
    // Metrics are for all to read.
    filter.allow_if(SCMP_SYS(fchmod), equals(1, 0644));
    // isatty(3), the width of a terminal, waiting bytes, and the state of an interface.
    constexpr std::uint64_t kRequests[] = {TCGETS,       TIOCGWINSZ,   FIONREAD,
                                           SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME};
    for (const std::uint64_t request : kRequests)
        filter.allow_if(SCMP_SYS(ioctl), equals(1, request));
}

} // namespace

FilterResult confine_system_calls(std::string &error) {
    if (kSanitized) {
        error = "no system call filter in a build with sanitizers";
        return FilterResult::NotSupported;
    }
    FilterBuilder filter;
    for (const int call : kAllowed)
        filter.add(SCMP_ACT_ALLOW, call);
    for (const int call : kDeadly)
        filter.add(SCMP_ACT_KILL_PROCESS, call);
    allow_with_arguments(filter);
    const int result = filter.load();
    if (result == 0) return FilterResult::Installed;
    error = std::string("system call filter: ") + std::strerror(-result);
    return result == -EINVAL || result == -ENOSYS ? FilterResult::NotSupported
                                                  : FilterResult::Failed;
}

} // namespace pop3dump
