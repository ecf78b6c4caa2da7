-- Take a turn, or join the line and say what to wait for: {GO, when it was taken, calls in flight}, {NAP, for how long,
-- ticket}, or {LISTEN, 0, ticket} when somebody else's step comes first.
-- ARGV[10]: the waiter's ticket, 0 when it has none yet
local GO, NAP, LISTEN = 0, 1, 2
local ticket = tonumber(ARGV[10])
if ticket == 0 then ticket = now + (lane == 'sweep' and SWEEPS_BEHIND or lane == 'pages' and PAGES_BEHIND or 0) end

-- A clock that was set back leaves calls that end later than any can; some of them may have had a longer lease.
local function drop_the_impossible()
  local too_late, dropped = '(' .. text(now + 2 * lease + window), 0
  for _, calls in ipairs({people, sweep, flying}) do
    dropped = dropped + redis.call('ZREMRANGEBYSCORE', calls, too_late, '+inf')
  end
  return dropped > 0
end

-- Since when this Redis has known every call. Another run id than the noted one tells of a restart or a stand-in, whose
-- memory may be older than the last calls; no note at all, of a flush or of the very first start.
local function counting_since()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local noted_run, moment = string.match(redis.call('GET', since) or '', '(%x+):(%d+)')
  if drop_the_impossible() or noted_run ~= run or tonumber(moment) > now then
    moment = text(now)
    redis.call('SET', since, run .. ':' .. moment)
  end
  return tonumber(moment)
end

-- The answer to an earlier ask was lost on its way, and the client has put it again.
local held_until = redis.call('ZSCORE', flying, name)
if held_until then return {GO, tonumber(held_until) - lease, redis.call('ZCARD', flying)} end

local began = counting_since()
redis.call('DEL', 'pace:wake:' .. name)
redis.call('ZADD', line, text(ticket), name)
local was_called_to_a_place = redis.call('ZREM', place_line, name) == 1

local function stay(how, delay)
  redis.call('SET', 'pace:alive:' .. name, 1, 'PX', life_ms)
  redis.call('PEXPIRE', line, life_ms)
  if was_called_to_a_place then wake_for_a_place() end
  return {how, math.ceil(delay), ticket}
end

-- Until the first call that still counts in one of these logs no longer does.
local function until_one_leaves(...)
  local first
  for _, calls in ipairs({...}) do
    local ended = redis.call('ZRANGEBYSCORE', calls, '(' .. text(now - window), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
    if ended and (not first or tonumber(ended) < first) then first = tonumber(ended) end
  end
  return first and first + window - now or (stretch + 1) * window - now
end

if first_of(line) ~= name then return stay(LISTEN, 0) end

local closed_for = closed_until() - now
if closed_for > 0 then return stay(NAP, closed_for) end

local by_people, by_sweep = calls_since(now - window)
-- After a 429 the operation is tried with a single call, until one is answered otherwise.
if learned('refusals') > 0 and in_flight_here() > 0 then return stay(LISTEN, 0) end
-- Of an operation that may have been called before this Redis began to count, nobody knows how much of the vendor's window
-- is used. One call goes alone; its answer tells, or the window is sat out.
if now < began + window and learned('known') ~= began and by_people + by_sweep > 0 then
  if in_flight_here() > 0 then return stay(LISTEN, 0) end
  return stay(NAP, began + window - now)
end

local left = math.max(0, allowed() - others())
-- What others do goes on between two answers of ours, and is not the same in each window.
local reserve = others() > 0 and 4 + math.ceil(others() / 8) or 0
-- Calls that were in flight when this Redis began to count are unknown until they end.
if now < began + lease then reserve = reserve + math.min(places, math.ceil(left / 4)) end
local room = left - math.min(reserve, math.max(left - 1, 0))

if by_people + by_sweep >= room then return stay(NAP, until_one_leaves(people, sweep)) end
-- Many refreshes must not hold up a request, which reads by the same operations before and after it is sent.
if lane == 'pages' and by_people + by_sweep >= math.max(1, room - math.ceil(room / 4)) then
  return stay(NAP, until_one_leaves(people, sweep))
end
local half = math.max(1, math.floor(allowed() / 2))
-- A sweep keeps its calls apart, so that they come as evenly as they may: the vendor is spared the rush at the beginning of
-- each window, and people find places free.
local apart = spread * window / half
local pace = math.max(now, learned('pace'))
if lane == 'sweep' then
  if by_people > allowed() - half then return stay(NAP, until_one_leaves(people)) end
  -- However much others use, people keep an eighth of what is left.
  local most = math.max(1, math.min(half, math.floor(room * 7 / 8)))
  if by_sweep >= most then return stay(NAP, until_one_leaves(sweep)) end
  local early = pace - (burst - 1) * apart - now
  if early > 0 then return stay(NAP, early) end
end

first_of(place_line)
local before_me = redis.call('ZCOUNT', place_line, '-inf', '(' .. text(ticket))
if free_places(ticket) <= before_me then
  was_called_to_a_place = false
  redis.call('ZADD', place_line, text(ticket), name)
  redis.call('PEXPIRE', place_line, life_ms)
  return stay(LISTEN, 0)
end

note_call(now + lease)
redis.call('ZADD', flying, text(now + lease), name)
redis.call('PEXPIRE', flying, milliseconds(lease))
if lane == 'sweep' then note('pace', text(pace + apart)) end
redis.call('ZREM', line, name)
redis.call('DEL', 'pace:alive:' .. name)
wake(first_of(line))
wake_for_a_place()
return {GO, now, redis.call('ZCARD', flying)}
