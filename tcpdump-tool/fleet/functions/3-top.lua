-- SPDX-License-Identifier: GPL-2.0-or-later

-- For pop3fleet --top: those of a bucket with the highest counts.
--
-- KEYS: clients, users. ARGV: how many of each.
-- Returns of each: kind (c, u), name, two or three counts, time of the latest.
local function top(keys, args)
  local rows, most = {}, tonumber(args[1])
  local function add_rows(key, kind, row_of)
    local all, found = redis.call('HGETALL', key), {}
    for i = 1, #all, 2 do found[#found + 1] = row_of(all[i], cmsgpack.unpack(all[i + 1])) end
    table.sort(found, function(a, b) return a[2] + a[3] > b[2] + b[3] end)
    for i = 1, math.min(#found, most) do
      rows[#rows + 1] = kind
      for j = 1, 5 do rows[#rows + 1] = j == 1 and found[i][j] or string.format('%.0f', found[i][j]) end
    end
  end
  local function count(set) return set and set[1] or 0 end
  add_rows(keys[1], 'c', function(name, record)
    return { name, record[1], count(record[4]), count(record[5]), client_time(record) }
  end)
  add_rows(keys[2], 'u', function(name, record)
    return { name, count(record[2]), count(record[1]), 0, user_time(record) }
  end)
  return rows
end

-- The sensors, for the same. KEYS: sensors.
-- Returns of each: name, microseconds since it was heard of, events and warnings of its run.
local function top_sensors(keys)
  local now, all, rows = microseconds(), redis.call('HGETALL', keys[1]), {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) == 'time:' then
      local sensor = string.sub(all[i], 6)
      rows[#rows + 1] = sensor
      rows[#rows + 1] = string.format('%.0f', now - struct.unpack('>d', all[i + 1]))
      rows[#rows + 1] = redis.call('HGET', keys[1], 'counts:' .. sensor) or '0 0'
    end
  end
  return rows
end

redis.register_function{ function_name = 'pop3fleet_@version@_top', callback = top, flags = { 'no-writes' } }
redis.register_function{ function_name = 'pop3fleet_@version@_top_sensors', callback = top_sensors, flags = { 'no-writes' } }
