// Makes inputs for fuzz targets out of captures: make_seeds FOLDER CAPTURE... writes
// FOLDER/engine/NAME and FOLDER/session/NAME for the first connection of each capture,
// FOLDER/capture_file/NAME, the file itself if it is small, and FOLDER/packet/LAYER for the first
// packets of the last one in every layer that the tests know.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.hpp"
#include "wrap.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace pop3ana_test;

namespace {

namespace fs = std::filesystem;

/// The steps of fuzz_engine.cpp and fuzz_session.cpp, as far as they are needed here.
enum EngineStep : std::uint8_t { kHandshake = 0, kEnd = 1, kReset = 2, kSend = 11 };
enum SessionStep : std::uint8_t { kSessionEnd = 2, kBytes = 15 };

struct Seeds {
    Bytes engine{0};  // switches: the defaults
    Bytes session{0}; // not midstream

    void bytes(bool from_server, ByteSpan payload) {
        constexpr std::size_t kLongest = 127; // of raw bytes in one step
        for (std::size_t at = 0; at < payload.size(); at += kLongest) {
            const auto part = payload.subspan(at, std::min(kLongest, payload.size() - at));
            engine.push_back(static_cast<std::uint8_t>(kSend | (from_server ? 0x40 : 0)));
            session.push_back(static_cast<std::uint8_t>(kBytes | (from_server ? 0x80 : 0)));
            for (Bytes *seed : {&engine, &session}) {
                seed->push_back(static_cast<std::uint8_t>(part.size()));
                append(*seed, part);
            }
        }
    }
    void step(EngineStep step, bool from_server) {
        engine.push_back(static_cast<std::uint8_t>(step | (from_server ? 0x40 : 0)));
        if (step == kEnd)
            session.push_back(static_cast<std::uint8_t>(kSessionEnd | (from_server ? 0x80 : 0)));
    }
};

/// Packets as they were captured, each once.
Seeds seeds_of(const Capture &capture) {
    Seeds seeds;
    std::optional<std::pair<Endpoint, Endpoint>> connection;
    std::uint32_t next[2] = {};
    bool started[2] = {};
    for (const Frame &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || (packet->source.port == 110) == (packet->destination.port == 110)) continue;
        if (!connection) connection = packet->connection();
        if (packet->connection() != *connection) continue;
        const bool from_server = packet->source.port == 110;
        if (started[from_server ? 1 : 0] &&
            static_cast<std::int32_t>(packet->seq - next[from_server ? 1 : 0]) < 0)
            continue;
        started[from_server ? 1 : 0] = true;
        next[from_server ? 1 : 0] = packet->end();
        if (packet->has(kSyn) && !packet->has(kAck)) seeds.step(kHandshake, false);
        seeds.bytes(from_server, payload_of(frame, *packet));
        if (packet->has(kFin)) seeds.step(kEnd, from_server);
        if (packet->has(kRst)) seeds.step(kReset, from_server);
    }
    return seeds;
}

/// The frames as fuzz_packet.cpp reads them: of any link type, checksums not verified.
Bytes packet_seed(const Capture &frames) {
    Bytes seed{0, 0};
    for (const Frame &frame : frames) {
        append_number(seed, 2, frame.link_type);
        append_number(seed, 2, frame.bytes.size());
        append(seed, frame.bytes);
    }
    return seed;
}

bool write(const fs::path &path, const Bytes &bytes) {
    std::ofstream out(path, std::ios::binary);
    for (const auto byte : bytes)
        out.put(static_cast<char>(byte));
    return out.flush().good();
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: make_seeds FOLDER CAPTURE...\n");
        return 2;
    }
    const fs::path folder = argv[1];
    for (const char *target : {"engine", "session", "capture_file", "packet"})
        fs::create_directories(folder / target);
    Capture capture;
    for (int i = 2; i < argc; ++i) {
        capture.clear();
        std::string error; // a file that ends inside a packet counts with what it has
        load_capture(argv[i], capture, error);
        const Seeds seeds = seeds_of(capture);
        const auto name = fs::path(argv[i]).filename();
        constexpr std::uintmax_t kSmallBytes = 4000;
        if (fs::file_size(argv[i]) <= kSmallBytes)
            fs::copy_file(argv[i], folder / "capture_file" / name,
                          fs::copy_options::overwrite_existing);
        if (!write(folder / "engine" / name, seeds.engine) ||
            !write(folder / "session" / name, seeds.session)) {
            std::fprintf(stderr, "cannot write below %s\n", folder.c_str());
            return 1;
        }
    }
    constexpr std::size_t kFrames = 4;
    capture.resize(std::min(capture.size(), kFrames));
    for (const Wrap &wrap : all_wraps()) {
        const auto name = folder / "packet" / wrap.name;
        if (!write(name, packet_seed(wrapped(capture, wrap)))) {
            std::fprintf(stderr, "cannot write %s\n", name.c_str());
            return 1;
        }
    }
    return 0;
}
