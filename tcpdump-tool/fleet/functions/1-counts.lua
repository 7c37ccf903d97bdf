#!lua name=pop3fleet_@version@
-- What the server of a fleet does: it counts the errors and failed logins that sensors tell of, in the
-- order of their times, and says which of them warn (docs/semantics.md sections 5, 8 and 14). Each
-- function is atomic. What a client or a user has is one field of a hash in his bucket: all keys of a
-- bucket, or of the fleet itself, are in one slot of a cluster. Names have a version, a hash of this
-- text, since sensors are not all renewed at once.
-- SPDX-License-Identifier: GPL-2.0-or-later

-- Kinds of entries.
local ERROR, CLIENT_FAILED, USER_FAILED, CLIENT_SUCCEEDED, USER_SUCCEEDED, OWN_WARNING = 1, 2, 3, 4, 5, 6
local CLIENT_INFERRED, STLS_OFFERED, STLS_MISSING = 7, 8, 9
-- Kinds of verdicts: those of POP3ANA_ALERT_*. The last one says that no other sensor has warned of it.
local ERRORS, GUESSING, SPRAYING, DISTRIBUTED, BREACH, STLS, OWN = 1, 2, 3, 4, 5, 6, 7

-- Of an entry: time, position in the sensor's log, kind, two numbers, whom it is about, and the sensor.
-- Big-endian, so that the members of a sorted set that have one time are in the order of positions.
local ENTRY = '>ddBc4c4Bc0Bc0'
local VERDICT = '>dBd'

local MEMBER_BYTES = 4
local MOST_MEMBERS = 64 -- of a set, as keyed hashes
local REPLY_BYTES = 12  -- connection, place in its bytes, seconds since 1970
local MOST_REPLIES = 64
local SKEW_SECONDS = 5
-- In one connection responses to CAPA are no further apart; connections with the same ports, one after
-- the other, nearly always are (RFC 6528).
local SESSION_BYTES = 1048576
local DAY = 86400000000

-- ---------------------------------------------------------------- sets (section 8)

-- A set: how many there were, when the latest was added, its members.
local function new_set() return { 0, 0, '' } end

-- Where `item` stands among items of `width` bytes; nil: nowhere.
local function place_of(items, width, item)
  local from = 1
  while true do
    local at = string.find(items, item, from, true)
    if not at then return nil end
    if (at - 1) % width == 0 then return at end
    from = at + 1
  end
end

local function count_of(set, now, expiry)
  if not set or now - set[2] > expiry then return 0 end
  return set[1]
end

-- Whether `item` is new. One that is not changes nothing.
local function add(set, item, now, expiry)
  if now - set[2] > expiry then
    set[1] = 0
    set[3] = ''
  end
  if place_of(set[3], MEMBER_BYTES, item) then return false end
  if #set[3] < MOST_MEMBERS * MEMBER_BYTES then
    set[3] = set[3] .. item
  else
    local at = set[1] % MOST_MEMBERS * MEMBER_BYTES
    set[3] = string.sub(set[3], 1, at) .. item .. string.sub(set[3], at + MEMBER_BYTES + 1)
  end
  set[1] = set[1] + 1
  set[2] = math.max(set[2], now)
  return true
end

-- The count first exceeds the limit, or has doubled since the last alert.
local function is_due(count, limit)
  if count <= limit or count % (limit + 1) ~= 0 then return false end
  local times = count / (limit + 1)
  while times % 2 == 0 do times = times / 2 end
  return times == 1
end

-- ---------------------------------------------------------------- replies that were counted

local function number_of(bytes) return (struct.unpack('>I4', bytes)) end

-- The list with the reply as the latest of its connection, and how it stands to the one before, if any
-- is known: how many bytes ahead; whether it is behind, and no later than clocks of sensors differ by:
-- then the list is as it was. Places only grow, modulo 2^32 (RFC 9293 s.3.4).
local function put_reply(replies, connection, place, now)
  local seconds = math.floor(now / 1000000)
  local at, from, ahead = nil, 1, nil
  repeat
    at = string.find(replies, connection, from, true)
    from = at and at + 1
  until not at or (at - 1) % REPLY_BYTES == 0
  if at then
    ahead = (number_of(place) - number_of(string.sub(replies, at + 4, at + 7))) % 4294967296
    local is_ahead = ahead > 0 and ahead < 2147483648
    if not is_ahead and seconds <= number_of(string.sub(replies, at + 8, at + 11)) + SKEW_SECONDS then
      return replies, ahead, true
    end
    replies = string.sub(replies, 1, at - 1) .. string.sub(replies, at + REPLY_BYTES)
  end
  if #replies >= MOST_REPLIES * REPLY_BYTES then replies = string.sub(replies, REPLY_BYTES + 1) end
  return replies .. connection .. place .. struct.pack('>I4', seconds), ahead, false
