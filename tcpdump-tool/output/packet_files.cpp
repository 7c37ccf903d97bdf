// Which file a packet goes to, and what the files are called.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/packet_files.hpp"

#include "capture/capture_limits.hpp"
#include "capture/frame_origin.hpp"
#include "output/output_path.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <iomanip>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string time_in_name(const std::string &pattern, std::int64_t time_s) {
    const std::time_t time = time_s;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::ostringstream name;
    name << std::put_time(&parts, pattern.c_str());
    return name.str();
}

} // namespace

/// The pattern with the time when files change by time, and with a number when they change by size:
/// none for the first, or as many digits as the last one of a ring has.
std::string PacketFiles::name() const {
    const std::string &pattern = *options_.file;
    std::string name = options_.rotate_s ? time_in_name(pattern, period_start_s_) : pattern;
    if (!options_.rotate_bytes) return name;
    if (options_.file_count) {
        const std::size_t digits = fmt::formatted_size("{}", *options_.file_count - 1);
        return fmt::format("{}{:0{}}", name, file_of_period_, digits);
    }
    return file_of_period_ == 0 ? name : fmt::format("{}{}", name, file_of_period_);
}

bool PacketFiles::open(std::string &error) {
    if (rotates()) return true;
    if (!open_file(error)) return false;
    file_->add_identity(context_.in_use);
    return true;
}

bool PacketFiles::open_as_account(std::string &error) {
    if (!rotates()) return true;
    // Of a capture that is read, only the packets know the time.
    if (options_.rotate_s && !context_.is_live) return check_folder(error);
    period_start_s_ = ::time(nullptr);
    if (open_file(error)) return true;
    error = with_remedy(error, code_, context_.account);
    return false;
}

/// Whether files can be made there; a folder with a time in its name may not be there yet.
bool PacketFiles::check_folder(std::string &error) const {
    const std::string folder = folder_of(*options_.file);
    if (folder.find('%') != std::string::npos) return true;
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return true;
    const int code = errno;
    error = with_remedy(fmt::format("{}: {}", folder, std::strerror(code)), code, context_.account);
    return false;
}

bool PacketFiles::open_file(std::string &error) {
    const OutputPolicy policy{
        .holds_lines = false, .is_live = context_.is_live, .account = context_.account};
    file_ = OutputFile::open(name(), policy, context_.in_use, error, code_);
    return file_ != nullptr;
}

bool PacketFiles::begin(std::string &error) {
    if (!file_) return true;
    if (!file_->begin(error)) {
        code_ = errno;
        return false;
    }
    bytes_.clear();
    put_header();
    file_->append(bytes_);
    file_->end_record();
    file_->flush(); // a live capture may wait long for its first packet
    note_failure();
    return true;
}

/// Begins a section in bytes_.
void PacketFiles::put_header() {
    section_ = {};
    PcapngSection::put_header(bytes_, options_.is_extract ? kExtractApplication : "");
}

void PacketFiles::on_event(const pop3ana_event & /*event*/, std::string_view log_line) {
    if (!log_line.empty()) comments_.add(log_line);
}

/// What time gave rise to, between packets or at one that is not written, goes to the next one.
void PacketFiles::on_packet(const Packet &packet, bool is_pop3, std::uint64_t /*connection*/) {
    if (!is_pop3) return;
    write(packet);
    comments_.clear();
}

void PacketFiles::write(const Packet &packet) {
    if (!rotate(packet)) return;
    if (!file_) try_to_begin();
    if (!file_) {
        if (failed_ || is_disk_full(code_)) {
            ++packets_lost_;
        } else {
            failures_.add(code_, error_, 1);
        }
        return;
    }
    bytes_.clear();
    if (options_.is_extract && section_.interfaces() == kInterfaces) put_header();
    const std::size_t interfaces = section_.interfaces();
    if (options_.is_extract && packet.origin != 0)
        section_.put_extracted(bytes_, packet, context_.names->name(packet.origin));
    else
        section_.put_packet(bytes_, packet, comments_.texts());
    file_->append(bytes_);
    if (file_->end_record()) {
        ++packets_written_;
    } else {
        section_.forget_interfaces(interfaces);
    }
    note_failure();
}

