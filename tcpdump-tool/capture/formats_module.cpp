// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats_module.hpp"

#include "capture/capture_limits.hpp"
#include "capture/formats_module.h"

#include <cstdint>
#include <dlfcn.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

struct Module {
    const pop3dump_formats *formats = nullptr;
    std::string error; ///< empty when it is not installed
};

bool kept_out = false;

bool is_installed() {
    const char *path = formats_module_path();
    return path != nullptr && ::access(path, F_OK) == 0;
}

Module load() {
    Module module;
    if (!is_installed()) return module;
    const char *path = formats_module_path();
    void *handle = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = handle == nullptr ? nullptr : ::dlsym(handle, POP3DUMP_FORMATS_SYMBOL);
    if (symbol == nullptr) {
        module.error = ::dlerror();
        return module;
    }
    const auto get = reinterpret_cast<decltype(&pop3dump_formats_get)>(symbol);
    if (get()->version == POP3DUMP_FORMATS_VERSION) {
        module.formats = get();
    } else {
        module.error = fmt::format("{}: of another version of pop3dump", path);
    }
    return module;
}

class ModuleReader final : public PacketSource {
public:
    ModuleReader(const pop3dump_formats &formats, pop3dump_formats_file *file, std::string name,
                 std::uint64_t total_bytes)
        : formats_(formats), file_(file), name_(std::move(name)), total_bytes_(total_bytes) {}
    ModuleReader(const ModuleReader &) = delete;
    ModuleReader &operator=(const ModuleReader &) = delete;
    ~ModuleReader() override { formats_.close(file_); }

    bool next(Packet &packet) override {
        pop3dump_formats_packet read{};
        pop3dump_formats_error error{};
        if (!error_.empty()) return false;
        if (formats_.next(file_, &read, &error) == 0) {
            if (error.text[0] != '\0') fail(error.text);
            return false;
        }
        if (read.captured_bytes > kAnnouncedCapturedBytes) {
            fail(fmt::format("captured length {} exceeds the limit of {} bytes",
                             read.captured_bytes, kAnnouncedCapturedBytes));
            return false;
        }
        packet.ts_ns = read.ts_ns;
        packet.link_type = read.link_type;
        packet.wire_bytes = read.wire_bytes;
        packet.data = {read.data, read.captured_bytes};
        ++packets_;
        return true;
    }

    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] ReadProgress progress() const override {
        return {formats_.done_bytes(file_), total_bytes_};
    }

private:
    void fail(const std::string &why) {
        error_ = fmt::format("{}: packet {}: {}", name_, packets_ + 1, why);
    }

    const pop3dump_formats &formats_;
    pop3dump_formats_file *file_;
    std::string name_;
    std::uint64_t total_bytes_;
    std::uint64_t packets_ = 0; ///< read
    std::string error_;
};

} // namespace

void keep_module_out() {
    kept_out = true;
}

ModuleResult open_by_module(const std::string &path, const std::string &name) {
    ModuleResult result;
    result.is_installed = is_installed();
    result.is_kept_out = kept_out;
    if (kept_out) return result;
    static const Module module = load();
    if (module.formats == nullptr) {
        result.load_error = module.error;
        return result;
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return result;
    pop3dump_formats_error error{};
    pop3dump_formats_file *file = module.formats->open(path.c_str(), &error);
    if (file == nullptr) {
        result.damage = error.text;
        return result;
    }
    result.source = std::make_unique<ModuleReader>(*module.formats, file, name,
                                                   static_cast<std::uint64_t>(status.st_size));
    return result;
}

} // namespace pop3dump
