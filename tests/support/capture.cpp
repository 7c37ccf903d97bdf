// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture.hpp"

#include "capture/packet_source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace pop3ana_test {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string &line, char separator) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, separator);)
        cells.push_back(cell);
    return cells;
}

void read_classes(const fs::path &folder, std::vector<CaptureFile> &files) {
    enum Column { kCapture, kClass, kBase, kLines, kRemark, kOptions, kColumns };
    std::ifstream in(folder / "CLASSES.tsv");
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        auto cells = split(line, '\t');
        cells.resize(kColumns);
        const fs::path path = folder / cells[kCapture];
        const bool known = std::any_of(files.begin(), files.end(), [&](const CaptureFile &other) {
            return other.name == cells[kCapture];
        });
        if (known || !fs::exists(path)) continue;
        CaptureFile file;
        file.path = path.string();
        file.name = cells[kCapture];
        file.folder = folder.filename().string();
        file.kind = cells[kClass];
        file.remark = cells[kRemark];
        if (cells[kOptions].starts_with("--port ")) file.ports = cells[kOptions].substr(7);
        files.push_back(file);
    }
}

fs::path shared_captures() {
    const char *elsewhere = std::getenv("POP3ANA_CAPTURES");
    return elsewhere != nullptr ? fs::path(elsewhere)
                                : fs::path(POP3ANA_SOURCE_DIR) / "../shared/captures";
}

/// The blocks of a pcapng file, in the byte order of this machine.
class BlockWriter {
public:
    explicit BlockWriter(const std::string &path) : out_(path, std::ios::binary) {}

    void section() {
        number(0x0a0d0d0a, 4);
        number(28, 4);
        number(0x1a2b3c4d, 4);
        number(1, 2);
        number(0, 2);
        number(~std::uint64_t{0}, 8);
        number(28, 4);
    }
    void interface(std::uint32_t link_type) {
        constexpr std::uint32_t kLength = 32;
        number(1, 4);
        number(kLength, 4);
        number(link_type, 2);
        number(0, 2);
        number(0, 4);
        number(9, 2); // if_tsresol: nanoseconds
        number(1, 2);
        number(9, 4);
        number(0, 4);
        number(kLength, 4);
    }
    void packet(std::size_t interface, const Frame &frame) {
        const std::size_t padding = (4 - frame.bytes.size() % 4) % 4;
        const std::size_t length = 32 + frame.bytes.size() + padding;
        const auto time = static_cast<std::uint64_t>(frame.ts_ns);
        number(6, 4);
        number(length, 4);
        number(interface, 4);
        number(time >> 32, 4);
        number(time, 4);
        number(frame.bytes.size(), 4);
        number(frame.bytes.size(), 4);
        for (const auto byte : frame.bytes)
            out_.put(static_cast<char>(byte));
        number(0, padding);
        number(length, 4);
    }
    bool good() { return out_.flush().good(); }

private:
    void number(std::uint64_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i)
            out_.put(static_cast<char>(value >> 8 * i));
    }
    std::ofstream out_;
};

} // namespace

bool load_capture(const std::string &path, Capture &capture, std::string &error) {
    const auto source = pop3dump::open_capture_file(path, error);
    if (!source) return false;
    for (pop3dump::Packet packet; source->next(packet);)
        capture.push_back(
            {packet.ts_ns, packet.link_type, {packet.data.begin(), packet.data.end()}});
    error = source->error();
    return error.empty();
}

bool save_capture(const std::string &path, const Capture &capture) {
    BlockWriter writer(path);
    writer.section();
    std::vector<std::uint32_t> interfaces;
    for (const auto &frame : capture) {
        const auto known = std::find(interfaces.begin(), interfaces.end(), frame.link_type);
        const auto index = static_cast<std::size_t>(known - interfaces.begin());
        if (known == interfaces.end()) {
            interfaces.push_back(frame.link_type);
            writer.interface(frame.link_type);
        }
        writer.packet(index, frame);
    }
    return writer.good();
}

void keep_capture(const std::string &name, const Capture &capture) {
    const char *folder = std::getenv("POP3ANA_TEST_KEEP");
    if (folder == nullptr) return;
    const fs::path path = fs::path(folder) / (name + ".pcapng");
    const bool saved = save_capture(path.string(), capture);
    std::printf("%s: %s\n", saved ? "kept" : "cannot write", path.c_str());
}

std::vector<CaptureFile> capture_files() {
    std::vector<CaptureFile> files;
    for (const auto &root : {fs::path(POP3ANA_SOURCE_DIR) / "tests/golden", shared_captures()})
        for (const char *folder : {"real", "crafted", "differential", "public"})
            read_classes(root / folder, files);
    return files;
}

const std::vector<LoadedCapture> &complete_captures() {
    static const auto kLoaded = [] {
        std::vector<LoadedCapture> loaded;
        for (const auto &file : capture_files()) {
            bool complete = file.kind == "exact";
            for (const char *word : {"loss", "midstream", "other bytes"})
                complete = complete && file.remark.find(word) == std::string::npos;
            if (!complete) continue;
            loaded.push_back({file, {}});
            std::string error; // a file that ends inside a packet counts with what it has
            load_capture(file.path, loaded.back().capture, error);
        }
        return loaded;
    }();
    return kLoaded;
}

} // namespace pop3ana_test
