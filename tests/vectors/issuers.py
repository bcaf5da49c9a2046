"""Prints what contracts of four protocols do at random, a case a line: `issuers.csv`.

    pip install pyrevm eth-abi eth-utils
    npm install solc@0.8.30 solc-0.7.6@npm:solc@0.7.6 oz4@npm:@openzeppelin/contracts@4.9.6 \\
        oz5@npm:@openzeppelin/contracts@5.2.0
    git clone rocket-pool/rocketpool (fef41a4f), FraxFinance/frxETH-public (018eaf4),
        OriginProtocol/origin-dollar (161a0a48b), stakewise/v3-core (748bb38)
    python issuers.py NODE_MODULES ROCKETPOOL FRXETH ORIGIN STAKEWISE 1 > issuers.csv

The sources are compiled as they are. What they ask of contracts of their own protocols that are not
compiled is told by `contracts/`. Lines, `-` for what reverts:

    rocket_pool,deposit|burn,total_eth,supply,enabled,fee,least,room,collateral,amount,out
    frax_minter,paused,withheld,amount,out
    origin,paused,amount,out
    stakewise,total_assets,total_shares,rate of 1e18 shares
"""

import json, pathlib, random, re, subprocess, sys

import pyrevm
from eth_abi import decode, encode
from eth_utils import keccak

modules, rocketpool, frxeth, origin, stakewise, seed = sys.argv[1:7]
rng = random.Random(int(seed))
HERE = pathlib.Path(__file__).parent
CASES = 1_000
ALICE = "0xa11ce00000000000000000000000000000000001"
evm = pyrevm.EVM()
evm.set_balance(ALICE, 2**200)
now = 1_700_000_000


def at(seconds):
    global now
    now += seconds
    evm.set_block_env(pyrevm.BlockEnv(number=1, timestamp=now))


def compiled(solc, folder, mappings, *files):
    mapped = ",".join(f"{prefix}={modules}/{to}" for prefix, to in mappings.items())
    mapped += f",contracts/Network.sol={HERE}/contracts/Network.sol,contracts/Origin.sol={HERE}/contracts/Origin.sol,contracts/Controller.sol={HERE}/contracts/Controller.sol"
    command = ["node", HERE / "compile.mjs", f"{modules}/{solc}", folder, mapped, *files]
    return {name: bytes.fromhex(code) for name, code in json.loads(subprocess.check_output(command)).items()}


def call(to, signature, *args, output=None, value=0, caller=ALICE):
    types = re.findall(r"[^,]+", signature[signature.index("(") + 1 : -1])
    data = keccak(text=signature)[:4] + encode(types, args)
    try:
        answer = evm.message_call(caller=caller, to=to, calldata=data, value=value)
    except RuntimeError:
        return None
    return decode([output], bytes(answer))[0] if output else True


def deploy(code, types=(), args=()):
    return evm.deploy(ALICE, code + encode(types, args))


def amount():
    return max(1, int(10 ** rng.uniform(0, 24)))


def told(value):
    return "-" if value is None else value


def rocket():
    reth = compiled("solc-0.7.6", rocketpool, {}, "contracts/contract/token/RocketTokenRETH.sol")
    files = ["contracts/contract/deposit/RocketDepositPool.sol", "contracts/Network.sol"]
    code = reth | compiled("solc", rocketpool, {"@openzeppelin4/contracts/": "oz4/"}, *files)
    network = deploy(code["Network"])
    token = deploy(code["RocketTokenRETH"], ["address"], [network])
    assert call(network, "place(string,address)", "rocketTokenRETH", token)
    pool = deploy(code["RocketDepositPool"], ["address"], [network])
    assert call(network, "place(string,address)", "rocketDepositPool", pool)
    held = lambda: call(token, "balanceOf(address)", ALICE, output="uint256")
    # Something to burn, whatever comes.
    assert call(network, "report(uint256,uint256)", 0, 0)
    assert call(network, "set(bool,uint256,uint256,uint256,uint256,uint256)", True, 0, 0, 2**190, 0, 0)
    assert call(pool, "deposit()", value=10**30)
    for _ in range(CASES):
        supply = rng.choice([int(10 ** rng.uniform(18, 25))] * 30 + [0, 1])
        assets = rng.choice([int(supply * rng.uniform(1, 1.4))] * 30 + [0, 1, 2**225])
        assert call(network, "report(uint256,uint256)", assets, supply)
        burns, given = rng.random() < 0.5, amount()
        # The pool's ether lies with the network, which is its vault.
        evm.set_balance(network, rng.choice([0, amount()]))
        evm.set_balance(token, rng.choice([0, amount()]))
        size = evm.get_balance(network)
        enabled, fee, least = rng.random() < 0.95, rng.choice([0, 5 * 10**14, 10**17, 10**18 - 1]), rng.choice([0, 10**16])
        most, queue = size + amount(), rng.choice([0, amount()])
        assert call(network, "set(bool,uint256,uint256,uint256,uint256,uint256)", enabled, fee, least, most, queue, 0)
        collateral = call(token, "getTotalCollateral()", output="uint256")
        room = call(pool, "getMaximumDepositAmount()", output="uint256")
        edge = rng.random()
        if edge < 0.2:
            limit = collateral * supply // assets if burns and assets else room
            given = max(1, limit + rng.choice([-1, 0, 1]))
        elif edge < 0.25:
            given = least + rng.choice([-1, 0]) if least else 1
        before = (evm.get_balance(ALICE), held())
        if burns:
            ok = call(token, "burn(uint256)", given)
            out = evm.get_balance(ALICE) - before[0]
        else:
            ok = call(pool, "deposit()", value=given)
            out = held() - before[1]
        print("rocket_pool", "burn" if burns else "deposit", assets, supply, int(enabled), fee, least, room, collateral, given, "-" if ok is None else out, sep=",")


