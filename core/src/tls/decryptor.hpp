// Decrypts one TLS connection whose secrets are known (docs/semantics.md section 10).
//
// A record opens only if it authenticates: what does not is a gap, and nothing is guessed. Behind
// lost bytes the next record is searched for: its header by its look, its number by trying.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "pop3ana/pop3ana.h"
#include "tls/key_schedule.hpp"
#include "tls/record.hpp"
#include "tls/record_cipher.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pop3ana {

/// Where the clear text of a connection goes.
class TlsTextSink {
public:
    /// `record`: the number of the record that it was in, as its keys count.
    virtual void on_text(Side from, Bytes text, std::uint64_t record) = 0;
    /// Text of `from` is missing here.
    virtual void on_text_gap(Side from) = 0;

protected:
    ~TlsTextSink() = default;
};

/// What the connections of an engine share, and where the one at work reports to.
struct TlsContext {
    const Secrets &secrets;
    std::string &buffer; ///< for the text of a record
    pop3ana_counters &counters;
    TlsTextSink *sink = nullptr;
    RecordCiphers ciphers{};
};

class TlsDecryptor {
public:
    /// The next bytes that `from` sent, in order.
    void bytes(Side from, Bytes bytes, TlsContext &context);

    /// A gap in what `from` sent; 0: nobody knows of how many bytes.
    void gap(Side from, std::uint64_t gap_bytes, TlsContext &context);

    /// What it holds is lost, as if it had not been captured.
    void give_way(TlsContext &context);

    /// Whether nothing of what that side sends can be read.
    [[nodiscard]] bool is_over(Side side) const {
        return directions_[static_cast<unsigned>(side)].is_over;
    }

    /// Whether the ClientHello was seen whose secrets are needed; its random.
    [[nodiscard]] bool has_client_hello() const { return has_client_hello_; }
    [[nodiscard]] Bytes client_random() const { return client_random_; }

    /// What it keeps until later packets come, in bytes.
    [[nodiscard]] std::uint64_t held_bytes() const;

private:
    /// Of TLS 1.3 (RFC 8446 s.7.1); what is older knows the first and the last.
    enum class Epoch : std::uint8_t { kClear, kEarly, kHandshake, kTraffic };

    struct Protection {
        RecordKeys keys;
        Epoch epoch = Epoch::kTraffic;
        std::uint64_t sequence_number = 0;
        bool knows_last_block = true; ///< that chained records go on with
        bool has_opened = false;      ///< a record
        std::uint64_t cipher_id = 0;  ///< see RecordCiphers

        void pass(Bytes fragment, bool is_open);
    };

    /// What a client sends before the server has answered (RFC 8446 s.2.3).
    struct EarlyData {
        enum class State : std::uint8_t { kUndecided, kAccepted, kRefused };

        std::vector<std::uint16_t> suites; ///< of TLS 1.3 that may protect it
        std::string text;                  ///< until the server has decided
        State state = State::kUndecided;
        bool is_cut = false; ///< there was too much of it
    };

    /// For a record, behind a gap.
    struct Search {
        std::string bytes;
        std::size_t at = 0; ///< no record begins before
        std::uint32_t tries = 0;
    };

    struct Direction {
        RecordSplitter records;
        MessageSplitter messages;
        std::unique_ptr<Protection> protection; ///< nullptr: records are in the clear
        std::unique_ptr<Search> search;         ///< nullptr: it is known where records begin
        std::uint32_t skipped_bytes = 0; ///< to come: the rest of a record of which some are lost
        std::uint8_t failures = 0;       ///< records in a row that did not open
        bool is_over = false;            ///< nothing more is read
    };

    /// One call of bytes() or gap().
    struct Work {
        Side from;
        Direction &direction;
        TlsContext &context;
    };

    Direction &direction(Side side) { return directions_[static_cast<unsigned>(side)]; }
    void read_records(Bytes bytes, const Work &work);
    void record(const RecordHeader &header, Bytes fragment, const Work &work);
    void protected_record(const RecordHeader &header, Bytes fragment, const Work &work);
    [[nodiscard]] bool is_handshake_unknown(const Work &work) const;
    std::optional<PlainRecord> open(const RecordHeader &header, Bytes fragment, const Work &work);
    static std::optional<PlainRecord> open_with(Protection &protection,
                                                std::uint64_t sequence_number,
                                                const RecordHeader &header, Bytes fragment,
                                                const Work &work);
    void plain_record(const PlainRecord &record, const Work &work);
    void message(const MessageHeader &header, Bytes body, const Work &work);
    void text(Bytes text, const Work &work);
    void decide_early_data(bool is_accepted, const Work &work);
    void client_hello(Bytes body, const Work &work);
    void server_hello(Bytes body, const Work &work);
    void change_cipher_spec(const Work &work);
    static constexpr std::size_t kAll = SIZE_MAX;
    [[nodiscard]] std::vector<Protection> protections_from(Epoch epoch, const Work &work,
                                                           std::size_t most) const;
    void add_protection(std::vector<Protection> &to, Epoch epoch, std::uint16_t suite,
                        const Work &work) const;
    bool advance(Epoch epoch, const Work &work);
    void search(Bytes bytes, const Work &work);
    [[nodiscard]] bool may_be_protected(const RecordHeader &header) const;
    std::optional<PlainRecord> open_behind_gap(const RecordHeader &header, Bytes fragment,
                                               const Work &work);
    bool try_record(std::size_t at, const RecordHeader &header, const Work &work);
    bool protect(const Work &work);
    bool knows_random(const Direction &direction);

    std::array<std::uint8_t, kHelloRandomBytes> client_random_{};
    std::array<std::uint8_t, kHelloRandomBytes> server_random_{};
    std::uint16_t version_ = 0; ///< 0: the ServerHello is not seen
    std::uint16_t suite_ = 0;
    std::unique_ptr<EarlyData> early_; ///< nullptr: none was announced
    bool has_client_hello_ = false;
    bool encrypts_then_macs_ = false;
    std::array<Direction, 2> directions_;
};

} // namespace pop3ana