end

-- The list with the reply in it, or nil: it was counted already. What lies before the latest, and is
-- later than that, is of a new connection with the same ports.
local function with_reply(replies, connection, place, now)
  local list, _, is_behind = put_reply(replies, connection, place, now)
  return not is_behind and list or nil
end

-- ---------------------------------------------------------------- records

-- A client: errors, time of the latest, replies that were counted, pairs that failed, users that
-- failed, replies that were a breach. A user: secrets that failed, clients, replies that were a breach.
-- A server: when it offered STLS last, connections that were told that it no longer does.
local function new_client() return { 0, 0, '', false, false, '' } end
local function new_user() return { false, false, '' } end
local function new_server() return { 0, '' } end

local function set_time(set) return set and set[2] or 0 end
-- Of the latest of its replies.
local function reply_time(replies)
  return replies == '' and 0 or number_of(string.sub(replies, -4)) * 1000000
end
local function client_time(record)
  return math.max(record[2], set_time(record[4]), set_time(record[5]), reply_time(record[6]))
end
local function user_time(record)
  return math.max(set_time(record[1]), set_time(record[2]), reply_time(record[3]))
end

local function server_time(record) return math.max(record[1], reply_time(record[2])) end

-- Records of a hash, read when they are needed and written at the end.
local function open_table(key, new, time_of)
  return { key = key, new = new, time_of = time_of, records = {}, added = 0 }
end

local function find(records, name)
  local record = records.records[name]
  if record == nil then
    local packed = redis.call('HGET', records.key, name)
    record = packed and cmsgpack.unpack(packed) or false
    records.records[name] = record
  end
  return record
end

local function find_or_add(records, name)
  local record = find(records, name)
  if not record then
    record = records.new()
    records.records[name] = record
    records.added = records.added + 1
  end
  return record
end

local function drop_the_oldest(records, count, is_over)
  local sample = redis.call('HRANDFIELD', records.key, count, 'WITHVALUES')
  local oldest, oldest_time
  for i = 1, #sample, 2 do
    local time = records.time_of(cmsgpack.unpack(sample[i + 1]))
    if is_over(time) then
      redis.call('HDEL', records.key, sample[i])
    elseif not oldest_time or time < oldest_time then
      oldest, oldest_time = sample[i], time
    end
  end
  return oldest
end

-- Writes what has changed. What is over goes in time, the longest untouched where there are too many:
-- some are looked at, as the server does it with its own keys.
local function close_table(records, now, expiry, most)
  for name, record in pairs(records.records) do
    if record then redis.call('HSET', records.key, name, cmsgpack.pack(record)) end
  end
  if records.added == 0 then return end
  local function is_over(time) return now - time > expiry end
  drop_the_oldest(records, math.min(2 * records.added, 32), is_over)
  local excess = redis.call('HLEN', records.key) - most
  for _ = 1, math.min(excess, records.added) do
    local oldest = drop_the_oldest(records, 8, is_over)
    if oldest then redis.call('HDEL', records.key, oldest) end
  end
end

-- ---------------------------------------------------------------- judging

-- One entry; calls warn(kind, count) where it warns.
local function judge(entry, clients, users, servers, settings, warn)
  local now, kind, first, second, name = entry[1], entry[3], entry[4], entry[5], entry[6]
  local expiry = settings.expiry
  if kind == ERROR then
    local record = find_or_add(clients, name)
    local replies = with_reply(record[3], first, second, now)
    if not replies then return end
    if now - record[2] > expiry then record[1] = 0 end
    record[1] = record[1] + 1
    record[2] = math.max(record[2], now)
    record[3] = replies
    local above = record[1] - settings.threshold
    if above == 1 or (above > 1 and not settings.once) then warn(ERRORS, record[1]) end
  elseif kind == CLIENT_FAILED or kind == CLIENT_INFERRED then
    local record = find_or_add(clients, name)
    record[4] = record[4] or new_set()
    local logins = record[4]
    if add(logins, first, now, expiry) and is_due(logins[1], settings.guessing) then
      warn(GUESSING, logins[1])
    end
    if kind == CLIENT_INFERRED then return end -- of whom nobody knows
    record[5] = record[5] or new_set()
    local names = record[5]
    if add(names, second, now, expiry) and is_due(names[1], settings.spraying) then
      warn(SPRAYING, names[1])
    end
  elseif kind == USER_FAILED then
    local record = find_or_add(users, name)
    record[1] = record[1] or new_set()
    record[2] = record[2] or new_set()
    add(record[1], first, now, expiry)
    local origins = record[2]
    if add(origins, second, now, expiry) and is_due(origins[1], settings.distributed) then
      warn(DISTRIBUTED, origins[1])
    end
  elseif kind == CLIENT_SUCCEEDED or kind == USER_SUCCEEDED then
    local of_client = kind == CLIENT_SUCCEEDED
    local record = find(of_client and clients or users, name)
    if not record then return end
    local count = count_of(record[of_client and 4 or 1], now, expiry)
    if count < settings.breach then return end
    local told = of_client and 6 or 3
    local replies = with_reply(record[told], first, second, now)
    if not replies then return end
    record[told] = replies
    warn(BREACH, count)
  elseif kind == STLS_OFFERED then
    local record = find_or_add(servers, name)
    record[1] = math.max(record[1], now)
  elseif kind == STLS_MISSING then
    local record = find(servers, name)
    if not record or now - record[1] > DAY then return end
    local told, ahead, is_behind = put_reply(record[2], first, second, now)
    record[2] = told
    if not is_behind and not (ahead and ahead < SESSION_BYTES) then warn(STLS, 0) end
  elseif kind == OWN_WARNING then
    local record = find_or_add(clients, name)
    local replies = with_reply(record[6], first, second, now)
    if not replies then return end
    record[6] = replies
    warn(OWN, 0)
  end
