"""Prints what Curve's own contracts do in random trades, one pool a line: `curve.jsonl`.

    pip install pyrevm eth-abi eth-utils
    pip install --ignore-requires-python --target v0.2.8 vyper==0.2.8 'setuptools<70'
    pip install --target v0.3.10 vyper==0.3.10 'setuptools<80'
    git clone curvefi/curve-contract (574f440) and curvefi/stableswap-ng (2abe778)
    python curve.py CURVE_CONTRACT STABLESWAP_NG v0.2.8 v0.3.10 1 > curve.jsonl

The sources are compiled as they are, but for the template's placeholders, the version that 3pool
asks for (0.2.4, and 0.2.8 here) and commas before a closing bracket, which 0.2.8 does not read under
Python 3.11. Each contract is deployed on an empty chain with plain tokens, filled by
`add_liquidity` and traded with at random; what reverts is `null`.
"""

import functools, json, random, re, subprocess, sys, tempfile, pathlib

import pyrevm
from eth_abi import decode, encode
from eth_utils import keccak

old_repo, ng_repo, old_vyper, new_vyper, seed = sys.argv[1:6]
rng = random.Random(int(seed))
WORK = pathlib.Path(tempfile.mkdtemp())
POOLS, TRADES = 12, 15
FEE = 10**10
ALICE = "0xa11ce00000000000000000000000000000000001"
evm = pyrevm.EVM()
evm.set_balance(ALICE, 10**30)


def source(repo, path):
    return subprocess.check_output(["git", "-C", repo, "show", f"HEAD:{path}"], text=True)


COMPILE = "import sys; sys.path.insert(0, sys.argv[1]); from vyper.cli.vyper_compile import _parse_cli_args; sys.argv = ['vyper', '-f', 'bytecode', sys.argv[2]]; _parse_cli_args()"


@functools.cache
def compiled(compiler, text):
    file = WORK / "contract.vy"
    file.write_text(text)
    out = subprocess.check_output([sys.executable, "-c", COMPILE, compiler, str(file)], text=True)
    return bytes.fromhex(out.strip()[2:])


def compile_old(text):
    text = re.sub(r",(\s*(?:#[^\n]*)?\n\s*\))", r"\1", text).replace("@version 0.2.4", "@version 0.2.8")
    return compiled(old_vyper, text)


def call(to, signature, *args, output=None):
    types = re.findall(r"[^,]+", signature[signature.index("(") + 1 : -1])
    data = keccak(text=signature)[:4] + encode(types, args)
    try:
        answer = evm.message_call(caller=ALICE, to=to, calldata=data, value=0)
    except RuntimeError:
        return None
    return decode([output], bytes(answer))[0] if output else True


def deploy(code, types, args):
    return evm.deploy(ALICE, code + encode(types, args))


ERC20 = source(ng_repo, "contracts/mocks/ERC20.vy")
ORACLE = source(ng_repo, "contracts/mocks/ERC20Oracle.vy")
NG = source(ng_repo, "contracts/main/CurveStableSwapNG.vy")


class Token:
    def __init__(self, decimals):
        kinds = ["string", "string", "uint256"]
        self.address = deploy(compiled(new_vyper, ERC20), kinds, ("T", "T", decimals))
        assert call(self.address, "_mint_for_testing(address,uint256)", ALICE, 2**250)

    def balanceOf(self, account):
        return call(self.address, "balanceOf(address)", account, output="uint256")

    def approve(self, account):
        assert call(self.address, "approve(address,uint256)", account, 2**256 - 1)


def oracle():
    rate = int(10**18 * 10 ** rng.uniform(-0.3, 0.5))
    return deploy(compiled(new_vyper, ORACLE), ["string", "string", "uint256", "uint256"], ("O", "O", 18, rate))


def log_uniform(low, high):
    return int(10 ** rng.uniform(low, high))


def trades(pool, n, balance, size, exchange):
    done = []
    for _ in range(TRADES):
        i, j = rng.sample(range(n), 2)
        dx = max(1, int(balance(i) * 10 ** rng.uniform(-9, 0.7)))
        if rng.random() < 0.1:
            dx = rng.choice([1, 2, 10, 1000])
        before = balance(j, True)
        ok = exchange(i, j, dx)
        out = None if ok is None else before - balance(j, True)
        done.append([i, j, str(dx), None if out is None else str(out), [str(balance(k)) for k in (i, j)]])
    return done


