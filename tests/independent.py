#!/usr/bin/env python3
"""Recomputes every answer with arithmetic of its own.

    python3 tests/independent.py BINARY              self-test, then every sentence
    python3 tests/independent.py --self-test BINARY  the self-test alone

The market file is read here, the protocols' formulas are written here, and the search is a plain
grid over splits. Nothing is shared with the Rust code, so a figure that both print is right for
two reasons. Exits 1 on any disagreement, and when a section had nothing to compare.
"""

import copy
import json
import math
import re
import subprocess
import sys
import time
from decimal import ROUND_HALF_UP, Decimal, getcontext
from pathlib import Path

getcontext().prec = 60

ROOT = Path(__file__).resolve().parent.parent
MARKETS = ROOT / "simulations" / "markets"
MARKET_FILE = "mainnet-2024-05-23.json"
RAY = 10**27
WAD = 10**18
YEAR = 31_557_600
DAY = 86_400
TEN_YEARS = 10 * 365 * DAY
# How far, relative to the principal, a plan may be below the best that the search here finds.
VALUE_TOLERANCE = 1e-9
LADDER = [3_600, DAY, 7 * DAY, 30 * DAY]

SENTENCES = [
    "maximize ETH yield on 100 stETH",
    "maximize ETH yield on 100 WETH for 365 days",
    "maximize ETH yield on 100 ETH for 365 days",
    "maximize ETH yield on 3 ETH for 3 days",
    "swap 50 WETH to wstETH",
    "exit 400 wstETH to ETH within 7 days",
    "maximize ETH yield on 250000 ETH risk high",
    "maximize ETH yield on 250000 ETH risk low",
    "exit 40 weETH to ETH within 7 days",
    "maximize ETH yield on 100 stETH avoid lido",
    # Small amounts, where gas decides between venues.
    "maximize ETH yield on 3 ETH for 365 days",
    "exit 3 wstETH to ETH within 7 days",
]

# Typical gas, as documented.
GAS_TX, GAS_ALLOWANCE = 21_000, 46_000
# Of a typical trade's gas, in hundredths, what an attacker's takes.
ATTACK_GAS_PCT = 80
GAS_WRAP_WETH, GAS_UNWRAP_WETH = 24_000, 14_000
GAS_V2, GAS_V3, GAS_CURVE = 100_000, 110_000, 130_000
GAS_SUBMIT, GAS_STAKE_WSTETH, GAS_WRAP_STETH, GAS_UNWRAP_STETH = 75_000, 95_000, 55_000, 80_000
GAS_SUPPLY, GAS_WITHDRAW = 150_000, 185_000
GAS_REQUEST, GAS_CLAIM, WEI_PER_REQUEST = 200_000, 100_000, 1000 * WAD

# What each profile requires, in basis points: improvement, entry, exit, liquid share, its days.
PROFILES = {
    "low": (25, 10, 20, 10_000, 7),
    "medium": (10, 20, 50, 10_000, 30),
    "high": (5, 50, 100, 2_500, 30),
}


class Refused(Exception):
    """A trade that the figures do not allow."""


# ---------------------------------------------------------------------------------- hashing

def keccak256(data):
    mask = (1 << 64) - 1
    rotate = lambda v, n: ((v << n) | (v >> (64 - n))) & mask if n else v
    # Round constants by the LFSR of the specification; rotations by its triangular walk.
    constants, lfsr = [], 1
    for _ in range(24):
        word = 0
        for j in range(7):
            if lfsr & 1:
                word |= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
        constants.append(word)
    offsets, (x, y) = {(0, 0): 0}, (1, 0)
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    padded = bytearray(data) + b"\x01"
    padded += bytes(-len(padded) % 136)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), 136):
        for i in range(17):
            state[i] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        for constant in constants:
            column = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
            mixed = [column[x - 1] ^ rotate(column[(x + 1) % 5], 1) for x in range(5)]
            moved = [0] * 25
            for x in range(5):
                for y in range(5):
                    moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(state[x + 5 * y] ^ mixed[x], offsets[x, y])
            for y in range(0, 25, 5):
                row = moved[y : y + 5]
                for x in range(5):
                    state[y + x] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5])
            state[0] ^= constant
    return b"".join(word.to_bytes(8, "little") for word in state[:4])


# ---------------------------------------------------------------------------------- protocols

