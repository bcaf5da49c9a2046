-- Quotes of swaps of several sizes and tokens, in turn, of the kind that KIND names.
local kind = os.getenv("KIND") or "indicative"
local swaps = {
  "swap %d WETH to wstETH", "swap %d WETH to USDC", "swap %d wstETH to WETH", "swap %d WETH to weETH",
  "swap %d WETH to rETH",
}
local headers = { ["content-type"] = "application/json" }
local asked = 0
local statuses = {}

function request()
  asked = asked + 1
  local amount = 1 + (asked * 7) % 97
  local sentence = swaps[1 + asked % #swaps]:format(amount)
  local owner = ""
  if kind == "firm" then
    owner = ',"owner":"0x00000000000000000000000000000000000000aa"'
  end
  local body = ('{"kind":"%s","sentence":"%s"%s}'):format(kind, sentence, owner)
  return wrk.format("POST", nil, headers, body)
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init()
  counts = {}
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
end

function done()
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do
      statuses[status] = (statuses[status] or 0) + count
    end
  end
  for status, count in pairs(statuses) do
    io.write(("status %d: %d\n"):format(status, count))
  end
end