end

-- Takes the entries of a sensor for one bucket, and judges all entries before a time.
--
-- KEYS: entries that wait, clients, users, servers, sensors.
-- ARGV: sensor; the time; verdicts, in bytes, that the sensor has written down, and those that it has;
-- threshold, once (0, 1), expiry in microseconds, limits of guessing, spraying, distributed, breach;
-- most records; entries, each without its sensor, in their order.
--
-- Returns the sensor's verdicts that it does not have: position, kind, count of each.
local function judge_entries(keys, args)
  local waiting, client_key, user_key, server_key, sensors = unpack(keys)
  local sensor, before = args[1], tonumber(args[2])
  local written, known = tonumber(args[3]), tonumber(args[4])
  local settings = {
    threshold = tonumber(args[5]),
    once = args[6] == '1',
    expiry = tonumber(args[7]),
    guessing = tonumber(args[8]),
    spraying = tonumber(args[9]),
    distributed = tonumber(args[10]),
    breach = tonumber(args[11]),
  }
  local most = tonumber(args[12])
  local FIRST_ENTRY = 13

  -- What came already is not taken again.
  if #args >= FIRST_ENTRY then
    local has = tonumber(redis.call('HGET', sensors, 'at:' .. sensor) or '-1')
    local sender = string.char(#sensor) .. sensor
    local new, last = {}, has
    local function put()
      if #new > 0 then redis.call('ZADD', waiting, unpack(new)) end
      new = {}
    end
    for i = FIRST_ENTRY, #args do
      local time, position = struct.unpack('>dd', args[i])
      if position > has then
        new[#new + 1] = string.format('%.0f', time)
        new[#new + 1] = args[i] .. sender
        last = position
      end
      if #new >= 2000 then put() end
    end
    put()
    if last > has then redis.call('HSET', sensors, 'at:' .. sensor, string.format('%.0f', last)) end
  end

  local clients = open_table(client_key, new_client, client_time)
  local users = open_table(user_key, new_user, user_time)
  local servers = open_table(server_key, new_server, server_time)
  local verdicts, now = {}, 0
  while true do
    local due = redis.call('ZRANGE', waiting, '-inf', string.format('(%.0f', before), 'BYSCORE', 'LIMIT', 0, 1000)
    for i = 1, #due do
      local entry = { struct.unpack(ENTRY, due[i]) } -- the lengths, which c0 takes, are not among them
      local sender = entry[7]
      now = entry[1]
      judge(entry, clients, users, servers, settings, function(kind, count)
        local told = verdicts[sender] or {}
        verdicts[sender] = told
        told[#told + 1] = struct.pack(VERDICT, entry[2], kind, count)
      end)
    end
    if #due > 0 then redis.call('ZREMRANGEBYRANK', waiting, 0, #due - 1) end
    if #due < 1000 then break end
  end
  close_table(clients, now, settings.expiry, most)
  close_table(users, now, settings.expiry, most)
  close_table(servers, now, DAY, most)

  -- Verdicts stay until their sensor has written them down.
  for told, list in pairs(verdicts) do
    if told ~= sensor then
      local field = 'for:' .. told
      redis.call('HSET', sensors, field, (redis.call('HGET', sensors, field) or '') .. table.concat(list))
    end
  end
  local field = 'for:' .. sensor
  local had = redis.call('HGET', sensors, field) or ''
  local all = string.sub(had, written + 1) .. table.concat(verdicts[sensor] or {})
  if all == '' then
    if had ~= '' then redis.call('HDEL', sensors, field) end
  elseif all ~= had then
    redis.call('HSET', sensors, field, all)
  end
  return string.sub(all, known - written + 1)
end

redis.register_function('pop3fleet_@version@_judge', judge_entries)
