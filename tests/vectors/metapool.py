"""Prints what Curve's metapool for GUSD does in random trades, a trade a line: `metapool.csv`.

    pip install pyrevm eth-abi eth-utils
    pip install --ignore-requires-python --target v0.2.8 vyper==0.2.8 'setuptools<70'
    git clone curvefi/curve-contract (574f440)
    python metapool.py CURVE_CONTRACT v0.2.8 1 > metapool.csv

The source is compiled as it is, but for the version that it asks for (0.2.5), commas before a closing
bracket, which 0.2.8 does not read under Python 3.11, and the decimals of the first coin. The base pool
is one of our own that tells a virtual price, which is raised now and then: the pool notes it, and uses
what it noted for ten minutes. A line is a pool (`pool`, rate of the first coin, 100 times A, fee, admin's
fee, both balances, the price noted) or a trade (the coin given, amount, what came out or `-` where the
pool reverts, both balances and the price noted afterwards).
"""

import functools, pathlib, random, re, subprocess, sys, tempfile

import pyrevm
from eth_abi import decode, encode
from eth_utils import keccak

repo, vyper, seed = sys.argv[1:4]
rng = random.Random(int(seed))
WORK = pathlib.Path(tempfile.mkdtemp())
POOLS, TRADES = 36, 32
ALICE = "0xa11ce00000000000000000000000000000000001"
evm = pyrevm.EVM()
evm.set_balance(ALICE, 10**30)
now = 1_600_000_000

BASE = """
# @version 0.2.8
price: uint256
coin: address
@external
def set(price: uint256, coin: address):
    self.price = price
    self.coin = coin
@view
@external
def get_virtual_price() -> uint256:
    return self.price
@view
@external
def coins(i: uint256) -> address:
    return self.coin
"""
COMPILE = "import sys; sys.path.insert(0, sys.argv[1]); from vyper.cli.vyper_compile import _parse_cli_args; sys.argv = ['vyper', '-f', 'bytecode', sys.argv[2]]; _parse_cli_args()"


def source(path):
    return subprocess.check_output(["git", "-C", repo, "show", f"HEAD:{path}"], text=True)


@functools.cache
def compiled(text):
    text = re.sub(r",(\s*(?:#[^\n]*)?\n\s*\))", r"\1", text)
    text = re.sub(r"@version [^\n]*", "@version 0.2.8", text)
    file = WORK / "contract.vy"
    file.write_text(text)
    out = subprocess.check_output([sys.executable, "-c", COMPILE, vyper, str(file)], text=True)
    return bytes.fromhex(out.strip()[2:])


def at(seconds):
    global now
    now += seconds
    evm.set_block_env(pyrevm.BlockEnv(number=1, timestamp=now))


def call(to, signature, *args, output=None):
    types = re.findall(r"[^,]+", signature[signature.index("(") + 1 : -1])
    data = keccak(text=signature)[:4] + encode(types, args)
    try:
        answer = evm.message_call(caller=ALICE, to=to, calldata=data, value=0)
    except RuntimeError:
        return None
    return decode([output], bytes(answer))[0] if output else True


def deploy(code, types=(), args=()):
    return evm.deploy(ALICE, code + encode(types, args))


def token(decimals):
    kinds = ["string", "string", "uint256"]
    made = deploy(compiled(source("contracts/testing/ERC20Mock.vy")), kinds, ("T", "T", decimals))
    assert call(made, "_mint_for_testing(address,uint256)", ALICE, 2**250)
    return made


def pool():
    decimals = rng.choice([2, 6, 8, 18])
    text = source("contracts/pools/gusd/StableSwapGUSD.vy")
    text = text.replace("[10000000000000000, 1]", f"[{10 ** (18 - decimals)}, 1]")
    text = text.replace("[10000000000000000000000000000000000, ", f"[{10 ** (36 - decimals)}, ")
    coins = [token(decimals), token(18)]
    base, price = deploy(compiled(BASE)), int(10**18 * rng.uniform(1, 1.3))
    assert call(base, "set(uint256,address)", price, coins[0])
    share = deploy(compiled(source("contracts/tokens/CurveTokenV2.vy")), ["string", "string", "uint256", "uint256"], ("P", "P", 18, 0))
    amp, fee, admin = int(10 ** rng.uniform(0, 5.9)), rng.choice([0, 1_000_000, 4_000_000, 5 * 10**9]), rng.choice([0, 5 * 10**9, 10**10])
    kinds = ["address", "address[2]", "address", "address", "uint256", "uint256", "uint256"]
    made = deploy(compiled(text), kinds, (ALICE, coins, share, base, amp, fee, admin))
    assert call(share, "set_minter(address)", made)
    size = rng.uniform(2, 10)
    amounts = [int(10 ** (size + rng.uniform(-1.5, 1.5) + d)) for d in (decimals, 18)]
    for coin in coins:
        assert call(coin, "approve(address,uint256)", made, 2**256 - 1)
    assert call(made, "add_liquidity(uint256[2],uint256)", amounts, 0)
    return made, coins, base, price, 10 ** (36 - decimals), 100 * amp, fee, admin


def state(made):
    balances = [call(made, "balances(uint256)", k, output="uint256") for k in (0, 1)]
    return [*balances, call(made, "base_virtual_price()", output="uint256")]


at(0)
for _ in range(POOLS):
    made, coins, base, price, *figures = pool()
    print("pool", *figures, *state(made), sep=",")
    for _ in range(TRADES):
        if rng.random() < 0.3:
            price += int(price * rng.uniform(0, 0.001))
            assert call(base, "set(uint256,address)", price, coins[0])
            at(rng.choice([60, 599, 600, 601, 3600]))
        i, held = rng.randrange(2), state(made)
        dx = max(1, int(held[i] * 10 ** rng.uniform(-9, 0.7)))
        if rng.random() < 0.1:
            dx = rng.choice([1, 2, 10, 1000, 2**230])
        balance = lambda: call(coins[1 - i], "balanceOf(address)", made, output="uint256")
        before = balance()
        ok = call(made, "exchange(int128,int128,uint256,uint256)", i, 1 - i, dx, 0)
        print(i, dx, "-" if ok is None else before - balance(), *state(made), sep=",")