/// Of an extract: its packets are to be read with what they could be read with.
void PacketFiles::on_key_log(std::string_view lines) {
    constexpr std::size_t kMostBytes = std::size_t{1} << 20; // readers refuse long blocks
    if (!options_.is_extract || !file_) return;
    bytes_.clear();
    while (!lines.empty()) {
        std::string_view some = lines.substr(0, kMostBytes);
        if (some.size() < lines.size()) some = some.substr(0, some.rfind('\n') + 1);
        if (some.empty()) break; // no line is so long
        PcapngSection::put_key_log(bytes_, some);
        lines.remove_prefix(some.size());
    }
    file_->append(bytes_);
    file_->end_record();
    note_failure();
}

/// Ends the file when its size or its time is over. False when no file is to follow.
bool PacketFiles::rotate(const Packet &packet) {
    const std::int64_t now_s = packet.ts_ns / kNsPerSecond;
    if (periods_ == 0) {
        periods_ = 1;
        if (!file_) period_start_s_ = now_s;
    }
    if (options_.rotate_s && now_s - period_start_s_ >= *options_.rotate_s) {
        // With -C the count only says how the files are numbered.
        if (options_.file_count && !options_.rotate_bytes && periods_ >= *options_.file_count) {
            done_ = true;
            return false;
        }
        finish();
        ++periods_;
        period_start_s_ = now_s;
        file_of_period_ = 0;
    } else if (options_.rotate_bytes && file_ && file_->bytes() > *options_.rotate_bytes) {
        finish();
        ++file_of_period_;
        if (options_.file_count && file_of_period_ >= *options_.file_count) file_of_period_ = 0;
    }
    return true;
}

/// A live capture goes on without a file while none can be had, and tries again once a second.
void PacketFiles::try_to_begin() {
    constexpr std::chrono::seconds kBetweenTries{1};
    const auto now = std::chrono::steady_clock::now();
    if (failed_ || now < next_try_) return;
    next_try_ = now + kBetweenTries;
    if (open_file(error_) && begin(error_)) return;
    file_.reset();
    if (!context_.is_live) failed_ = true;
}

void PacketFiles::finish() {
    if (!file_) return;
    file_->close();
    note_failure();
    packets_lost_ += file_->lost_records();
    file_.reset();
    next_try_ = {};
}

/// Keeps what the file that goes would take along.
void PacketFiles::note_failure() {
    if (!file_->failed()) return;
    failed_ = true;
    reader_gone_ = file_->reader_gone();
    error_ = file_->error();
}

void PacketFiles::flush() {
    if (!file_) return;
    file_->flush();
    note_failure();
}

void PacketFiles::on_timer() {
    const std::uint64_t lost = packets_lost() + failures_.count();
    if (file_) {
        notice_.update({file_->disk_full(), file_->name(), file_->error(), lost}, "packets");
    } else if (periods_ > 0) {
        notice_.update({!failed_, name(), error_, lost}, "packets");
    }
}

void PacketFiles::close(std::uint32_t link_type) {
    if (file_ && section_.interfaces() == 0) {
        bytes_.clear();
        section_.put_interface(bytes_, link_type);
        file_->append(bytes_);
        file_->end_record();
    }
    finish();
}

std::uint64_t PacketFiles::packets_lost() const {
    return packets_lost_ + (file_ ? file_->lost_records() : 0);
}

void PacketFiles::add_errors(std::vector<std::string> &errors) const {
    if (failed_ && !reader_gone_) errors.push_back(error_);
    failures_.describe("packets", errors);
    if (!failed_) add_full_disk_loss(*options_.file, packets_lost(), "packets", errors);
}

void PacketFiles::add_counters(OutputCounters &counters) const {
    counters.packets_written += packets_written_;
    counters.packets_lost += packets_lost();
}

std::unique_ptr<Output> make_packet_files(const OutputOptions &options, OutputContext &context) {
    if (!options.packets.file) return nullptr;
    return std::make_unique<PacketFiles>(options.packets, context);
}

} // namespace pop3dump
