-- What all scripts of the call budget share; it stands in front of each of them. Times are microseconds of this server's
-- clock, the only one that counts. Every script is atomic.
--
-- pace:{operation}:people (and pages), :sweep   sorted sets: call → when it ended; while it is in flight, when it will have at the latest
-- pace:{operation}:line             sorted set: waiter → its ticket; people come before all sweeps, then who came first
-- pace:{operation}:about            hash: what answers said (limit, others, closed_until, refusals, known), and the pace of sweeps
-- pace:since                        which Redis has counted since when
-- pace:flying                       sorted set: call in flight, of any operation → when it has ended at the latest
-- pace:places                       how many might be in flight when the vendor last refused a call for being one too many
-- pace:line                         sorted set: waiter whose operation has a turn, and who lacks a place → its ticket
-- pace:alive:{waiter}, pace:wake:{waiter}   a sign of life that runs out, and a list to be woken by
local people, sweep, line, about = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local since, flying, place_line, places_told = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local window, limit, places, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local life_ms, burst, spread, name, lane = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
local log = lane == 'sweep' and sweep or people

-- Tickets are times; those of pages and sweeps lie beyond every time, and those of sweeps beyond those of pages, until the
-- year 2065.
local PAGES_BEHIND, SWEEPS_BEHIND = 3e15, 6e15
-- What was learned of an operation that nobody calls is forgotten after so many windows.
local WINDOWS_REMEMBERED = 10

local clock = redis.call('TIME')
local now = clock[1] * 1e6 + clock[2]

local function milliseconds(micros)
  return math.ceil(micros / 1000)
end

local function text(number)
  return string.format('%.0f', number)
end

local function learned(field)
  return tonumber(redis.call('HGET', about, field) or '0')
end

local function note(...)
  redis.call('HSET', about, ...)
  redis.call('PEXPIRE', about, milliseconds(WINDOWS_REMEMBERED * window))
end

-- The vendor's limit as it was last told, if that is below ours.
local function allowed()
  local told = learned('limit')
  return told > 0 and math.min(told, limit) or limit
end

-- An operation is never closed for longer than a window: what lies beyond was noted before the clock was set back.
local function closed_until()
  local moment = learned('closed_until')
  return moment <= now + window and moment or 0
end

-- The most that others were seen to use, in this stretch of a window's length and in the one before. So what was seen holds
-- for a window at least, and while answers come it is never forgotten before a newer one has told.
local stretch = math.floor(now / window)

local function others_seen()
  local age = stretch - learned('others_stretch')
  if age == 0 then return learned('others'), learned('others_before') end
  return 0, age == 1 and learned('others') or 0
end

local function others()
  return math.max(others_seen())
end

local function calls_since(moment)
  local after = '(' .. text(moment)
  return redis.call('ZCOUNT', people, after, '+inf'), redis.call('ZCOUNT', sweep, after, '+inf')
end

local function in_flight_here()
  local by_people, by_sweep = calls_since(now)
  return by_people + by_sweep
end

local function is_alive(waiter)
  return redis.call('EXISTS', 'pace:alive:' .. waiter) == 1
end

-- The first of a line that still gives signs of life; the dead before it are dropped. Whoever asks is alive.
local function first_of(queue)
  local head = redis.call('ZRANGE', queue, 0, 0)[1]
  while head and head ~= name and not is_alive(head) do
    redis.call('ZREM', queue, head)
    head = redis.call('ZRANGE', queue, 0, 0)[1]
  end
  return head
end

local function wake(waiter)
  if waiter and waiter ~= name then
    redis.call('RPUSH', 'pace:wake:' .. waiter, 1)
    redis.call('PEXPIRE', 'pace:wake:' .. waiter, life_ms)
  end
end

-- What the vendor bore when it last refused a call for being one too many, and one more with each window since.
local function places_allowed()
  local most, moment = string.match(redis.call('GET', places_told) or '', '(%d+):(%d+)')
  if not most then return places end
  return math.min(places, most + math.max(0, math.floor((now - moment) / window)))
end

-- How many more calls may be in flight for whoever has this ticket: sweeps leave a quarter of the places to people, pages
-- leave an eighth, unless there is one alone. So calls that hang leave room for a request.
local function free_places(ticket)
  redis.call('ZREMRANGEBYSCORE', flying, '-inf', text(now))
  local most, kept = places_allowed(), 0
  if ticket > SWEEPS_BEHIND then kept = math.ceil(most / 4) elseif ticket > PAGES_BEHIND then kept = math.ceil(most / 8) end
  return math.max(1, most - kept) - redis.call('ZCARD', flying)
end

local function wake_for_a_place()
  local head = first_of(place_line)
  if head and free_places(tonumber(redis.call('ZSCORE', place_line, head))) > 0 then wake(head) end
end

-- Keep a call for as long as it counts, and for as long again as an answer may be under way that counted it.
local function note_call(ended)
  redis.call('ZADD', log, text(ended), name)
  redis.call('ZREMRANGEBYSCORE', log, '-inf', text(now - window - lease))
  redis.call('PEXPIRE', log, milliseconds(window + 2 * lease))
end
