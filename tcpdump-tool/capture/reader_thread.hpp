// A source that is read, and filtered, in a thread of its own ahead of who takes the packets.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/batch_queue.hpp"
#include "capture/packet_filter.hpp"
#include "capture/packet_source.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace pop3dump {

class ReaderThread final : public PacketSource, private InputWatcher {
public:
    /// It may be ahead by `most_bytes` of packets. `taker`, which must outlive it, is asked while
    /// next() waits, and while the source is opened.
    ReaderThread(std::size_t most_bytes, InputWatcher &taker);
    ~ReaderThread() override;
    ReaderThread(const ReaderThread &) = delete;
    ReaderThread &operator=(const ReaderThread &) = delete;

    /// For the source that is being opened.
    InputWatcher &watcher() { return *this; }

    /// What is read; must be called once, first. `filter` "": all passes. `file`: Packet::file of
    /// the packets of a source that is a single file.
    void set_source(std::unique_ptr<PacketSource> source, const std::string &filter,
                    std::uint32_t file);

    /// Starts to read. next() does so by itself.
    void start();

    /// Throws what has ended the thread, if an exception has.
    bool next(Packet &packet) override;

    enum class Result { Packet, Pending, End };

    /// As next(), but does not wait. Must be called from the thread that calls next().
    Result try_next(Packet &packet);

    /// For poll(2): readable when try_next() has something new to say.
    [[nodiscard]] int descriptor() const { return queue_.descriptor(); }

    /// See PacketBatch; of the batches taken so far.
    [[nodiscard]] std::int64_t watermark_ns() const { return watermark_ns_; }

    [[nodiscard]] bool is_half_full() { return queue_.is_half_full(); }

    /// Calls the source's stop(), some time soon.
    void ask_to_stop() { stop_asked_ = true; }

    /// Of the source, when it has ended.
    [[nodiscard]] const std::string &error() const override { return error_; }
    void add_errors(std::uint32_t file, std::vector<FileError> &errors) const override;
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return first_link_type_;
    }
    // As they were of late.
    [[nodiscard]] ReadProgress progress() const override;
    [[nodiscard]] std::vector<InterfaceCounters> interface_counters() const override;

private:
    // For the source, in the thread.
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override;
    void on_quiet(std::int64_t ts_ns) override;

    void run();
    void read_packets();
    bool publish();
    void keep_state();

    // Of the thread, once it runs.
    std::unique_ptr<PacketSource> source_;
    std::optional<PacketFilter> filter_;
    std::uint32_t file_ = 0;
    std::unique_ptr<PacketBatch> filling_ = std::make_unique<PacketBatch>();
    std::int64_t latest_ns_; ///< no earlier packet is still to come, when it is live
    std::uint32_t packets_since_publish_ = 0;
    bool closed_ = false; ///< nobody takes batches any more
    std::vector<pollfd> waiting_;

    // Of both.
    BatchQueue queue_;
    std::atomic<bool> stop_asked_ = false;
    mutable std::mutex state_mutex_;
    ReadProgress progress_;
    std::vector<InterfaceCounters> interfaces_;
    std::exception_ptr failure_; ///< set before the queue is finished

    // Of who takes the packets.
    InputWatcher &taker_;
    std::unique_ptr<PacketBatch> batch_;
    std::size_t offset_ = 0; ///< in it
    std::int64_t watermark_ns_;
    std::optional<std::uint32_t> first_link_type_;
    std::string error_;
    bool started_ = false;
    std::thread thread_;
};

} // namespace pop3dump