def old_pool(kind, n):
    if kind == "3pool":
        text, decimals = source(old_repo, "contracts/pools/3pool/StableSwap3Pool.vy"), [18, 6, 6]
    else:
        text = source(old_repo, "contracts/pool-templates/base/SwapTemplateBase.vy")
        decimals = [rng.choice([6, 8, 18]) for _ in range(n)]
        text = text.replace("___N_COINS___", str(n))
        text = text.replace("___PRECISION_MUL___", str([10 ** (18 - d) for d in decimals]))
        text = text.replace("___RATES___", str([10 ** (36 - d) for d in decimals]))
    code = compile_old(text)
    share = compile_old(source(old_repo, "contracts/tokens/CurveTokenV2.vy" if kind == "3pool" else "contracts/tokens/CurveTokenV3.vy"))
    args = (["string", "string", "uint256", "uint256"], ("P", "P", 18, 0)) if kind == "3pool" else (["string", "string"], ("P", "P"))
    share = deploy(share, *args)
    tokens = [Token(d) for d in decimals]
    amp, fee, admin = log_uniform(0, 4), rng.choice([0, 1_000_000, 4_000_000, 30_000_000]), rng.choice([0, 5 * 10**9, 10**10])
    coins = [t.address for t in tokens]
    pool = deploy(code, ["address", f"address[{n}]", "address", "uint256", "uint256", "uint256"], (ALICE, coins, share, amp, fee, admin))
    call(share, "set_minter(address)", pool)
    size = rng.uniform(2, 9)
    amounts = [max(1, int(10 ** (size + rng.uniform(-1.5, 1.5) + d))) for d in decimals]
    for t in tokens:
        t.approve(pool)
    assert call(pool, f"add_liquidity(uint256[{n}],uint256)", amounts, 0), (kind, amounts, amp)
    balance = lambda k, held=False: tokens[k].balanceOf(pool) if held else call(pool, "balances(uint256)", k, output="uint256")
    row = dict(kind=kind, rates=[str(10 ** (36 - d)) for d in decimals], amp_scaled=100 * amp, fee=fee, admin_fee=admin, multiplier=None)
    row["balances"] = [str(balance(k)) for k in range(n)]
    row["trades"] = trades(pool, n, balance, size, lambda i, j, dx: call(pool, "exchange(int128,int128,uint256,uint256)", i, j, dx, 0))
    supply = call(share, "totalSupply()", output="uint256")
    row["supply"], row["virtual_price"] = str(supply), str(call(pool, "get_virtual_price()", output="uint256"))
    views = []
    for _ in range(4):
        amounts = [rng.choice([0, int(balance(k) * 10 ** rng.uniform(-5, -0.5))]) for k in range(n)]
        deposit = rng.random() < 0.5
        views.append([[str(a) for a in amounts], deposit, text_of(call(pool, f"calc_token_amount(uint256[{n}],bool)", amounts, deposit, output="uint256"))])
    row["token_amounts"] = views
    burns = [(int(supply * 10 ** rng.uniform(-6, -0.3)), rng.randrange(n)) for _ in range(4)]
    row["withdrawals"] = [[str(a), k, text_of(call(pool, "calc_withdraw_one_coin(uint256,int128)", a, k, output="uint256"))] for a, k in burns]
    deposits = []
    for _ in range(3):
        amounts = [rng.choice([0, int(balance(k) * 10 ** rng.uniform(-5, -0.5))]) for k in range(n)]
        before = call(share, "totalSupply()", output="uint256")
        ok = call(pool, f"add_liquidity(uint256[{n}],uint256)", amounts, 0)
        minted = None if ok is None else str(call(share, "totalSupply()", output="uint256") - before)
        deposits.append([[str(a) for a in amounts], minted, [str(balance(k)) for k in range(n)]])
    row["deposits"] = deposits
    burnt = []
    for _ in range(3):
        before, k = call(share, "totalSupply()", output="uint256"), rng.randrange(n)
        amount, held = int(before * 10 ** rng.uniform(-6, -0.3)), tokens[k].balanceOf(pool)
        ok = call(pool, "remove_liquidity_one_coin(uint256,int128,uint256)", amount, k, 0)
        out = None if ok is None else str(held - tokens[k].balanceOf(pool))
        burnt.append([str(amount), k, out, [str(balance(k)) for k in range(n)]])
    row["burnt"] = burnt
    return row


def text_of(value):
    return None if value is None else str(value)


def ng_pool(n):
    decimals = [rng.choice([6, 8, 18]) for _ in range(n)]
    types = [rng.choice([0, 1]) for _ in range(n)]
    tokens = [Token(d) for d in decimals]
    amp, fee = log_uniform(0, 5), rng.choice([0, 1_000_000, 4_000_000, 100_000_000])
    multiplier = rng.choice([0, FEE, 2 * FEE, 5 * FEE, 20 * FEE])
    methods = [b"\0" * 4 if t == 0 else keccak(text="exchangeRate()")[:4] for t in types]
    oracles = ["0x" + "00" * 20 if t == 0 else oracle() for t in types]
    kinds = ["string", "string", "uint256", "uint256", "uint256", "uint256", "address[]", "uint256[]", "uint8[]", "bytes4[]", "address[]"]
    coins, multipliers = [t.address for t in tokens], [10 ** (36 - d) for d in decimals]
    pool = deploy(compiled(new_vyper, NG), kinds, ("P", "P", amp, fee, multiplier, 866, coins, multipliers, types, methods, oracles))
    size = rng.uniform(2, 9)
    amounts = [max(1, int(10 ** (size + rng.uniform(-1.5, 1.5) + d))) for d in decimals]
    for t in tokens:
        t.approve(pool)
    assert call(pool, "add_liquidity(uint256[],uint256)", amounts, 0)
    balance = lambda k, held=False: tokens[k].balanceOf(pool) if held else call(pool, "balances(uint256)", k, output="uint256")
    row = dict(kind="ng", rates=[str(r) for r in call(pool, "stored_rates()", output="uint256[]")], amp_scaled=100 * amp, fee=fee, admin_fee=call(pool, "admin_fee()", output="uint256"), multiplier=multiplier)
    row["balances"] = [str(balance(k)) for k in range(n)]
    exchange = lambda i, j, dx: call(pool, "exchange(int128,int128,uint256,uint256)", i, j, dx, 0)
    row["trades"] = trades(pool, n, balance, size, exchange)
    return row


for k in range(POOLS):
    print(json.dumps(old_pool("3pool", 3)))
for k in range(POOLS + 2):
    print(json.dumps(old_pool("base", 2 + k % 7)))
for k in range(3 * POOLS + 6):
    print(json.dumps(ng_pool(2 + k % 7)))
    sys.stdout.flush()
