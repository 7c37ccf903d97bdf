// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/pop3_application.hpp"

#include "net/flow_table_lifetime.hpp"
#include "net/flow_table_segments.hpp"

namespace pop3ana {

template class FlowTable<TlsApplication<Pop3Application>>;

} // namespace pop3ana
