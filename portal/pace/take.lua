-- Take one turn of an operation's budget, or say in how many milliseconds to ask again. Atomic, by the server's clock.
-- KEYS: calls of people, calls of sweeps (sorted sets by time), calls of others (a number), closed (a flag)
-- ARGV: window in ms, limit of the operation, share of this lane, lane, a name for the call
local people, sweep, others, closed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local window, limit, share, lane, name = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]

local pause = redis.call('PTTL', closed)
if pause > 0 then return pause end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', people, '-inf', now - window)
redis.call('ZREMRANGEBYSCORE', sweep, '-inf', now - window)

local by_people, by_sweep = redis.call('ZCARD', people), redis.call('ZCARD', sweep)
local foreign = tonumber(redis.call('GET', others) or '0')
local mine = lane == 'sweep' and sweep or people
local full = by_people + by_sweep + foreign >= limit
local share_used = lane == 'sweep' and by_sweep + foreign >= share

if not full and not share_used then
  redis.call('ZADD', mine, now, name)
  redis.call('PEXPIRE', mine, window)
  return 0
end

-- Ask again when the oldest call that stands in the way leaves the window.
local oldest
for _, key in ipairs(full and {people, sweep} or {sweep}) do
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] and (not oldest or tonumber(first[2]) < oldest) then oldest = tonumber(first[2]) end
end
local delay = oldest and (oldest + window - now + 1) or redis.call('PTTL', others)
return math.max(delay, 10)
