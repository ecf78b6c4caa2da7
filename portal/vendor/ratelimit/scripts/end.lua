-- End a call or a wait, and take in what the answer said; whoever is next is woken.
-- ARGV[10], ARGV[11]: when the turn was taken, 0 when there was none, and how many calls were in flight then, with its own
-- ARGV[12]: "" without an answer, "429", "crowded" for a 429 although calls were left, or "answer"
-- ARGV[13..16]: limit, remaining, used, microseconds to the reset, each "" when not told
local taken, among, answer = tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12]
local told, remaining, used, reset = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16])
local SECOND = 1e6

redis.call('ZREM', line, name)
redis.call('ZREM', place_line, name)
redis.call('DEL', 'pace:alive:' .. name, 'pace:wake:' .. name)
if redis.call('ZREM', flying, name) == 1 or taken > 0 then note_call(now) end

-- A call that was taken before the operation closed says nothing of how it is since.
local function note_refusal(reset)
  local closed, refusals = closed_until(), learned('refusals')
  if taken >= closed then refusals = refusals + 1 end
  local pause = math.max(reset, SECOND * 2 ^ math.min(refusals - 1, 20))
  -- However odd the header, an operation is never closed for longer than a window.
  note('refusals', refusals, 'closed_until', text(math.max(closed, now + math.min(pause, window))))
end

-- Refused although calls were left: too many at the same time. As many as were in flight before it, or still are, may have
-- been borne; so the first refusals bring us down to about what the vendor bears. Below a few places it is not our doing.
local FEW = 4
local function note_crowd()
  local borne = math.max(among - 1, redis.call('ZCARD', flying), FEW)
  local most = math.min(places_allowed(), borne)
  redis.call('SET', places_told, most .. ':' .. text(now), 'PX', milliseconds(places * window))
end

-- Calls that the vendor counted and we did not make belong to another application of the same domain, or to ourselves
-- before Redis lost its memory. All of ours that the vendor can have counted are taken off, so we never blame ourselves;
-- once somebody else is there for sure, those of ours that it may have counted later may hide as many of theirs.
-- What fits beside a limit of ours that is below the vendor's is no concern.
local function note_others(counted, vendor_limit)
  local by_people, by_sweep = calls_since(taken - window)
  local foreign = math.max(0, counted - by_people - by_sweep - math.max(0, vendor_limit - limit))
  if foreign > 0 then
    local later_by_people, later_by_sweep = calls_since(taken)
    foreign = foreign + math.max(0, later_by_people + later_by_sweep - 1)
  end
  local most, before = others_seen()
  if foreign + most + before > 0 then
    note('others', math.max(most, foreign), 'others_before', before, 'others_stretch', text(stretch))
  end
end

local function note_that_it_is_known()
  local began = string.match(redis.call('GET', since) or '', ':(%d+)')
  if began and taken >= tonumber(began) then note('known', began) end
end

if answer ~= '' then
  if taken == 0 then taken = now end
  if told then note('limit', math.max(1, told)) end
  if answer == '429' then
    note_refusal(reset or 0)
  elseif answer == 'crowded' then
    note_refusal(0)
    note_crowd()
  elseif taken >= closed_until() then
    redis.call('HDEL', about, 'refusals')
  end
  -- A refusal closes the operation until its reset. Whoever filled that window need not fill the next one: to hold as much
  -- back would keep people waiting long after the vendor takes calls again.
  local counted = remaining and math.max(0, (told or limit) - remaining) or used
  if counted and answer ~= '429' then note_others(counted, told or limit) end
  if counted then note_that_it_is_known() end
end
wake(first_of(line))
wake_for_a_place()
return 0