def frax():
    code = compiled("solc", frxeth, {"openzeppelin-contracts/contracts/": "oz4/"}, "src/frxETHMinter.sol", "src/frxETH.sol")
    token = deploy(code["frxETH"], ["address", "address"], [ALICE, ALICE])
    kinds = ["address", "address", "address", "address", "address", "bytes"]
    minter = deploy(code["frxETHMinter"], kinds, [ALICE, token, ALICE, ALICE, ALICE, b"\1" * 32])
    assert call(token, "addMinter(address)", minter)
    paused = False
    held = lambda: call(token, "balanceOf(address)", ALICE, output="uint256")
    for _ in range(CASES):
        if rng.random() < 0.05:
            assert call(minter, "togglePauseSubmits()")
            paused = not paused
        withheld = rng.choice([0, 10**5, 10**6])
        assert call(minter, "setWithholdRatio(uint256)", withheld)
        given, before = rng.choice([1, 31, 10**18, amount()]), held()
        ok = call(minter, "submit()", value=given)
        print("frax_minter", int(paused), withheld, given, "-" if ok is None else held() - before, sep=",")


def oeth():
    code = compiled("solc", origin, {"@openzeppelin/contracts/": "oz4/"}, "contracts/Origin.sol")
    weth, token = deploy(code["Coin"]), deploy(code["OriginToken"])
    vault = deploy(code["OriginVault"], ["address"], [weth])
    assert call(token, "initialize(address,uint256)", vault, 10**27 * 9 // 10)
    assert call(vault, "initialize(address)", token) and call(vault, "unpauseCapital()")
    assert call(vault, "setAutoAllocateThreshold(uint256)", 2**250)
    assert call(weth, "approve(address,uint256)", vault, 2**255)
    paused = False
    held = lambda: call(token, "balanceOf(address)", ALICE, output="uint256")
    for _ in range(CASES):
        if rng.random() < 0.05:
            assert call(vault, "unpauseCapital()" if paused else "pauseCapital()")
            paused = not paused
        given, before = rng.choice([1, 2, 10**18, amount()]), held()
        ok = call(vault, "mint(address,uint256,uint256)", weth, given, 0)
        print("origin", int(paused), given, "-" if ok is None else held() - before, sep=",")


def oseth():
    files = ["contracts/tokens/OsTokenVaultController.sol", "contracts/Controller.sol"]
    code = compiled("solc", stakewise, {"@openzeppelin/contracts/": "oz5/"}, *files)
    anyone, vault = deploy(code["Anyone"]), deploy(code["AVault"])
    kinds = ["address", "address", "address", "address", "address", "uint16", "uint256"]
    control = deploy(code["OsTokenVaultController"], kinds, [ALICE, anyone, anyone, ALICE, ALICE, 500, 2**120])
    for _ in range(CASES):
        do = rng.random()
        shares = call(control, "totalShares()", output="uint256")
        if do < 0.5 or shares < 10**6:
            assert call(vault, "mint(address,uint256)", control, int(10 ** rng.uniform(6, 23)))
        elif do < 0.8:
            call(vault, "burn(address,uint256)", control, rng.choice([1, shares // 2, shares // 1_000]) or 1)
        elif do < 0.9:
            assert call(control, "setAvgRewardPerSecond(uint256)", int(10 ** rng.uniform(7, 10)))
        else:
            assert call(control, "setFeePercent(uint16)", rng.choice([0, 500, 10_000]))
        at(rng.choice([0, 12, 3_600, 86_400]))
        figures = ["totalAssets()", "totalShares()"]
        figures = [call(control, name, output="uint256") for name in figures]
        print("stakewise", *figures, told(call(control, "convertToAssets(uint256)", 10**18, output="uint256")), sep=",")


at(0)
rocket()
frax()
oeth()
oseth()
