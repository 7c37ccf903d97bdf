// What a user may have meant who typed something that pop3dump does not take. Each text continues
// a message, from its separator on; "" where nothing is known.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace pop3dump {

/// Of a filter that libpcap refused.
std::string advice_on_filter(std::string_view filter);

/// Of words where there is nothing to read.
std::string advice_on_words(std::string_view words);

/// Of an option that does not exist, as it was typed: "--prot", "-json", "-A".
std::string advice_on_option(std::string_view typed);

/// Of an option's name in the configuration file, which does not exist.
std::string advice_on_setting(std::string_view name);

} // namespace pop3dump