def ceil_div(a, b):
    return -(-a // b)


def exp_ray(rate, seconds):
    """floor(exp(rate * seconds / year) * 1e27), `rate` a Decimal fraction."""
    return int((rate * seconds / YEAR).exp() * RAY)


class Curve:
    """The ETH/stETH pool of 2020: two coins of one rate, D_P divided by x*n + 1."""

    def __init__(self, row):
        self.coins = [c.lower() for c in row["coins"]]
        self.balances = [int(b) for b in row["balances"]]
        self.fee, self.admin = int(row["fee_1e10"]), int(row["admin_fee_1e10"])
        self.precision = int(row["A_precision"])
        self.ann = int(row["amp_scaled"]) * 2
        self.invariant = self._invariant()

    def _invariant(self):
        total = sum(self.balances)
        d = total
        for _ in range(255):
            product = d
            for x in self.balances:
                product = product * d // (x * 2 + 1)
            before = d
            d = (self.ann * total // self.precision + product * 2) * d // (
                (self.ann - self.precision) * d // self.precision + 3 * product
            )
            if abs(d - before) <= 1:
                return d
        raise Refused("the invariant does not converge")

    def out(self, i, dx):
        j, d = 1 - i, self.invariant
        x = self.balances[i] + dx
        c = d * d // (x * 2) * d * self.precision // (self.ann * 2)
        b = x + d * self.precision // self.ann
        y = d
        for _ in range(255):
            before = y
            y = (y * y + c) // (2 * y + b - d)
            if abs(y - before) <= 1:
                break
        dy = self.balances[j] - y - 1
        self.charged = dy * self.fee // 10**10
        return dy - self.charged

    def trade(self, i, dx):
        out = self.out(i, dx)
        self.balances[i] += dx
        self.balances[1 - i] -= out + self.charged * self.admin // 10**10
        self.invariant = self._invariant()
        return out


class V2:
    def __init__(self, row):
        self.tokens = [row["token0"].lower(), row["token1"].lower()]
        self.reserves = [int(row["reserve0"]), int(row["reserve1"])]
        self.keep = 1_000_000 - row["fee_ppm"]

    def out(self, i, dx):
        kept = dx * self.keep
        return kept * self.reserves[1 - i] // (self.reserves[i] * 1_000_000 + kept)

    def trade(self, i, dx):
        out = self.out(i, dx)
        self.reserves[i] += dx
        self.reserves[1 - i] -= out
        return out


def _tick_factors():
    exact = getcontext().copy()
    exact.prec = 120
    root = exact.sqrt(Decimal("1.0001"))
    factors = []
    for _ in range(20):
        factors.append(int(exact.divide(Decimal(2**128), root).to_integral_value(ROUND_HALF_UP)))
        root = exact.multiply(root, root)
    return factors


TICK_FACTORS = _tick_factors()


def sqrt_at_tick(tick):
    """sqrt(1.0001^tick) in Q96, by the protocol's product of rounded powers."""
    ratio = 1 << 128
    for i, factor in enumerate(TICK_FACTORS):
        if abs(tick) >> i & 1:
            ratio = ratio * factor >> 128
    if tick > 0:
        ratio = (2**256 - 1) // ratio
    return ceil_div(ratio, 1 << 32)


class V3:
    """A concentrated pool, within the ticks whose liquidity is known."""

    def __init__(self, row):
        self.tokens = [row["token0"].lower(), row["token1"].lower()]
        self.price, self.tick = int(row["sqrt_price_x96"]), row["tick"]
        self.liquidity, self.fee = int(row["liquidity"]), row["fee_ppm"]
        self.spacing = row["tick_spacing"]
        self.net = {t["tick"]: int(t["liquidity_net"]) for t in row["ticks"] if "liquidity_net" in t}
        known = row["known_range"] or {"lower_tick": self.tick, "upper_tick": self.tick}
        self.lower, self.upper = known["lower_tick"], known["upper_tick"]

    def _stop(self, tick, down):
        """The next tick where a step ends: an initialised one or the end of a bitmap word."""
        word = 256 * self.spacing
        low, high = tick // word * word, (tick // word + 1) * word
        if down:
            inside = [t for t in [*self.net, self.lower] if low <= t <= tick]
            return max(inside, default=low)
        low_up = (tick // self.spacing + 1) // 256 * word
        inside = [t for t in [*self.net, self.upper] if tick < t < low_up + word]
        return min(inside, default=low_up + word - self.spacing)

    def walk(self, i, dx):
        """Amount out and amount taken, up to the end of what is known."""
        down = i == 0
        price, tick, liquidity, left, out = self.price, self.tick, self.liquidity, dx, 0
        while left > 0:
            stop = self._stop(tick, down)
            target = sqrt_at_tick(stop)
            scaled = liquidity << 96
            low, high = min(price, target), max(price, target)
            if down:
                need = ceil_div(ceil_div(scaled * (high - low), high), low)
            else:
                need = ceil_div(liquidity * (high - low), 1 << 96)
            less_fee = left * (1_000_000 - self.fee) // 1_000_000
            reached = less_fee >= need
            if reached:
                end = target
            elif down:
                end = ceil_div(scaled * price, scaled + less_fee * price)
            else:
                end = price + (less_fee << 96) // liquidity
            low, high = min(price, end), max(price, end)
            got = liquidity * (high - low) >> 96 if down else scaled * (high - low) // high // low
            out += got
            price = end
            if not reached:
                self.end = (price, liquidity)
                return out, dx
            left -= need + ceil_div(need * self.fee, 1_000_000 - self.fee)
            if stop == (self.lower if down else self.upper):
                self.end = (price, liquidity)
                return out, dx - left
            if stop in self.net:
                liquidity += -self.net[stop] if down else self.net[stop]
            tick = stop - 1 if down else stop
        self.end = (price, liquidity)
        return out, dx

    def trade(self, i, dx):
        out = self.out(i, dx)
        self.price, self.liquidity = self.end
        low, high = self.lower - 1, self.upper
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if sqrt_at_tick(middle) <= self.price else (low, middle)
        self.tick = low
        return out

    def cap(self, i):
        return self.walk(i, 1 << 120)[1]

    def out(self, i, dx):
        out, taken = self.walk(i, dx)
        if taken < dx:
            raise Refused(f"{dx} leaves the known range, which takes {taken}")
        return out


class Market:
    def __init__(self, path, assumptions):
        raw = path.read_bytes()
        self.hash = "0x" + keccak256(raw).hex()
        data = json.loads(raw)
        self.data = data
        self.block, self.timestamp, self.chain = data["block"], data["timestamp"], data["chain_id"]
        self.gas_price = int(data["base_fee_wei"])
        self.tokens = {t["symbol"]: t["address"].lower() for t in data["tokens"]}
        self.decimals = {t["address"].lower(): t["decimals"] for t in data["tokens"]}
        self.symbols = {a: s for s, a in self.tokens.items()}
        self.eth, self.weth = self.tokens["ETH"], self.tokens["WETH"]
        self.steth, self.wsteth = self.tokens["stETH"], self.tokens["wstETH"]
        self.venues = {v["id"]: v for v in data["venues"]}
        enabled = [v for v in data["venues"] if v.get("enabled_by_default", True)]
        self.pools = {}
        for kind, make in (("curve_stableswap", Curve), ("uniswap_v2", V2), ("uniswap_v3", V3)):
            self.pools.update({v["id"]: make(v) for v in enabled if v["kind"] == kind})
        lido = self.venues["lido:stETH"]
        self.pooled, self.shares = int(lido["total_pooled_ether"]), int(lido["total_shares"])
        self.stake_limit, self.refill = self._stake_limit(lido["stake_limit"])
        self.waits = {
            a["venue"]: int(a["wait_days"]) * DAY
            for a in json.loads(assumptions.read_bytes())["assumptions"]
            if a["kind"] == "queue_wait"
        }
        self.curve = self.pools["curve:ETH/stETH"]
        self.v3 = self.pools["uniswap_v3:wstETH/WETH:100"]
        self.rate = self._rate("stETH")

    def _stake_limit(self, row):
        step = int(row["max"]) // int(row["growth_blocks"])
        refilled = int(row["previous"]) + (self.block - row["previous_block"]) * step
        return min(refilled, int(row["max"])), step

    def _rate(self, asset):
        """The realised rate over about thirty days."""
        rows = [y for y in self.data["yields"] if y["asset"] == asset and y["kind"] == "organic"]
        row = min(rows, key=lambda y: abs(y["window"]["days"] - 30))
        if not 25 <= row["window"]["days"] <= 40:
            raise Refused(f"no window of about thirty days for {asset}")
        return Decimal(row["apr"])

    def rate_of(self, token):
        return Decimal(0) if token in (self.eth, self.weth) else self.rate

    def balance(self, shares):
        return shares * self.pooled // self.shares

    def shares_of(self, steth):
        return steth * self.shares // self.pooled

    def worth_a_transaction(self, steth):
        """Less than one transaction's gas counts as nothing."""
        return steth > GAS_TX * self.gas_price

    def redeem(self, token, amount):
        if token in (self.eth, self.weth, self.steth):
            return amount
        if token == self.wsteth:
            return self.balance(amount)
        raise Refused(f"no redemption rate for {token}")

    def trades(self, token):
        """Venues that could take a token towards ETH, with limits that are known."""
        found = [i for i, p in self.pools.items() if token in getattr(p, "tokens", getattr(p, "coins", []))]
        for venue in self.venues.values():
            actions = {a["token_in"] for a in venue.get("actions", [])} if venue["kind"] == "lst_rate" else set()
            known = venue["protocol"] == "lido" or venue.get("limits") is not None
            if known and self.symbols.get(token) in actions:
                found.append(venue["id"])
        return found


class Account:
    """Holdings, and the venues as the account's trades left them."""

    def __init__(self, market):
        self.m, self.held = market, {}
        self.pooled, self.shares = market.pooled, market.shares
        self.stake_left, self.used = market.stake_limit, set()

    def give(self, token, amount):
        units = ceil_div(amount * self.m.shares, self.m.pooled) if token == self.m.steth else amount
        self.held[token] = self.held.get(token, 0) + units

    def balance(self, token):
        units = self.held.get(token, 0)
        return units * self.pooled // self.shares if token == self.m.steth else units

    def _units(self, token, amount):
        return amount * self.shares // self.pooled if token == self.m.steth else amount

    def _spend(self, token, amount):
        units = self._units(token, amount)
        if amount <= 0 or units > self.held.get(token, 0):
            raise Refused(f"spends {amount} of {token}, holds {self.balance(token)}")
        self.held[token] -= units

    def _receive(self, token, units):
        self.held[token] = self.held.get(token, 0) + units

    def trade(self, venue, token_in, token_out, amount):
        """The amount that the venue hands over, with kind and gas as documented."""
        m, pair = self.m, (token_in, token_out)
        approve = 0 if token_in == m.eth else GAS_ALLOWANCE
        if venue == "weth":
            if pair not in ((m.eth, m.weth), (m.weth, m.eth)):
                raise Refused("not a pair of the WETH contract")
            self._spend(token_in, amount)
            self._receive(token_out, amount)
            return amount, "wrap", GAS_WRAP_WETH if token_in == m.eth else GAS_UNWRAP_WETH
        if venue in ("lido:stETH", "lido:wstETH"):
            return self._lido(pair, amount)
        pool = m.pools.get(venue)
        if pool is None:
            raise Refused(f"the checker does not know venue {venue}")
        if venue in self.used:
            raise Refused(f"{venue} twice in one plan")
        self.used.add(venue)
        tokens = pool.coins if isinstance(pool, Curve) else pool.tokens
        if token_in not in tokens or token_out not in tokens or token_in == token_out:
            raise Refused(f"{venue} does not trade {pair}")
        out = pool.out(tokens.index(token_in), amount)
        self._spend(token_in, amount)
        self._receive(token_out, self._units(token_out, out))
        gas = {Curve: GAS_CURVE, V2: GAS_V2, V3: GAS_V3}[type(pool)]
        return out, "swap", gas + approve

    def _lido(self, pair, amount):
        m = self.m
        if pair in ((m.eth, m.steth), (m.eth, m.wsteth)):
            if amount > self.stake_left:
                raise Refused(f"stakes {amount}, the limit is {self.stake_left}")
            self._spend(m.eth, amount)
            minted = amount * self.shares // self.pooled
            self.stake_left -= amount
            self.pooled, self.shares = self.pooled + amount, self.shares + minted
            self._receive(pair[1], minted)
            if pair[1] == m.wsteth:
                return minted, "stake", GAS_STAKE_WSTETH
            return minted * self.pooled // self.shares, "stake", GAS_SUBMIT
        if pair == (m.steth, m.wsteth):
            out = amount * self.shares // self.pooled
            self._spend(m.steth, amount)
            self._receive(m.wsteth, out)
            return out, "wrap", GAS_WRAP_STETH + GAS_ALLOWANCE
        if pair == (m.wsteth, m.steth):
            out = amount * self.pooled // self.shares
            self._spend(m.wsteth, amount)
            self._receive(m.steth, out * self.shares // self.pooled)
            return out, "wrap", GAS_UNWRAP_STETH
        raise Refused(f"Lido does not trade {pair}")


# ---------------------------------------------------------------------------------- search

NOTHING = -(10**60)


def peak(f, low, high, here=None):
    """The best of a concave function on whole numbers: a grid, then golden sections around it."""
    if high <= low:
        return low, f(low)
    points = sorted({low + (high - low) * k // 24 for k in range(25)} | ({here} if here is not None else set()))
    values = [f(p) for p in points]
    best = max(range(len(points)), key=values.__getitem__)
    a, b = points[max(best - 1, 0)], points[min(best + 1, len(points) - 1)]
    top = (values[best], points[best])
    phi = (math.sqrt(5) - 1) / 2
    c, d = b - int((b - a) * phi), a + int((b - a) * phi)
    fc, fd = f(c), f(d)
    for _ in range(44):
        if b - a < 4:
            break
        if fc >= fd:
            b, d, fd = d, c, fc
            c = b - int((b - a) * phi)
            fc = f(c)
        else:
            a, c, fc = c, d, fd
            d = a + int((b - a) * phi)
            fd = f(d)
        top = max(top, (fc, c), (fd, d))
    return top[1], top[0]


class Search:
    """Brute force over splits between Curve, Uniswap v3, Lido and the queue."""

    def __init__(self, market, avoid_lido=False):
        self.m, self.lido = market, not avoid_lido
        self.cap_in = market.v3.cap(1)
        self.cap_out = market.balance(market.v3.cap(0))
        self.wait = market.waits.get("lido:stETH")

    # What each way of entering returns, as stETH; what each way of leaving returns, as ETH.
    def enter(self, way, x):
        m = self.m
        if x <= 0:
            return 0
        if way == "curve":
            return m.balance(m.shares_of(m.curve.out(0, x)))
        if way == "v3":
            return m.balance(m.v3.out(1, x))
        return m.balance(m.shares_of(x))

    def leave(self, way, r):
        m = self.m
        if r <= 0:
            return 0
        return m.curve.out(1, r) if way == "curve" else m.v3.out(0, m.shares_of(r))

    def sale(self, r, ways=("curve", "v3")):
        """Best gross sale of `r` stETH: (ETH, part through v3)."""
        ways = set(ways)
        top = min(r, self.cap_out) if "v3" in ways else 0
        if "curve" not in ways:
            return (self.leave("v3", r), r) if r <= self.cap_out else (NOTHING, 0)
        f = lambda v: self.leave("v3", v) + self.leave("curve", r - v)
        v, eth = peak(f, 0, top)
        return eth, v

    def sellable(self, r, cost_bps, ways=("curve", "v3")):
        """The most stETH, up to `r`, that sells at an average cost within the limit."""
        fits = lambda y: self.sale(y, ways)[0] * 10_000 >= (10_000 - cost_bps) * y
        if fits(r):
            return r
        low, high = 0, r
        while high - low > max(1, r // 10**12):
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return low

    def sell_all(self, way, steth, wsteth):
        """ETH, to the wei, from selling amounts of both tokens through one pool."""
        m = self.m
        account = Account(m)
        for token, amount in ((m.steth, steth), (m.wsteth, wsteth)):
            if amount:
                account.give(token, amount)
        if way == "curve":
            unwrapped = account.trade("lido:stETH", m.wsteth, m.steth, wsteth)[0] if wsteth else 0
            return account.trade("curve:ETH/stETH", m.steth, m.eth, steth + unwrapped)[0]
        wrapped = account.trade("lido:stETH", m.steth, m.wsteth, steth)[0] if steth else 0
        return account.trade("uniswap_v3:wstETH/WETH:100", m.wsteth, m.weth, wsteth + wrapped)[0]

    def sets(self, horizon, queue=True):
        can = self.wait is not None and queue and self.wait <= horizon and self.lido
        pools = [("curve",), ("v3",), ("curve", "v3")] if self.lido else [("curve",)]
        return pools + ([("queue",)] + [p + ("queue",) for p in pools] if can else [])

    def leave_gas(self, steth, wsteth, curve, v3, queued):
        """Gas of a way out, by how much of each form (as stETH) is held and how much goes where."""
        gas = 0
        if curve > 0:
            gas += GAS_CURVE + GAS_ALLOWANCE + (GAS_UNWRAP_STETH if curve > steth + 4 else 0)
        if v3 > 0:
            gas += GAS_V3 + GAS_ALLOWANCE + (GAS_WRAP_STETH + GAS_ALLOWANCE if v3 > wsteth + 4 else 0)
        if queued > 4:
            gas += ceil_div(queued, WEI_PER_REQUEST) * GAS_REQUEST + GAS_CLAIM
        return gas + GAS_TX if gas else 0

    def exit(self, steth, wsteth, horizon, rate, queue=True):
        """Best way out of what is held (both as stETH): dict with value net of gas."""
        total, best = steth + wsteth, None
        grow = exp_ray(rate, horizon)
        for ways in self.sets(horizon, queue):
            late = exp_ray(rate, horizon - self.wait) if "queue" in ways else 0
            for curve, v3 in self._splits(ways, total, steth, wsteth, grow, late):
                queued = total - curve - v3
                if ("queue" not in ways and queued) or v3 > self.cap_out or min(curve, v3, queued) < 0:
                    continue
                sold = self.leave("curve", curve) + self.leave("v3", v3)
                eth = sold * grow // RAY + queued * late // RAY
                gas = self.leave_gas(steth, wsteth, curve, v3, queued)
                found = dict(value=eth - gas * self.m.gas_price, eth=eth, sold=sold, curve=curve, v3=v3, queued=queued, gas=gas)
                if best is None or found["value"] > best["value"]:
                    best = found
        return best

    def _splits(self, ways, total, steth, wsteth, grow, late):
        if "queue" not in ways:
            if ways == ("curve",):
                return [(total, 0)]
            if ways == ("v3",):
                return [(0, total)]
            v3 = self.sale(total)[1]
            return [(total - v3, v3), (steth, wsteth)]
        if ways == ("queue",):
            return [(0, 0)]
        # Each pool sells until the next unit is worth no more than in the queue.
        worth = lambda way: lambda y: self.leave(way, y) * grow - y * late
        curve = peak(worth("curve"), 0, total)[0] if "curve" in ways else 0
        v3 = peak(worth("v3"), 0, min(total, self.cap_out))[0] if "v3" in ways else 0
        if curve + v3 > total:
            curve = total - v3
        return [(curve, v3)]

    def invest(self, asset, amount, horizon, rate, liquid=None, target=None):
        """The best plan from ETH or WETH into stETH: value at the horizon, net of all gas.

        `liquid` is (share in bp, most stETH that can leave at once). With `target`, stops as soon
        as a plan reaches it.
        """
        grow = exp_ray(rate, horizon)
        late = exp_ray(rate, horizon - self.wait) if self.wait is not None and self.wait <= horizon else 0
        most = None
        if liquid:
            share, instant = liquid
            # stay + min(R, instant) >= share * (stay + R), with stay + R about the amount.
            most = instant if share >= 10_000 else max(instant, 0) + amount * (10_000 - share) // 10_000
        entries = [a for n in range(1, 8) for a in [tuple(w for k, w in enumerate(("curve", "v3", "lido")) if n >> k & 1)]]
        exits = self.sets(horizon)
        widest = max(exits, key=len)
        start = {"curve": 0, "v3": 0, "lido": 0}
        bound, flows = self._ascend(("curve", "v3", "lido"), widest, amount, grow, late, most, start)
        plans = []
        for entry in entries:
            for ways in exits:
                plans.append((self._least_gas(asset, entry, ways), entry, ways))
        best = dict(value=amount, net_of="hold", redeem=0, entry_cost=0, exit_cost=0)
        plans.sort(key=lambda p: (p[0] * self.m.gas_price > (bound - amount), -len(p[1]) - len(p[2])) if bound > 10**22 else p[0])
        for least, entry, ways in plans:
            if bound - least * self.m.gas_price <= best["value"]:
                continue
            same = entry == ("curve", "v3", "lido") and ways == widest
            gross, f = (bound, flows) if same else self._ascend(entry, ways, amount, grow, late, most, {w: flows[w] for w in flows})
            for form in ("st", "wst") if "lido" in entry else ("st",):
                found = self._price(asset, amount, f, gross, form)
                if found["value"] > best["value"]:
                    best = found
            if target is not None and best["value"] >= target:
                return best
        return best

    def _least_gas(self, asset, entry, ways):
        gas = self._entry_gas(asset, entry, "st") + 2 * GAS_TX
        gas += (GAS_CURVE + GAS_ALLOWANCE) * ("curve" in ways) + (GAS_V3 + GAS_ALLOWANCE) * ("v3" in ways)
        return gas + (GAS_REQUEST + GAS_CLAIM) * ("queue" in ways)

    def _entry_gas(self, asset, entry, form):
        gas = (GAS_CURVE if "curve" in entry else 0) + (GAS_V3 + GAS_ALLOWANCE if "v3" in entry else 0)
        if "lido" in entry:
            gas += GAS_SUBMIT if form == "st" else GAS_STAKE_WSTETH
        if asset == self.m.eth and "v3" in entry:
            gas += GAS_WRAP_WETH
        if asset == self.m.weth and ("curve" in entry or "lido" in entry):
            gas += GAS_UNWRAP_WETH
        return gas

    def _gross(self, e, ways, amount, grow, late, most, sell):
        r = sum(self.enter(w, x) for w, x in e.items())
        counted = r if most is None else min(r, most)
        v3 = min(sell["v3"], self.cap_out, counted) if "v3" in ways else 0
        if "queue" in ways:
            curve = min(sell["curve"], counted - v3) if "curve" in ways else 0
        elif "curve" in ways:
            curve = counted - v3
        elif counted > self.cap_out:
            return NOTHING, 0, 0, r
        else:
            curve, v3 = 0, counted
        sold = self.leave("curve", curve) + self.leave("v3", v3)
        stay = amount - sum(e.values())
        return stay + (sold * grow + (counted - curve - v3) * late) // RAY, curve, v3, r

    def _ascend(self, entry, ways, amount, grow, late, most, start):
        caps = {"curve": amount, "v3": self.cap_in, "lido": self.m.stake_limit}
        e = {w: min(start[w], caps[w]) if w in entry else 0 for w in caps}
        sell = {"curve": start.get("out_curve", 0), "v3": start.get("out_v3", 0)}
        value = lambda e, s: self._gross(e, ways, amount, grow, late, most, s)[0]
        best = value(e, sell)
        for _ in range(14):
            before = best

            def try_line(make, low, high, here):
                nonlocal e, sell, best
                t, v = peak(lambda t: value(*make(t)), low, high, here)
                if v > best:
                    (e, sell), best = make(t), v

            for w in ("curve", "v3"):
                if w in ways and not (w == "curve" and "queue" not in ways):
                    r = sum(self.enter(k, x) for k, x in e.items())
                    try_line(lambda t, w=w: (e, {**sell, w: t}), 0, min(r, self.cap_out) if w == "v3" else r, sell[w])
            for w in entry:
                room = amount - sum(e.values()) + e[w]
                try_line(lambda t, w=w: ({**e, w: t}, sell), 0, min(room, caps[w]), e[w])
                for k in entry:
                    both = e[w] + e[k]
                    if w < k:
                        try_line(lambda t, w=w, k=k, both=both: ({**e, w: t, k: both - t}, sell), max(0, both - caps[k]), min(both, caps[w]), e[w])
                if "lido" in entry and w != "lido":
                    # The same stETH from another mix: Lido gives way by what the pool returns.
                    base, has, old = e["lido"], self.enter(w, e[w]), e[w]
                    stay = amount - sum(e.values())

                    def swap(t, w=w, base=base, has=has, old=old, stay=stay):
                        lido = base - (self.enter(w, t) - has)
                        left = stay + old - t + base - lido
                        return ({**e, w: t, "lido": lido}, sell) if 0 <= lido <= caps["lido"] and left >= 0 else ({**e, w: old}, sell)

                    try_line(swap, 0, min(caps[w], amount), old)
            if best - before <= best // 10**13:
                break
        final, curve, v3, r = self._gross(e, ways, amount, grow, late, most, sell)
        return final, {**e, "out_curve": curve, "out_v3": v3, "r": r, "most": most}

    def _price(self, asset, amount, f, gross, form):
        wst = self.enter("v3", f["v3"]) + (self.enter("lido", f["lido"]) if form == "wst" else 0)
        st = f["r"] - wst
        entry = tuple(w for w in ("curve", "v3", "lido") if f[w] > 0)
        gas = self._entry_gas(asset, entry, form) + (GAS_TX if entry else 0)
        counted = f["r"] if f["most"] is None else min(f["r"], f["most"])
        queued = counted - f["out_curve"] - f["out_v3"]
        gas += self.leave_gas(st, wst, f["out_curve"], f["out_v3"], queued)
        sold = f["out_curve"] + f["out_v3"]
        loss = sold - self.leave("curve", f["out_curve"]) - self.leave("v3", f["out_v3"])
        worth = amount - sum(f[w] for w in ("curve", "v3", "lido")) + f["r"]
        return dict(
            value=gross - gas * self.m.gas_price, gas=gas, flows=f, redeem=f["r"],
            entry_cost=1e4 * (amount - worth) / amount, exit_cost=1e4 * loss / worth, net_of="stETH",
        )

    def to_steth(self, asset, amount):
        """Best swap into wstETH from ETH or WETH: redemption value less gas."""
        best = NOTHING
        caps = {"curve": amount, "v3": min(amount, self.cap_in), "lido": min(amount, self.m.stake_limit)}
        for ways in (("curve",), ("v3",), ("lido",), ("curve", "v3"), ("curve", "lido"), ("lido", "v3")):
            gas = self._entry_gas(asset, ways, "wst") + GAS_TX
            gas += GAS_WRAP_STETH + GAS_ALLOWANCE if "curve" in ways else 0
            a, b = ways[0], ways[-1]
            low = amount - caps[b] if a != b else amount
            if a == b and caps[a] < amount or low > caps[a]:
                continue
            f = lambda x: self.enter(a, x) + self.enter(b, amount - x)
            got = peak(f, low, caps[a])[1] if a != b else self.enter(a, amount)
            best = max(best, got - gas * self.m.gas_price)
        return best

    def to_eth(self, token, amount, wanted, tx=True):
        """Best swap from stETH or wstETH into ETH: ETH less gas, and the ETH itself."""
        m, best = self.m, (NOTHING, 0)
        r = m.redeem(token, amount)
        for ways in (("curve",), ("v3",), ("curve", "v3")):
            if not self.lido and (ways != ("curve",) or token != m.steth):
                continue
            eth, v3 = self.sale(r, ways)
            gas = GAS_TX
            if "curve" in ways:
                gas += GAS_CURVE + GAS_ALLOWANCE + (GAS_UNWRAP_STETH if token == m.wsteth else 0)
                gas += GAS_WRAP_WETH if wanted == m.weth else 0
            if "v3" in ways:
                gas += GAS_V3 + GAS_ALLOWANCE + (GAS_WRAP_STETH + GAS_ALLOWANCE if token == m.steth else 0)
                gas += GAS_UNWRAP_WETH if wanted == m.eth else 0
            best = max(best, (eth - gas * m.gas_price, eth))
        return best


def bps(gain, principal, seconds):
    if not seconds or not principal:
        return 0.0
    share = gain / principal
    return -math.inf if share <= -1 else math.log1p(share) / (seconds / YEAR) * 1e4


# ---------------------------------------------------------------------------------- comparing

class Tally:
    """Counts comparisons by section and keeps the disagreements."""

    def __init__(self, sentence):
        self.sentence, self.counts, self.wrong, self.notes = sentence, {}, [], []

    def same(self, section, field, expected, got):
        self.counts[section] = self.counts.get(section, 0) + 1
        if expected != got:
            self.wrong.append(f"{self.sentence!r}: {field}: expected {expected}, got {got}")
        return expected == got

    def near(self, section, field, expected, got, tolerance):
        ok = abs(expected - got) <= tolerance or expected == got
        return self.same(section, field, expected if not ok else got, got)

    def holds(self, section, field, expected, ok, got):
        self.counts[section] = self.counts.get(section, 0) + 1
        if not ok:
            self.wrong.append(f"{self.sentence!r}: {field}: expected {expected}, got {got}")

    def total(self):
        return sum(self.counts.values())


class Question:
    """A sentence, read here."""

    def __init__(self, sentence, market):
        self.sentence = sentence
        goal, amount, asset = re.match(r"(?:maximize ETH (yield) on|swap|exit) ([\d.]+) (\w+)", sentence).groups()
        self.goal = goal or sentence.split()[0]
        self.asset = market.tokens[asset]
        self.amount = int(Decimal(amount) * 10 ** market.decimals[self.asset])
        days = re.search(r" for (\d+) days", sentence)
        self.horizon = int(days[1]) * DAY if days else 90 * DAY
        wanted = re.search(r" to (\w+)", sentence)
        self.wanted = market.tokens[wanted[1]] if wanted else None
        risk = re.search(r" risk (\w+)", sentence)
        self.improve, self.most_entry, self.most_exit, self.liquid, within = PROFILES[risk[1] if risk else "medium"]
        self.within = within * DAY
        liquid = re.search(r" liquid (\d+)% within (\d+) days", sentence)
        if liquid:
            self.liquid, self.within = int(liquid[1]) * 100, int(liquid[2]) * DAY
        self.half_depth = " depth full" not in sentence
        self.avoid_lido = "avoid lido" in sentence


class Check:
    """One answer against the market."""

    def __init__(self, market, sentence, answer, code):
        self.m, self.a, self.code = market, answer, code
        self.t, self.q = Tally(sentence), Question(sentence, market)
        self.search = Search(market, self.q.avoid_lido)
        self.best = None

    def run(self, skip=()):
        kind = self.a["plan"]["kind"]
        steps = [self.market_block]
        if kind == "infeasible":
            steps += [self.infeasible]
        else:
            steps += [self.plan, self.limits, self.approvals]
            if self.q.goal == "yield":
                steps += [self.leaving, self.split, self.alternatives_of_yield, self.verdict, self.break_even]
            else:
                steps += [self.trade]
            steps += [self.ladder, self.exposure]
        steps += [self.unranked]
        for step in steps:
            try:
                if step.__name__ not in skip:
                    step()
            except (Refused, KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError) as e:
                self.t.holds(step.__name__, step.__name__, "figures that can be recomputed", False, f"{type(e).__name__}: {e}")
        self.t.same("market", "exit code", 3 if kind == "infeasible" else 0, self.code)
        return self.t

    # 1. The market.
    def market_block(self):
        m, got, s = self.m, self.a["market"], "market"
        self.t.same(s, "schema", "tenor.answer/1", self.a["schema"])
        self.t.same(s, "market.chain_id", m.chain, got["chain_id"])
        self.t.same(s, "market.block", m.block, got["block"])
        self.t.same(s, "market.timestamp", m.timestamp, got["timestamp"])
        self.t.same(s, "market.utc", m.data["utc"], got["utc"])
        self.t.same(s, "market.hash", m.hash, got["hash"])
        self.t.same(s, "market.gas_price_wei", str(m.gas_price), got["gas_price_wei"])
        self.t.same(s, "intent.sentence", self.q.sentence, self.a["intent"]["sentence"])
        self.t.same(s, "intent.goal", self.q.goal, self.a["intent"]["goal"])
        self.t.same(s, "intent.asset", self.q.asset, self.a["intent"]["asset"].lower())
        self.t.same(s, "intent.amount", str(self.q.amount), self.a["intent"]["amount"])
        for address, token in self.a["tokens"].items():
            if address.lower() in m.decimals:
                self.t.same(s, f"tokens[{address}]", (m.symbols[address.lower()], m.decimals[address.lower()]), (token["symbol"], token["decimals"]))
        if self.q.goal == "yield":
            words = f"at least {self.q.improve} bp a year more than holding"
            self.t.holds(s, "intent.canonical", words, words in self.a["intent"]["canonical"], self.a["intent"]["canonical"])

    # 2, 3, 7. Legs, what is held, gas.
    def walk(self, account, legs, name, section="legs"):
        gas = 0
        for n, leg in enumerate(legs):
            field = f"{name}[{n}]"
            pair = leg["token_in"].lower(), leg["token_out"].lower()
            out, kind, cost = account.trade(leg["venue"], *pair, int(leg["amount_in"]))
            self.t.same(section, f"{field}.amount_out", out, int(leg["amount_out"]))
            self.t.same(section, f"{field}.kind", kind, leg["kind"])
            self.t.same("gas", f"{field}.gas", cost, leg["gas"])
            gas += cost
        return gas

    def plan(self):
        plan = self.a["plan"]
        account = Account(self.m)
        account.give(self.q.asset, self.q.amount)
        gas = self.walk(account, plan["legs"], "plan.legs")
        self.plan_gas = gas + GAS_TX if plan["legs"] else 0
        self.t.same("gas", "plan.gas", self.plan_gas, plan["gas"])
        self.t.same("conservation", "plan.way", "owner_executed" if plan["legs"] else "none", plan["way"])
        self.held = {t: u for t, u in account.held.items() if u}
        outputs = {o["token"].lower(): o for o in plan["outputs"]}
        self.t.same("conservation", "plan.outputs tokens", sorted(self.held), sorted(outputs))
        self.t.same("conservation", "plan.outputs count", len(self.held), len(plan["outputs"]))
        for token, units in self.held.items():
            got, field = outputs.get(token, {}), f"plan.outputs[{self.m.symbols[token]}]"
            self.t.same("conservation", f"{field}.amount", str(account.balance(token)), got.get("amount"))
            shares = str(units) if token == self.m.steth else None
            self.t.same("conservation", f"{field}.shares", shares, got.get("shares"))
            rest = bool(plan["legs"]) and token == self.q.asset
            self.t.same("conservation", f"{field}.unallocated", rest, got.get("unallocated"))
        self.account = account

    # 4. Limits: the account refuses what breaks them; what is printed must be theirs.
    def limits(self):
        m, plan = self.m, self.a["plan"]
        legs = plan["legs"] + [leg for p in (self.a["exit"] or {"parts": []})["parts"] for leg in p["sale"]]
        for n, leg in enumerate(legs):
            pool = m.pools.get(leg["venue"])
            if isinstance(pool, V3):
                cap = pool.cap(pool.tokens.index(leg["token_in"].lower()))
                self.t.holds("limits", f"leg {n} within the known range", f"at most {cap}", int(leg["amount_in"]) <= cap, leg["amount_in"])
        staked = sum(int(leg["amount_in"]) for leg in plan["legs"] if leg["kind"] == "stake")
        self.t.holds("limits", "staked", f"at most {m.stake_limit}", staked <= m.stake_limit, staked)
        full = {}
        for leg in plan["legs"]:
            if leg["kind"] == "stake":
                full["Lido stake limit"] = (m.stake_limit, staked)
            elif isinstance(m.pools.get(leg["venue"]), V3):
                pool = m.pools[leg["venue"]]
                full["liquidity known of the pool"] = (pool.cap(pool.tokens.index(leg["token_in"].lower())), int(leg["amount_in"]))
        printed = {b["limit"]: b["detail"] for b in self.a["binding"]}
        for limit, (cap, spent) in full.items():
            if spent == cap:
                if limit == "Lido stake limit":
                    detail = printed.get(limit, "nothing")
                    amounts = [Decimal(n) * WAD for n in re.findall(r"([\d.]+) ETH", detail)]
                    self.t.same("limits", f"binding[{limit}]", [cap, m.refill], amounts)
            elif spent < cap - cap // 10**5:
                self.t.holds("limits", f"binding[{limit}]", "not binding", limit not in printed, printed.get(limit))

    def approvals(self):
        run = self.a["simulation"]
        if run is not None:
            self.t.same("approvals", "simulation.difference_wei", "0", run["difference_wei"])
        if run is None or not run["gas"]:
            return
        m, need = self.m, []
        for leg in self.a["plan"]["legs"]:
            token, out = leg["token_in"].lower(), leg["token_out"].lower()
            if leg["venue"] != "weth" and token != m.eth and not (token == m.wsteth and out == m.steth):
                need.append((token, leg["amount_in"]))
        got = [(a["token"].lower(), a["amount"]) for a in self.a["plan"]["approvals"]]
        self.t.same("approvals", "plan.approvals", sorted(need), sorted(got))

    # What others could take: the attacks told are traded, and others tried.
    def exposure(self):
        m, told, s = self.m, self.a["exposure"], "exposure"
        legs = self.a["plan"]["legs"]
        swaps = [n for n, leg in enumerate(legs) if leg["kind"] == "swap"]
        if not swaps:
            self.t.same(s, "exposure", None, told)
            return
        self.t.same(s, "exposure.legs", swaps, [e["leg"] for e in told["legs"]])
        self.t.holds(s, "exposure.backrun_wei", "not negative", int(told["backrun_wei"]) >= 0, told["backrun_wei"])
        keep = 10_000 - int(Decimal(told["slippage_bps"]))
        sandwich = loss = 0
        for n, e in enumerate(told["legs"]):
            net = self.attack(f"exposure.legs[{n}]", e, legs[e["leg"]], keep)
            sandwich += net
            loss += m.redeem(legs[e["leg"]]["token_out"].lower(), int(e["loss"])) if net else 0
        self.t.same(s, "exposure.sandwich_wei", str(sandwich), told["sandwich_wei"])
        self.t.same(s, "exposure.loss_wei", str(loss), told["loss_wei"])

    def attack(self, field, e, leg, keep):
        """Trades the attack that is told, looks for a better one, and returns what pays after gas."""
        m, s = self.m, "exposure"
        pool = m.pools[leg["venue"]]
        token_in, amount = leg["token_in"].lower(), int(leg["amount_in"])
        i = (pool.coins if isinstance(pool, Curve) else pool.tokens).index(token_in)
        quote, limit = int(leg["amount_out"]), int(leg["amount_out"]) * keep // 10_000
        # An attacker's allowances stand and its trades put back what they wrote: less gas than typical trades.
        typical = 2 * (GAS_TX + {Curve: GAS_CURVE, V2: GAS_V2, V3: GAS_V3}[type(pool)])
        cost = m.gas_price * (typical * ATTACK_GAS_PCT // 100)

        def gains(front):
            """What the attacker gains and the victim gets; None where the pool refuses."""
            moved = copy.deepcopy(pool)
            try:
                bought = moved.trade(i, front) if front else 0
                got = moved.trade(i, amount)
                return (moved.trade(1 - i, bought) if bought else 0) - front, got
            except Refused:
                return None

        front, taken = int(e["front"]), int(e["taken"])
        gain, got = gains(front) or (None, 0)
        self.t.same(s, f"{field}.taken", gain, taken)
        self.t.same(s, f"{field}.loss", quote - got, int(e["loss"]))
        self.t.holds(s, f"{field}.front", f"leaves the victim {limit}", got >= limit, got)
        net = max(0, m.redeem(token_in, taken) - cost)
        self.t.same(s, f"{field}.sandwich_wei", str(net), e["sandwich_wei"])
        safe = None if e["safe_slippage_bps"] is None else Decimal(e["safe_slippage_bps"]) / 10_000
        for step in range(-11, 8):
            tried = gains(amount * 2**step if step >= 0 else amount // 2**-step)
            if tried is None or tried[1] * 2 < quote:
                break
            gain, lost = m.redeem(token_in, max(0, tried[0])), 1 - Decimal(tried[1]) / quote
            if tried[1] >= limit:
                best = taken + taken // 1000 + amount // 10**7 + 16
                self.t.holds(s, f"{field}.taken", f"at least {tried[0]}", tried[0] <= best, taken)
            if gain > cost + cost // 100:
                ok = safe is not None and safe <= lost * Decimal("1.001")
                self.t.holds(s, f"{field}.safe_slippage_bps", f"below {lost}", ok, safe)
        if safe is not None:
            # A little beyond it, an attack pays nearly all its gas. It is told in whole steps, rounded down.
            def gain_beyond(slippage):
                low, high = 0, amount * 2**8
                while high - low > 1 + low // 10**9:
                    middle = (low + high) // 2
                    tried = gains(middle)
                    beyond = tried is None or tried[1] < quote * (1 - slippage * Decimal("1.01"))
                    low, high = (low, middle) if beyond else (middle, high)
                return m.redeem(token_in, max(0, gains(low)[0]))

            step = Decimal("0.0001") / 10_000
            no_less, no_more = gain_beyond(safe + step) * 100 >= cost * 98, gain_beyond(safe) * 100 <= cost * 104
            self.t.holds(s, f"{field}.safe_slippage_bps", "no less", no_less, e["safe_slippage_bps"])
            self.t.holds(s, f"{field}.safe_slippage_bps", "no more", no_more, e["safe_slippage_bps"])
        return net

    # 5. The way out at the horizon.
    def leaving(self):
        m, exit_, h = self.m, self.a["exit"], self.q.horizon
        groups = {}
        for token, units in self.held.items():
            amount = m.balance(units) if token == m.steth else units
            if amount:
                groups.setdefault("ETH" if token in (m.eth, m.weth) else "stETH", {})[token] = amount
        staked = sum(m.redeem(t, a) for t, a in groups.get("stETH", {}).items())
        if staked and not m.worth_a_transaction(staked):
            del groups["stETH"]
        parts = exit_["parts"]
        self.t.same("exit", "exit.parts count", len(groups), len(parts))
        self.redeem, self.end, self.accrued, gas, self.exit_loss = 0, 0, 0, 0, 0
        for n, part in enumerate(parts):
            field = f"exit.parts[{n}]"
            holdings = {o["token"].lower(): int(o["amount"]) for o in part["holdings"]}
            key = "ETH" if m.eth in holdings or m.weth in holdings else "stETH"
            self.t.same("exit", f"{field}.holdings", groups.get(key), holdings)
            redeem = sum(m.redeem(t, a) for t, a in holdings.items())
            self.t.same("exit", f"{field}.redeem_wei", redeem, int(part["redeem_wei"]))
            rate = m.rate_of(next(iter(holdings)))
            self.t.same("exit", f"{field}.rate_ray", int(rate * RAY), int(part["rate_ray"]))
            grow = exp_ray(rate, h)
            self.t.same("exit", f"{field}.growth_ray", grow, int(part["growth_ray"]))
            account = Account(m)
            for token, amount in holdings.items():
                account.give(token, amount)
            gas_part = self.walk(account, part["sale"], f"{field}.sale", "exit")
            sale = account.held.get(m.eth, 0) + account.held.get(m.weth, 0)
            self.t.same("exit", f"{field}.sale_eth_wei", sale, int(part["sale_eth_wei"]))
            left = m.redeem(m.steth, m.balance(account.held.get(m.steth, 0))) + m.redeem(m.wsteth, account.held.get(m.wsteth, 0))
            eth, accrued = sale * grow // RAY, redeem * (grow - RAY) // RAY
            queue = part["queue"]
            if queue:
                wait = m.waits[queue["venue"]]
                self.t.same("exit", f"{field}.queue.wait_s", wait, queue["wait_s"])
                self.t.holds("exit", f"{field}.queue.wait_s", f"at most {h}", wait <= h, wait)
                # What the sale's legs take from the holdings does not queue.
                net = {t: 0 for t in holdings}
                for leg in part["sale"]:
                    for token, sign, amount in ((leg["token_in"], 1, "amount_in"), (leg["token_out"], -1, "amount_out")):
                        if token.lower() in net:
                            net[token.lower()] += sign * int(leg[amount])
                queued = redeem - sum(m.redeem(t, a) for t, a in net.items())
                self.t.same("exit", f"{field}.queue.redeem_wei", queued, int(queue["redeem_wei"]))
                self.t.holds("exit", f"{field}.queue.redeem_wei is left", f"at most {left} and dust", queued <= left + 4, queued)
                late = exp_ray(rate, h - wait)
                self.t.same("exit", f"{field}.queue.eth_wei", queued * late // RAY, int(queue["eth_wei"]))
                eth += queued * late // RAY
                accrued = (redeem - queued) * (grow - RAY) // RAY + queued * (late - RAY) // RAY
                gas_part += ceil_div(queued, WEI_PER_REQUEST) * GAS_REQUEST + GAS_CLAIM
                self.exit_loss += redeem - queued - sale
            else:
                self.t.holds("exit", f"{field} sells all", "at most dust", key == "ETH" or left <= 4, left)
                self.exit_loss += redeem - sale
            self.redeem, self.end, self.accrued, gas = self.redeem + redeem, self.end + eth, self.accrued + accrued, gas + gas_part
        self.exit_gas = gas + GAS_TX if gas else 0
        self.t.same("exit", "exit.eth_wei", self.end, int(exit_["eth_wei"]))
        self.t.same("gas", "exit.gas", self.exit_gas, exit_["gas"])

    # 6. The yield.
    def split(self):
        y, q = self.a["yield"], self.q
        principal = self.m.redeem(q.asset, q.amount)
        net = self.end - (self.plan_gas + self.exit_gas) * self.m.gas_price - principal
        cost = min(0, net - self.accrued)
        organic = net - cost
        self.net, self.principal = net, principal
        for name, value in (("principal_wei", principal), ("net_wei", net), ("organic_wei", organic), ("incentive_wei", 0), ("cost_wei", cost)):
            self.t.same("yield", f"yield.{name}", value, int(y[name]))
        parts = sum(int(y[f"{p}_wei"]) for p in ("organic", "incentive", "cost"))
        self.t.same("yield", "organic + incentive + cost", int(y["net_wei"]), parts)
        self.t.same("yield", "yield.horizon_s", q.horizon, y["horizon_s"])
        net_bps, organic_bps = bps(net, principal, q.horizon), bps(organic, principal, q.horizon)
        for name, value in (("net", net_bps), ("organic", organic_bps), ("incentive", 0.0), ("cost", net_bps - organic_bps)):
            self.t.near("yield", f"yield.{name}_bps", round(value, 4), float(y[f"{name}_bps"]), 1.001e-4)
        self.net_bps = net_bps

    # 8. Better plans, and whether to move at all.
    def worst(self, value, best, principal):
        """How far a plan is below the search's best, relative to the principal."""
        return (best - value) / principal

    def instant(self):
        """The most stETH that the exit limit lets out at once.

        Half as deep a market takes of an amount what the whole one takes of twice as much.
        """
        most = self.q.amount * 11 // 10
        if self.q.half_depth:
            return self.search.sellable(2 * most, self.q.most_exit) // 2
        return self.search.sellable(most, self.q.most_exit)

    def hold_value(self, horizon):
        m, q = self.m, self.q
        if q.asset in (m.eth, m.weth):
            return q.amount
        start = Account(m)
        start.give(q.asset, q.amount)
        amount = m.balance(start.held[q.asset]) if q.asset == m.steth else m.redeem(q.asset, q.amount)
        st, wst = (amount, 0) if q.asset == m.steth else (0, amount)
        return self.search.exit(st, wst, horizon, m.rate)["value"]

    def best_move(self, horizon, target=None):
        """Value of the best plan that moves and keeps the limits; None where there is none."""
        m, q, s = self.m, self.q, self.search
        if q.asset in (m.steth, m.wsteth):
            value, eth = s.to_eth(q.asset, q.amount, m.eth)
            principal = m.redeem(q.asset, q.amount)
            fits = 1e4 * (principal - eth) / principal <= q.most_entry
            return dict(value=value, net_of="ETH", entry_cost=0, exit_cost=0) if fits and value > 0 else None
        if q.avoid_lido:
            return None
        queue = s.wait is not None and s.wait <= q.within
        liquid = None if queue else (q.liquid, self.instant())
        found = s.invest(q.asset, q.amount, horizon, m.rate, liquid, target)
        if found["net_of"] == "hold":
            return None
        kept = found["entry_cost"] <= q.most_entry + 1e-6 and found["exit_cost"] <= q.most_exit + 1e-6
        return found if kept else None

    def scores(self, horizon, target=None):
        principal = self.m.redeem(self.q.asset, self.q.amount)
        hold = bps(self.hold_value(horizon) - principal, principal, horizon)
        move = self.best_move(horizon, target)
        return hold, bps(move["value"] - principal, principal, horizon) if move else -math.inf, move

    def may_hold(self):
        return not self.q.avoid_lido or self.q.asset in (self.m.eth, self.m.weth)

    def surplus(self, horizon):
        """By how many wei the best plan beats holding with the improvement asked for."""
        principal = self.m.redeem(self.q.asset, self.q.amount)
        hold = bps(self.hold_value(horizon) - principal, principal, horizon)
        needed = principal + principal * math.expm1((hold + self.q.improve) / 1e4 * horizon / YEAR)
        slack = needed + principal * 2 * VALUE_TOLERANCE
        move = self.best_move(horizon, target=slack)
        return move["value"] - needed if move else -math.inf

    def verdict(self):
        q, t, kind = self.q, self.t, self.a["plan"]["kind"]
        hold, move, best = self.scores(q.horizon)
        moves = move - hold >= q.improve if self.may_hold() else best is not None
        t.same("verdict", "plan.kind", "positions" if moves else "hold", kind)
        value = self.principal + self.net
        if kind == "positions" and best is not None:
            if self.may_hold():
                t.holds("verdict", "improvement over hold", f"at least {q.improve} bp", self.net_bps - hold >= q.improve, self.net_bps - hold)
            entry = 1e4 * (self.principal - self.redeem) / self.principal
            t.holds("verdict", "entry cost", f"at most {q.most_entry} bp", entry <= q.most_entry, entry)
            leave = 1e4 * self.exit_loss / self.redeem
            t.holds("verdict", "exit cost", f"at most {q.most_exit} bp", leave <= q.most_exit, leave)
            share = [r["share_bps"] for r in self.a["exit_ladder"] if r["within_s"] == q.within]
            t.holds("verdict", "liquid share", f"at least {q.liquid} bp", bool(share) and share[0] is not None and float(share[0]) >= q.liquid, share)
            self.optimal(value, best["value"], self.principal)
        elif kind == "hold":
            self.optimal(value, self.hold_value(q.horizon), self.principal)
            if best is not None:
                t.notes.append(f"best move {move - hold:+.2f} bp over hold, {q.improve} needed")

    def optimal(self, value, best, principal):
        behind = self.worst(value, best, principal)
        self.t.holds("optimality", "value against the grid's best", f"at least {best} - 1e-9", behind <= VALUE_TOLERANCE, f"{value}, {behind:.2e} below")
        self.t.notes.append(f"{abs(behind):.1e} {'below' if behind > 0 else 'above'} the grid's best ({value - best:+d} wei)")

    def break_even(self):
        at = self.a["yield"]["break_even_s"]
        if not self.may_hold():
            self.t.same("break-even", "yield.break_even_s where holding is forbidden", None, at)
            return
        slack = self.principal * VALUE_TOLERANCE
        if at is None:
            for horizon in (60, 3_600, DAY, 30 * DAY, 365 * DAY, TEN_YEARS):
                over = self.surplus(horizon)
                self.t.holds("break-even", "yield.break_even_s null", f"hold wins at {horizon} s", over <= slack, f"the plan wins by {over:.3e} wei")
            return
        # Two seconds either way; a plan may be as far from the best as any plan here may.
        if at > 2:
            over = self.surplus(at - 2)
            self.t.holds("break-even", f"break_even_s {at}", f"hold wins at {at - 2} s", over <= slack, f"the plan wins by {over:.3e} wei")
        over = self.surplus(at + 2)
        self.t.holds("break-even", f"break_even_s {at}", f"the plan wins at {at + 2} s", over >= -slack, f"it lacks {-over:.3e} wei")

    # 9. Ladder and alternatives.
    def holdings(self):
        m = self.m
        eth = self.held.get(m.eth, 0) + self.held.get(m.weth, 0)
        st, wst = m.balance(self.held.get(m.steth, 0)), m.redeem(m.wsteth, self.held.get(m.wsteth, 0))
        return (eth, st, wst) if m.worth_a_transaction(st + wst) else (eth, 0, 0)

    def ladder(self):
        eth, st, wst = self.holdings()
        total, s = eth + st + wst, self.search
        rungs = self.a["exit_ladder"]
        self.t.same("ladder", "exit_ladder rungs", LADDER, [r["within_s"] for r in rungs])
        sold = s.sellable(st + wst, self.q.most_exit, s.sets(0)[-1]) if st + wst else 0
        all_ = sold == st + wst
        if all_:
            best = s.exit(st, wst, 0, Decimal(0), queue=False) if sold else dict(sold=0, curve=0, v3=0)
            raw = self.m.balance(self.held.get(self.m.steth, 0)), self.held.get(self.m.wsteth, 0)
            exactly = self.sold_exactly(best, *raw) if sold else None
            back, single = best["sold"] if exactly is None else exactly, exactly is not None or not sold
        else:
            back, single = s.sale(sold)[0], False
        for n, rung in enumerate(rungs):
            field, out, gone = f"exit_ladder[{n}]", eth + back, eth + sold
            exact = single
            if not all_ and s.wait is not None and s.wait <= rung["within_s"]:
                out, gone = out + st + wst - sold, total
            tolerance = 0 if exact else max(out // 10**9 if all_ else out // 10**7, 4)
            self.t.near("ladder", f"{field}.eth_wei", out, int(rung["eth_wei"]), tolerance)
            share, cost = float(rung["share_bps"]), float(rung["cost_bps"])
            self.t.near("ladder", f"{field}.share_bps", round(1e4 * gone / total, 4), share, 1.001e-4 if all_ else 2e-3)
            left = share / 1e4 * total if not all_ else total
            self.t.near("ladder", f"{field}.cost_bps", round(1e4 - 1e4 * int(rung["eth_wei"]) / left, 4), cost, 1.001e-4 if all_ else 1e-3)
            self.t.same("ladder", f"{field}.reason", gone < total, bool(rung.get("reason")))

    def alternatives_of_yield(self):
        m, q = self.m, self.q
        alternatives = self.a["alternatives"]
        kinds = [a["kind"] for a in alternatives]
        if self.a["plan"]["kind"] != "hold":
            self.t.holds("alternatives", "alternatives", "hold among them", "hold" in kinds, kinds)
        for n, alternative in enumerate(alternatives):
            field, got = f"alternatives[{n}]", int(alternative["net_wei"])
            self.t.near("alternatives", f"{field}.net_bps", round(bps(got, self.principal, q.horizon), 4), float(alternative["net_bps"]), 1.001e-4)
            self.t.same("alternatives", f"{field}.adds_wei", got - self.net, int(alternative["adds_wei"]))
            if alternative["kind"] == "hold":
                self.t.near("alternatives", f"{field}.net_wei", self.hold_value(q.horizon) - self.principal, got, 0 if q.asset in (m.eth, m.weth) else 10**6)
                continue
            self.position(field, alternative, got)

    def sold_exactly(self, way, st, wst_amount):
        """What a way out through one pool alone returns, None where it takes several."""
        used = [k for k in ("curve", "v3", "queued") if way[k] > 4]
        return self.search.sell_all(used[0], st, wst_amount) if used in (["curve"], ["v3"]) else None

    def position(self, field, alternative, got):
        """A move's value from what it holds; its entry too where one venue made it."""
        m, q, s = self.m, self.q, self.search
        held = {o["token"].lower(): int(o["amount"]) for o in alternative["outputs"]}
        if not set(held) <= {m.eth, m.weth, m.steth, m.wsteth}:
            return
        eth = held.get(m.eth, 0) + held.get(m.weth, 0)
        st, wst = held.get(m.steth, 0), m.redeem(m.wsteth, held.get(m.wsteth, 0))
        if not m.worth_a_transaction(st + wst):
            st, wst = 0, 0
        way = s.exit(st, wst, q.horizon, m.rate) if st + wst else dict(value=0, eth=0)
        exactly = self.sold_exactly(way, held.get(m.steth, 0), held.get(m.wsteth, 0)) if st + wst else None
        alone = re.search(r"via (\S+) alone", alternative["label"])
        if q.asset in (m.steth, m.wsteth) and alone:
            back, gas = self.sell_alone(alone[1])
            self.t.same("alternatives", f"{field}.outputs ETH", back, eth)
            gases = [gas]
        elif q.asset in (m.steth, m.wsteth):
            value, back = s.to_eth(q.asset, q.amount, m.eth)
            self.t.near("alternatives", f"{field}.outputs ETH", back, eth, 4)
            gases = [(back - value) // m.gas_price]
        elif alone:
            name = {"curve:ETH/stETH": "curve", "uniswap_v3:wstETH/WETH:100": "v3", "lido:stETH": "lido"}[alone[1]]
            expected = self.enter_alone(name, q.amount - eth)
            self.t.same("alternatives", f"{field}.outputs", expected, {t: a for t, a in held.items() if t in (m.steth, m.wsteth)})
            gases = [s._entry_gas(q.asset, (name,), "st") + GAS_TX]
        else:
            ways = [e for e in (("curve",), ("lido",), ("curve", "lido")) if st] or [()]
            gases = [s._entry_gas(q.asset, e + (("v3",) if wst else ()), "st") + GAS_TX for e in ways]
        values = [eth + way["value"] - g * m.gas_price - self.m.redeem(q.asset, q.amount) for g in gases]
        expected = min(values, key=lambda v: abs(v - got))
        if exactly is not None:
            expected += exactly * exp_ray(m.rate, q.horizon) // RAY - way["eth"]
        sure = exactly is not None or st + wst == 0
        self.t.near("alternatives", f"{field}.net_wei", expected, got, 0 if sure else q.amount // 10**9)

    def sell_alone(self, venue):
        """ETH or WETH for all that is given, through one pool, and the gas of that."""
        m, q = self.m, self.q
        account, gas, token, amount = Account(m), GAS_TX, q.asset, q.amount
        account.give(token, amount)
        takes, pays = (m.steth, m.eth) if venue.startswith("curve") else (m.wsteth, m.weth)
        if token != takes:
            amount, _, cost = account.trade("lido:stETH", token, takes, amount)
            gas += cost
        _, _, cost = account.trade(venue, takes, pays, amount)
        return account.balance(pays), gas + cost

    def enter_alone(self, way, amount):
        m = self.m
        account = Account(m)
        account.give(m.weth if way == "v3" else m.eth, amount)
        if way == "v3":
            account.trade("uniswap_v3:wstETH/WETH:100", m.weth, m.wsteth, amount)
        else:
            account.trade({"curve": "curve:ETH/stETH", "lido": "lido:stETH"}[way], m.eth, m.steth, amount)
        return {t: account.balance(t) for t, u in account.held.items() if u and t in (m.steth, m.wsteth)}

    # Swaps and exits.
    def trade(self):
        m, q, t = self.m, self.q, self.t
        given = m.redeem(q.asset, q.amount)
        got = sum(m.redeem(k, self.account.balance(k)) for k in self.held)
        net = got - self.plan_gas * m.gas_price - given
        value = given + net
        t.same("verdict", "plan.kind", q.goal, self.a["plan"]["kind"])
        t.same("verdict", "yield, exit", (None, None), (self.a["yield"], self.a["exit"]))
        if q.goal == "exit":
            t.same("conservation", "all is what was wanted", [q.wanted], sorted(self.held))
            cost = 1e4 * (given - got) / given
            t.holds("verdict", "exit cost", f"at most {q.most_exit} bp", cost <= q.most_exit, cost)
        if q.wanted == m.wsteth:
            best = self.search.to_steth(q.asset, q.amount)
        else:
            best = self.search.to_eth(q.asset, q.amount, q.wanted)[0]
        self.optimal(value, best, given)
        for n, alternative in enumerate(self.a["alternatives"]):
            field = f"alternatives[{n}]"
            outputs = {o["token"].lower(): int(o["amount"]) for o in alternative["outputs"]}
            venue = re.search(r"via (\S+) alone", alternative["label"])[1]
            # A conversion may spend what the venue named or the balance that shows, a wei less.
            ways = [self.trade_alone(venue, named) for named in (False, True)]
            expected, gas = next((w for w in ways if w[0] == outputs), ways[0])
            t.same("alternatives", f"{field}.outputs", expected, outputs)
            alone = sum(m.redeem(k, a) for k, a in expected.items()) - gas * m.gas_price - given
            t.same("alternatives", f"{field}.net_wei", alone, int(alternative["net_wei"]))
            t.same("alternatives", f"{field}.adds_wei", alone - net, int(alternative["adds_wei"]))

    def trade_alone(self, venue, named):
        """The whole amount through one venue, with the conversions that it needs."""
        m, q = self.m, self.q
        account, gas, last = Account(m), GAS_TX, 0
        account.give(q.asset, q.amount)

        def move(through, a, b):
            nonlocal gas, last
            amount = q.amount if a == q.asset else last if named else account.balance(a)
            last, _, cost = account.trade(through, a, b, amount)
            gas += cost

        pool = m.pools.get(venue)
        takes = pool.coins if isinstance(pool, Curve) else pool.tokens if pool else [m.eth, m.steth]
        convert = {m.eth: (m.weth, "weth"), m.weth: (m.eth, "weth"), m.steth: (m.wsteth, "lido:stETH"), m.wsteth: (m.steth, "lido:stETH")}
        token = q.asset
        if token not in takes:
            other, through = convert[token]
            move(through, token, other)
            token = other
        # Lido stakes straight to wstETH where that is what is wanted.
        straight = pool is None and q.wanted == m.wsteth
        out = q.wanted if straight else next(k for k in takes if k != token)
        move(venue, token, out)
        if out != q.wanted:
            other, through = convert[out]
            move(through, out, other)
        return {t: account.balance(t) for t, u in account.held.items() if account.balance(t)}, gas

    # No plan.
    def infeasible(self):
        m, q, t, why = self.m, self.q, self.t, self.a["infeasible"]
        plan = self.a["plan"]
        t.same("verdict", "plan.legs, plan.outputs, plan.gas", ([], [], 0), (plan["legs"], plan["outputs"], plan["gas"]))
        t.holds("verdict", "infeasible.reason", "words", bool(why and why["reason"]), why)
        if q.goal != "yield":
            known = q.asset in (m.eth, m.weth, m.steth, m.wsteth)
            if known:
                raise Refused("a trade between known tokens is called infeasible")
            form = {m.tokens["weETH"]: ("weETH", "eETH")}.get(q.asset, (m.symbols[q.asset],))
            t.same("verdict", "venues of known limits that take it", [], [v for f in form for v in m.trades(m.tokens[f])])
            t.holds("verdict", "infeasible.reason", "names the token", m.symbols[q.asset] in why["reason"], why["reason"])
            t.holds("verdict", "infeasible.reason", "says what is missing", "withdrawal queue" in why["reason"] and "not in this market" in why["reason"], why["reason"])
            return
        # A yield: nothing within the limits may beat what is allowed to stay.
        staked = q.asset in (m.steth, m.wsteth)
        hold, move, best = self.scores(q.horizon)
        if q.avoid_lido and staked:
            got = f"infeasible: {why['reason']}"
            sure = "a plan: selling all to ETH keeps every limit" if best else "infeasible"
            t.holds("verdict", "plan.kind", sure, best is None, got + (f"; the sale is worth {best['value']} wei after gas" if best else ""))
        else:
            t.holds("verdict", "best plan within the limits", f"under {q.improve} bp over hold", move - hold < q.improve, move - hold)
            free = self.search.invest(q.asset, q.amount, q.horizon, m.rate)
            over = bps(free["value"] - q.amount, q.amount, q.horizon) - hold
            t.holds("verdict", "best plan without the liquidity limit", f"at least {q.improve} bp over hold", over >= q.improve, over)
            t.holds("verdict", "infeasible.reason", "names the limit", "liquidity" in why["reason"], why["reason"])
            t.holds("verdict", "infeasible.relaxations", "at least one", len(why["relaxations"]) > 0, why["relaxations"])
            t.notes.append(f"best within the limits {move - hold:+.2f} bp over hold, {q.improve} needed; without them {over:+.2f}")
        self.principal = m.redeem(q.asset, q.amount)
        for n, alternative in enumerate(self.a["alternatives"]):
            field, got = f"alternatives[{n}]", int(alternative["net_wei"])
            t.near("alternatives", f"{field}.net_bps", round(bps(got, self.principal, q.horizon), 4), float(alternative["net_bps"]), 1.001e-4)
            t.same("alternatives", f"{field}.adds_wei", None, alternative["adds_wei"])
            if alternative["kind"] == "hold":
                # Lido is avoided by new trades; what is held may still be valued through it.
                t.near("alternatives", f"{field}.net_wei", self.hold_value(q.horizon) - self.principal, got, 0 if not staked else 10**6)
            else:
                self.position(field, alternative, got)

    def relaxed(self):
        """Sentences that the answer says would be feasible, with the yield that it promises."""
        if self.a["plan"]["kind"] != "infeasible":
            return []
        found = []
        for r in self.a["infeasible"]["relaxations"]:
            if r["limit"] == "amount":
                found.append((re.sub(r"[\d.]+ \w+(?= risk| for|$)", r["to"], self.q.sentence, count=1), r["net_bps"]))
            else:
                found.append((f"{self.q.sentence} {r['to']}", r["net_bps"]))
        return found

    def unranked(self):
        """Nothing that the known venues sell may be called unsold."""
        m = self.m
        self.t.counts.setdefault("unranked", 0)
        staked = self.q.asset in (m.steth, m.wsteth)
        sold = {m.eth, m.weth} if staked else {m.steth, m.wsteth}
        for entry in self.a["unranked"]:
            token = entry["token"].lower()
            false = [w for w in entry["missing"] if "no venue of known depth sells it" in w] if token in sold else []
            self.t.same("unranked", f"unranked[{m.symbols.get(token, token)}].missing", [], false)


# ---------------------------------------------------------------------------------- running

def ask(binary, sentence):
    run = subprocess.run([binary, "solve", sentence, "--json"], capture_output=True, text=True, timeout=120)
    try:
        return json.loads(run.stdout), run.returncode
    except json.JSONDecodeError:
        sys.exit(f"{sentence!r}: no JSON, exit code {run.returncode}: {run.stderr.strip()[:500]}")


# What an answer of each kind must have had compared.
NEEDED = {
    "positions": ["market", "legs", "conservation", "limits", "exit", "yield", "gas", "verdict", "optimality", "break-even", "ladder", "alternatives"],
    "hold": ["market", "conservation", "exit", "yield", "gas", "verdict", "optimality", "break-even", "ladder"],
    "swap": ["market", "legs", "conservation", "limits", "gas", "exposure", "verdict", "optimality", "ladder", "alternatives"],
    "exit": ["market", "legs", "conservation", "limits", "gas", "exposure", "verdict", "optimality", "ladder", "alternatives"],
    "infeasible": ["market", "verdict"],
}


def examine(market, sentence, answer, code):
    check = Check(market, sentence, answer, code)
    tally = check.run()
    for section in NEEDED[answer["plan"]["kind"]]:
        if not tally.counts.get(section):
            tally.wrong.append(f"{sentence!r}: section {section}: expected figures to compare, got none")
    return check, tally


def arithmetic(market):
    """Known figures that the arithmetic here must reproduce before it may judge."""
    quotes = market.venues["curve:ETH/stETH"]["example_quotes"]
    pool = market.venues["uniswap_v3:wstETH/WETH:100"]["known_range"]
    return [
        ("keccak of nothing", keccak256(b"").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("keccak over two blocks", keccak256(b"a" * 200).hex()[:8], "96ea54061def"[:8]),
        ("lowest tick", sqrt_at_tick(-887272), 4295128739),
        ("highest tick", sqrt_at_tick(887272), 1461446703485210103287273052203988822378723970342),
        ("Curve, 100 stETH", market.curve.out(1, 100 * WAD), int(quotes["stETH_in_100e18"])),
        ("Curve, 1000 stETH", market.curve.out(1, 1000 * WAD), int(quotes["stETH_in_1000e18"])),
        ("Curve, 100 ETH", market.curve.out(0, 100 * WAD), int(quotes["ETH_in_100e18"])),
        ("v3, all wstETH", market.v3.cap(0) // 10, int(pool["max_in_token0"]) // 10),
        ("v3, all WETH", market.v3.cap(1) // 10, int(pool["max_in_token1"]) // 10),
        ("growth", exp_ray(Decimal(1), YEAR), 2718281828459045235360287471),
        ("stake limit", market.stake_limit, 150_000 * WAD),
    ]


def bump(path, by=1):
    """A change of one figure at a path of an answer."""
    def change(answer):
        place = answer
        for key in path[:-1]:
            place = place[key]
        old = place[path[-1]]
        if isinstance(old, str) and "." in old:
            place[path[-1]] = f"{float(old) + by:.4f}"
        else:
            place[path[-1]] = str(int(old) + by) if isinstance(old, str) else old + by
    return change


def corruptions(answer):
    """(name, field that must be named, change) for what an answer holds."""
    found = []
    add = lambda field, path, by=1: found.append((f"{field} {by:+}", field, bump(path, by)))
    for n, leg in enumerate(answer["plan"]["legs"]):
        for by in (1, -1):
            add(f"plan.legs[{n}].amount_out", ["plan", "legs", n, "amount_out"], by)
        found.append((f"plan.legs[{n}].amount_in -1", "plan", bump(["plan", "legs", n, "amount_in"], -1)))
        add(f"plan.legs[{n}].gas", ["plan", "legs", n, "gas"])
    for n, output in enumerate(answer["plan"]["outputs"]):
        found.append((f"plan.outputs[{n}].amount +1", "plan.outputs", bump(["plan", "outputs", n, "amount"])))
        if "shares" in output:
            found.append((f"plan.outputs[{n}].shares -1", "plan.outputs", bump(["plan", "outputs", n, "shares"], -1)))
    add("plan.gas", ["plan", "gas"])
    add("market.block", ["market", "block"])
    add("market.gas_price_wei", ["market", "gas_price_wei"])
    found.append(("market.hash", "market.hash", lambda a: a["market"].update(hash=a["market"]["hash"][:-1] + "x")))
    for n, rung in enumerate(answer["exit_ladder"]):
        add(f"exit_ladder[{n}].eth_wei", ["exit_ladder", n, "eth_wei"], 10**14 * max(1, int(rung["eth_wei"]) // 10**20))
    for n, _ in enumerate(answer["alternatives"]):
        add(f"alternatives[{n}].net_bps", ["alternatives", n, "net_bps"], 0.001) if answer["yield"] else None
        add(f"alternatives[{n}].adds_wei", ["alternatives", n, "adds_wei"])
    if answer["exposure"]:
        for name in ("sandwich_wei", "loss_wei"):
            add(f"exposure.{name}", ["exposure", name])
        for n, e in enumerate(answer["exposure"]["legs"]):
            for name in ("taken", "loss", "sandwich_wei"):
                add(f"exposure.legs[{n}].{name}", ["exposure", "legs", n, name])
            found.append((f"exposure.legs[{n}].front", f"exposure.legs[{n}]", bump(["exposure", "legs", n, "front"], 10**9)))
            if e["safe_slippage_bps"]:
                by = float(e["safe_slippage_bps"]) / 10
                for by in (by, -by):
                    found.append((f"exposure.legs[{n}].safe {by:+}", f"exposure.legs[{n}].safe", bump(["exposure", "legs", n, "safe_slippage_bps"], by)))
    if answer["yield"]:
        for name in ("net", "organic", "incentive", "cost"):
            add(f"yield.{name}_wei", ["yield", f"{name}_wei"])
            add(f"yield.{name}_bps", ["yield", f"{name}_bps"], 0.001)
        add("yield.principal_wei", ["yield", "principal_wei"])
        if answer["yield"]["break_even_s"] is not None:
            for by in (600, -600):
                found.append((f"break_even_s {by:+}", "break_even_s", bump(["yield", "break_even_s"], by)))
    if answer["exit"]:
        add("exit.eth_wei", ["exit", "eth_wei"])
        add("exit.gas", ["exit", "gas"])
        for n, part in enumerate(answer["exit"]["parts"]):
            for name in ("redeem_wei", "rate_ray", "growth_ray", "sale_eth_wei"):
                add(f"exit.parts[{n}].{name}", ["exit", "parts", n, name])
            for k, _ in enumerate(part["sale"]):
                add(f"exit.parts[{n}].sale[{k}].amount_out", ["exit", "parts", n, "sale", k, "amount_out"])
            if part["queue"]:
                for name in ("redeem_wei", "eth_wei", "wait_s"):
                    add(f"exit.parts[{n}].queue.{name}", ["exit", "parts", n, "queue", name])
    return found


def self_test(market, binary):
    """The checker must notice each corruption, and only what was corrupted."""
    for name, got, expected in arithmetic(market):
        if got != expected:
            sys.exit(f"self-test: {name}: expected {expected}, got {got}")
    tried = 0
    for sentence in (SENTENCES[2], SENTENCES[4], SENTENCES[5], SENTENCES[6]):
        answer, code = ask(binary, sentence)
        clean = {w for w in examine_fast(market, sentence, answer, code).wrong}
        for name, field, change in corruptions(answer):
            corrupt = copy.deepcopy(answer)
            change(corrupt)
            new = [w for w in examine_fast(market, sentence, corrupt, code, "break_even" in field).wrong if w not in clean]
            tried += 1
            if not any(field in w for w in new):
                sys.exit(f"self-test: {sentence!r}: {name} went unnoticed")
    # A plan that is a hundred-millionth worse than the best must be noticed too.
    check = Check(market, SENTENCES[2], {}, 0)
    best = check.search.invest(market.eth, 100 * WAD, 365 * DAY, market.rate)["value"]
    for value, wrong in ((best, 0), (best - 100 * WAD // 10**8, 1)):
        check.t.wrong.clear()
        check.optimal(value, best, 100 * WAD)
        if len(check.t.wrong) != wrong:
            sys.exit("self-test: a worse plan went unnoticed")
        tried += 1
    # An answer without figures must not pass.
    empty = {"schema": "tenor.answer/1", "plan": {"kind": "positions", "legs": [], "outputs": [], "gas": 0}}
    if not examine(market, SENTENCES[2], empty, 0)[1].wrong:
        sys.exit("self-test: an empty answer passed")
    print(f"self-test: {tried + 1} corruptions noticed, {len(arithmetic(market))} known figures reproduced")


def examine_fast(market, sentence, answer, code, slow=False):
    """An examination without the searches that the corruption of one figure does not concern."""
    return Check(market, sentence, answer, code).run(skip={"verdict"} if slow else {"verdict", "break_even"})


def main():
    arguments = [a for a in sys.argv[1:] if a != "--self-test"]
    if len(arguments) != 1:
        sys.exit(__doc__.strip().splitlines()[2].strip())
    binary = str(Path(arguments[0]).resolve())
    market = Market(MARKETS / MARKET_FILE, MARKETS / "assumptions.json")
    self_test(market, binary)
    if "--self-test" in sys.argv:
        return
    wrong, totals, venues = [], {}, set()
    queue = [(sentence, None) for sentence in SENTENCES]
    while queue:
        sentence, promised = queue.pop(0)
        started = time.time()
        answer, code = ask(binary, sentence)
        check, tally = examine(market, sentence, answer, code)
        if promised is not None:
            tally.same("relaxations", "plan.kind", "positions", answer["plan"]["kind"])
            tally.same("relaxations", "yield.net_bps", promised, answer["yield"] and answer["yield"]["net_bps"])
        queue = check.relaxed() + queue if promised is None else queue
        legs = answer["plan"]["legs"] + [leg for p in (answer["exit"] or {"parts": []})["parts"] for leg in p["sale"]]
        venues |= {leg["venue"].split(":")[0] for leg in legs}
        for section, count in tally.counts.items():
            totals[section] = totals.get(section, 0) + count
        wrong += tally.wrong
        state = "ok" if not tally.wrong else f"{len(tally.wrong)} WRONG"
        counts = ", ".join(f"{s} {c}" for s, c in tally.counts.items() if c)
        print(f"{state}: {sentence}: {answer['plan']['kind']}; {tally.total()} figures ({counts})", end="")
        print("".join(f"; {n}" for n in tally.notes), f"[{time.time() - started:.1f} s]", flush=True)
    for section in {s for needed in NEEDED.values() for s in needed} | {"relaxations"}:
        if not totals.get(section):
            wrong.append(f"section {section}: expected figures to compare, got none in any sentence")
    missing = {"weth", "lido", "curve", "uniswap_v3"} - venues
    if missing:
        wrong.append(f"venues: expected legs through {sorted(missing)} in some sentence, got none")
    print(f"{sum(totals.values())} figures compared: " + ", ".join(f"{s} {c}" for s, c in sorted(totals.items())))
    if wrong:
        print(f"\n{len(wrong)} disagreements:", *wrong, sep="\n  ", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
