-- What the server keeps of the sensors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local NOT_OURS = 'ERR another pop3fleet goes on as this sensor'

local function check_owner(sensors, sensor, owner)
  return redis.call('HGET', sensors, 'owner:' .. sensor) == owner
end

-- A sensor begins.
--
-- KEYS: settings, sensors. ARGV: sensor, owner, settings.
-- Returns the settings that are in force, and what the sensor's last commit() has kept, or ''.
local function join(keys, args)
  local sensor = args[1]
  local in_force = redis.call('GET', keys[1])
  if not in_force then
    in_force = args[3]
    redis.call('SET', keys[1], in_force)
  end
  if in_force == args[3] then redis.call('HSET', keys[2], 'owner:' .. sensor, args[2]) end
  return { in_force, redis.call('HGET', keys[2], 'state:' .. sensor) or '' }
end

-- A sensor says how far it has sent its entries. Nothing before that time comes from it, unless it has
-- nothing to send and is not waited for.
--
-- KEYS: sensors. ARGV: sensor, owner, time, has it something to send (0, 1), microseconds after which a
-- silent sensor is not waited for, sensors that there have to be.
-- Returns the time before which all sensors have sent their entries, and how many sensors there are.
local function send_until(keys, args)
  local sensors, sensor = keys[1], args[1]
  if not check_owner(sensors, sensor, args[2]) then return redis.error_reply(NOT_OURS) end
  local now, silence = microseconds(), tonumber(args[5])
  redis.call('HSET', sensors, 'time:' .. sensor, struct.pack('>ddB', now, tonumber(args[3]), tonumber(args[4])))
  local all = redis.call('HGETALL', sensors)
  local before, known = 9e15, 0
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) == 'time:' then
      known = known + 1
      local seen, time, is_busy = struct.unpack('>ddB', all[i + 1])
      if is_busy == 1 and now - seen < silence then before = math.min(before, time) end
    end
  end
  if known < tonumber(args[6]) then before = 0 end
  return { string.format('%.0f', before), known }
end

-- A sensor has written down its warnings up to some place of its log.
--
-- KEYS: sensors, stream. ARGV: sensor, owner, the place, the stream's length (0: none), the sensor's
-- counts for pop3fleet --top; warnings, in JSON.
-- Both at once: what is in the stream is not told again by who goes on from this place.
local function commit(keys, args)
  local sensors, sensor = keys[1], args[1]
  if not check_owner(sensors, sensor, args[2]) then return redis.error_reply(NOT_OURS) end
  redis.call('HSET', sensors, 'state:' .. sensor, args[3], 'counts:' .. sensor, args[5])
  for i = 6, #args do
    redis.call('XADD', keys[2], 'MAXLEN', '~', args[4], '*', 'warning', args[i])
  end
  return 1
end

redis.register_function('pop3fleet_@version@_join', join)
redis.register_function('pop3fleet_@version@_send_until', send_until)
redis.register_function('pop3fleet_@version@_commit', commit)
